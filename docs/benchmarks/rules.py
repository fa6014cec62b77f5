#!/usr/bin/env python3
"""Figures of docs/benchmarks/rules.md: what the shipped rules detect, and how often they fire on ordinary events.

    MANGROVE_SHARED=../shared python3 docs/benchmarks/rules.py PATH-TO-mangrove [RULES] [SCRATCH_FOLDER]

Unpacks the shared sets into the scratch folder and runs `mangrove hunt` over them with RULES (content/rules).
A sample counts as detected when any rule fires in it. Many recordings begin with the clearing of a log by
whoever recorded them; the second column does not count the two rules that see that, except in the samples that
are about it. The third column counts hits of level medium and above only. Needs tar and zstd.
"""
import collections, json, os, pathlib, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("MANGROVE_SHARED", ROOT / "../shared")).resolve() / "data"
CLEARING = {"windows/security_log_cleared.yml", "windows/system_log_cleared.yml"}
GRAVE = {"medium", "high", "critical"}
# (set, archive, ending of its samples, how many folders of the path name a group)
ATTACKS = [
    ("evtx-attack-samples", "evtx/evtx-attack-samples.tar.zst", ".evtx", 1),
    ("otrf-windows", "logs/otrf-windows.tar.zst", ".jsonl", 0),
    ("sigma-regression", "sigma/regression-data.tar.zst", ".evtx", 0),
]
# Ordinary material: files whose path contains one of the words are left out, because an attack was recorded there.
ORDINARY = [
    ("Windows logs of parser tests", "evtx/evtx-parser-samples.tar.zst", ".evtx", ["issue_43"]),
    ("loghub (Linux, Apache, Mac, Hadoop …)", "logs/loghub-2k.tar.zst", "_2k.log", ["OpenSSH"]),
    ("Zeek (competition 2018, mixed)", "logs/zeek-logs.tar.zst", "", []),
]


def unpacked(archive, into):
    if not into.exists():
        into.mkdir(parents=True)
        subprocess.run(["tar", "--zstd", "-xf", SHARED / archive, "-C", into], check=True)
    return into


def hunt(program, rules, paths):
    out = subprocess.run([program, "hunt", "--quiet", "--rules", rules, "-o", "json", *paths], stdout=subprocess.PIPE)
    if out.returncode not in (0, 2):
        sys.exit(f"mangrove hunt failed with {out.returncode}")
    return json.loads(out.stdout)


def shares(program, rules, scratch):
    print("| set | samples | detected | without the clearing of logs | of level medium and above |\n|---|---|---|---|---|")
    for name, archive, ending, depth in ATTACKS:
        folder = unpacked(archive, scratch / name)
        samples = sorted(p for p in folder.rglob("*" + ending) if "metadata" not in p.parts)
        hits = collections.defaultdict(set)
        for found in hunt(program, rules, [folder])["detections"]:
            hits[found["input"]].add((found["rule"]["file"], found["level"]))
        rows = collections.defaultdict(lambda: [0, 0, 0, 0])
        missed = []
        for sample in samples:
            relative = sample.relative_to(folder)
            seen = hits[str(sample)]
            own = seen if "log_cleared" in sample.name else {h for h in seen if h[0] not in CLEARING}
            grave = any(level in GRAVE for _, level in own)
            for key in {"all", relative.parts[0] if depth else "all"}:
                rows[key] = [a + b for a, b in zip(rows[key], (1, bool(seen), bool(own), grave))]
            if not own:
                missed.append(str(relative))
        for key in sorted(rows, key=lambda k: (k == "all", k)):
            total, *parts = rows[key]
            cells = " | ".join(f"{n} ({100 * n / total:.0f} %)" for n in parts)
            print(f"| {name if key == 'all' else '– ' + key} | {total} | {cells} |")
        print(f"{name}, missed: " + "; ".join(missed), file=sys.stderr)


def noise(program, rules, scratch):
    print("\n| ordinary events | events | rule | level | hits | per million |\n|---|---|---|---|---|---|")
    for name, archive, ending, left_out in ORDINARY:
        folder = unpacked(archive, scratch / pathlib.Path(archive).name.removesuffix(".tar.zst"))
        files = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.name.endswith(ending)
                 and not any(word in str(p) for word in left_out)]
        result = hunt(program, rules, files)
        events = result["summary"]["events"]["read"]
        count = collections.Counter((f["rule"]["file"], f["level"]) for f in result["detections"])
        for (rule, level), n in count.most_common() or [(("none", "–"), 0)]:
            print(f"| {name} | {events:,} | {rule.removesuffix('.yml')} | {level} | {n} | {1e6 * n / events:,.0f} |")


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    rules = sys.argv[2] if len(sys.argv) > 2 else str(ROOT / "content/rules")
    scratch = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else tempfile.mkdtemp())
    shares(program, rules, scratch)
    noise(program, rules, scratch)


main()

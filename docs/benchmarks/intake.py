#!/usr/bin/env python3
"""Intake bench: Windows, Linux and firewall events into a fresh server with all SigmaHQ rules, to lake and alert.

    python3 docs/benchmarks/intake.py MANGROVE LANES [EVENTS] [RATE]

LANES is the folder that lanes.sh made: evtx200k.jsonl, linux200k.jsonl and sigma/rules. The program runs in a
temporary folder on loopback; journal with fdatasync, lake in Parquet. A second process sends three kinds of events
in equal numbers: Windows events as NDJSON over HTTP, Linux and FortiGate lines over TCP syslog; every 4 000th event
is an attack of a host of its own. Without RATE it sends as fast as it can, else RATE events per second.

Windows events that a rule of SigmaHQ matches are left out (the lane is one of attack samples: on a real day one in
thousands matches, not every second); ALL=1 leaves them in. Told are: events per second until taken and until in the
lake, seconds from sending an attack to its alert in the database, CPU by thread, peak memory, bytes in the journal
and the lake. Where rsyslogd is installed it gets the same syslog lines in the same run, as the baseline.
"""
import collections, datetime, http.client, http.cookiejar, json, os, pathlib, re, shutil, signal, socket, sqlite3
import subprocess, sys, tempfile, threading, time, urllib.parse, urllib.request

NOW = b"<<the time it is sent>>"
BLOCK, ATTACK_EVERY = 500, 4000
FORTI = (b'<189>1 ' + NOW + b' fg-%d.example fortigate - - - date=%s time=%s devname="fg-%d" devid="FG100D00000000%02d" logid="0000000013" '
         b'type="traffic" subtype="forward" level="notice" srcip=10.101.%d.%d srcport=%d dstip=203.0.113.%d dstport=443 proto=6 '
         b'action="close" policyid=%d service="HTTPS" sentbyte=%d rcvdbyte=%d duration=%d')


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()


def windows(lanes, quiet):
    """Windows events of the lane as JSON lines with the time left open."""
    out = []
    with open(lanes / "evtx200k.jsonl", "rb") as lane:
        for number, line in enumerate(lane):
            if number >= 20_000:
                break
            if quiet is not None and number in quiet:
                continue
            event = json.loads(line)
            event["@timestamp"] = NOW.decode()
            event.pop("UtcTime", None)
            out.append(json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode())
    return out


def linux(lanes):
    out = []
    with open(lanes / "linux200k.jsonl", "rb") as lane:
        for number, line in enumerate(lane):
            if number >= 20_000:
                break
            e = json.loads(line)
            text = e.get("message", "").replace("\n", " ")
            out.append(b"<38>1 " + NOW + f" {e.get('host', 'srv')} {e.get('program', 'app')} {e.get('pid', '-')} - - {text}".encode())
    return out


def firewall():
    day = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=7)
    date, clock = day.strftime("%Y-%m-%d").encode(), day.strftime("%H:%M:%S").encode()
    return [FORTI % (n % 40, date, clock, n % 40, n % 40, n % 40, n % 250, 1024 + n * 7 % 60000, n % 250, n % 30, n * 131 % 90000, n * 17 % 900000, n % 300)
            for n in range(20_000)]


def blocks(lines):
    return [b"\n".join(lines[at:at + BLOCK]) + b"\n" for at in range(0, len(lines) - BLOCK + 1, BLOCK)]


class Paced:
    """Holds a sender to its share of the rate."""
    def __init__(self, rate):
        self.rate, self.begun, self.sent = rate, time.monotonic(), 0

    def wait(self, count):
        self.sent += count
        if self.rate:
            ahead = self.sent / self.rate - (time.monotonic() - self.begun)
            if ahead > 0:
                time.sleep(ahead)


def send_syslog(port, many, count, rate, attacks, number):
    pace = Paced(rate)
    with socket.create_connection(("127.0.0.1", port)) as s:
        for at in range(count // BLOCK):
            body = many[at % len(many)].replace(NOW, now())
            if attacks and (at * BLOCK) % attacks < BLOCK:
                body += b"<38>1 " + now() + b" probe-%d-%d.example sudo 900 - -  vanthu01 : TTY=pts/0 ; PWD=/home/vanthu01 ; USER=root ; COMMAND=/bin/bash\n" % (number, at)
            s.sendall(body)
            pace.wait(BLOCK)
        s.shutdown(socket.SHUT_WR)
        while s.recv(4096):
            pass


def send_http(port, token, many, count, rate):
    pace, http_ = Paced(rate), http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"authorization": f"Bearer {token}", "content-type": "application/x-ndjson"}
    # 2 000 events a request, as shippers do under load.
    for at in range(0, count // BLOCK, 4):
        body = b"".join(many[i % len(many)] for i in range(at, min(at + 4, count // BLOCK))).replace(NOW, now())
        while True:
            http_.request("POST", "/api/v1/events", body, headers)
            answer = http_.getresponse()
            text = answer.read()
            if answer.status in (429, 503):
                time.sleep(float(answer.headers.get("retry-after", "1")))
                continue
            if answer.status >= 300:
                raise SystemExit(f"the server answered {answer.status}: {text[:300]}")
            break
        pace.wait(4 * BLOCK)


def send(work, syslog, http_port, token, events, rate):
    """Sends from four threads in this process; prints the seconds until the last byte was taken."""
    with open(work / "lines.json") as f:
        lines = json.load(f)
    lines = {kind: [line.encode() for line in kind_lines] for kind, kind_lines in lines.items()}
    third, share = events // 3, rate / 3
    jobs = [lambda: send_syslog(syslog, blocks(lines["linux"]), third, share, ATTACK_EVERY // 3, 1),
            lambda: send_syslog(syslog, blocks(lines["firewall"]), third, share, 0, 2)]
    jobs += [lambda: send_http(http_port, token, blocks(lines["windows"]), third // 2, share / 2)] * 2
    threads = [threading.Thread(target=job) for job in jobs]
    begun = time.monotonic()
    [t.start() for t in threads]
    [t.join() for t in threads]
    print(time.monotonic() - begun)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port):
    for _ in range(400):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


def setup_code(log):
    """The code that the first start prints into its log."""
    for _ in range(200):
        if (found := re.search(r"setup code: (\S+)", log.read_text())):
            return found[1]
        time.sleep(0.05)
    raise SystemExit(f"no setup code in {log.read_text()[:500]}")


class Console:
    """As much of a browser as the first start and the page for a new source need."""
    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}"
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def post(self, path, **fields):
        form = self.opener.open(self.base + path).read().decode()
        fields["_csrf"] = re.search(r'name="_csrf" value="([^"]+)"', form)[1]
        return self.opener.open(self.base + path, urllib.parse.urlencode(fields).encode()).read().decode()

    def token(self, code):
        word = "Rung-Duoc-Ca-Mau-2026"
        self.post("/bat-dau", code=code, name="Quản trị", login="quantri", email="", password=word, again=word)
        if "_csrf" in self.opener.open(self.base + "/dang-nhap").read().decode():
            self.post("/dang-nhap", login="quantri", password=word)
        page = self.post("/nguon/moi", name="Máy chủ Windows", unit="", transport="http", hint="", peers="", silent_minutes="60", version="0")
        return "mgv_" + re.search(r"<code>mgv_([^<]+)<", page)[1]


def threads(pid):
    """CPU seconds by name of thread, numbers aside."""
    out = collections.Counter()
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            name, fields = (task / "comm").read_text().strip(), (task / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        out[re.sub(r"[-# ]*\d+$", "", name)] += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return out


def cpu_of(pid):
    """CPU seconds of the whole process, threads that have ended included."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak(pid):
    line = next(l for l in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if l.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def committed(lake):
    newest = max((lake / "manifests").glob("*.json"), default=None)
    try:
        return json.loads(newest.read_text())["committed"] if newest else 0
    except OSError:
        return 0


def sender(work, *args):
    out = subprocess.run([sys.executable, __file__, "--send", str(work), *map(str, args)], check=True, capture_output=True, text=True)
    return float(out.stdout)


def mangrove(binary, lanes, work, events, rate):
    syslog, console, data, content = free_port(), free_port(), work / "data", work / "content"
    content.mkdir()
    shutil.copytree(lanes / "sigma/rules", content / "rules")
    log = open(work / "server.log", "w+")
    server = subprocess.Popen([binary, "up", "--http", "--second-factor", "optional", "--port", str(console), "--data", str(data), "--content", str(content),
                               "--syslog-udp", "off", "--syslog-tcp", f"127.0.0.1:{syslog}"], stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_for(syslog)
        wait_for(console)
        token = Console(console).token(setup_code(work / "server.log"))
        before, idle, cpu = threads(server.pid), peak(server.pid), cpu_of(server.pid)
        begun, taken = time.monotonic(), []
        thread = threading.Thread(target=lambda: taken.append(sender(work, syslog, console, token, events, rate)))
        thread.start()
        # Blocks are whole, and every block of Linux lines that begins a share of ATTACK_EVERY has one more.
        third = events // 3 // BLOCK
        attacks = sum(1 for at in range(third) if (at * BLOCK) % (ATTACK_EVERY // 3) < BLOCK)
        wanted = 2 * third * BLOCK + attacks + 2 * (events // 3 // 2 // BLOCK) * BLOCK
        while (stored := committed(data / "lake")) < wanted:
            time.sleep(0.05)
            if taken and time.monotonic() - begun > taken[0] + 300:
                raise SystemExit(f"only {stored} of {wanted} events reached the lake")
        stored = time.monotonic() - begun
        thread.join()
        used, cpu = threads(server.pid), cpu_of(server.pid) - cpu
        used.subtract(before)
        time.sleep(1.5)
        with sqlite3.connect(f"file:{data / 'mangrove.db'}?mode=ro", uri=True) as db:
            waits = sorted(r[0] / 1e6 for r in db.execute("SELECT raised_at - first_seen FROM desk_alert WHERE host LIKE 'probe-%'"))
            alerts = db.execute("SELECT count(*) FROM desk_alert").fetchone()[0]
        size = sum(f.stat().st_size for f in (data / "lake" / "data").rglob("*.parquet"))
        return dict(wanted=wanted, cpu=cpu, attacks=attacks, taken=taken[0], stored=stored, used=used, peak=peak(server.pid), idle=idle,
                    waits=waits, alerts=alerts, size=size)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def rsyslog(work, events):
    binary = shutil.which("rsyslogd") or next((p for p in ["/usr/sbin/rsyslogd"] if os.path.exists(p)), None)
    if not binary:
        return None
    port, out, conf = free_port(), work / "out.log", work / "rsyslog.conf"
    conf.write_text(f'global(workDirectory="{work}" maxMessageSize="8k")\nmodule(load="imptcp" threads="2")\n'
                    'main_queue(queue.type="FixedArray" queue.size="200000" queue.dequeueBatchSize="4096" queue.workerThreads="2")\n'
                    f'input(type="imptcp" port="{port}")\naction(type="omfile" file="{out}" ioBufferSize="256k" flushOnTXEnd="on")\n')
    server = subprocess.Popen([binary, "-n", "-f", str(conf), "-i", str(work / "rsyslog.pid")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        begun = time.monotonic()
        out_ = subprocess.run([sys.executable, __file__, "--send-syslog", str(work), str(port), str(events)], check=True, capture_output=True, text=True)
        seen = -1
        while (size := out.stat().st_size if out.exists() else 0) != seen or not size:
            seen = size
            time.sleep(0.2)
        stored = time.monotonic() - begun - 0.2
        written = sum(chunk.count(b"\n") for chunk in iter(lambda f=out.open("rb"): f.read(1 << 20), b""))
        return float(out_.stdout), stored, cpu_of(server.pid), peak(server.pid), written
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def matched(binary, lanes, work):
    """Numbers of the lane's first events that a rule matches, by `mangrove hunt` with the same rules."""
    part = work / "part.jsonl"
    with open(lanes / "evtx200k.jsonl", "rb") as lane, open(part, "wb") as out:
        out.writelines(line for line, _ in zip(lane, range(20_000)))
    result = subprocess.run([binary, "hunt", str(part), "--rules", str(lanes / "sigma/rules"), "-q", "-o", "jsonl"], capture_output=True, text=True)
    numbers = set()
    for line in result.stdout.splitlines():
        hit = json.loads(line)
        if (place := re.fullmatch(r"line (\d+)", hit.get("place", ""))):
            numbers.add(int(place[1]) - 1)
    if not numbers:
        raise SystemExit(f"mangrove hunt told no event: {result.stdout[:300]} {result.stderr[:300]}")
    return numbers


def main():
    if sys.argv[1:2] == ["--send"]:
        work, syslog, console, token, events, rate = sys.argv[2:8]
        return send(pathlib.Path(work), int(syslog), int(console), token, int(events), float(rate))
    if sys.argv[1:2] == ["--send-syslog"]:
        work, port, events = pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
        lines = {kind: [line.encode() for line in many] for kind, many in json.load(open(work / "lines.json")).items()}
        begun = time.monotonic()
        jobs = [threading.Thread(target=send_syslog, args=(port, blocks(lines[kind]), events // 2, 0, 0, 1)) for kind in ("linux", "firewall")]
        [t.start() for t in jobs]
        [t.join() for t in jobs]
        return print(time.monotonic() - begun)
    binary, lanes = sys.argv[1], pathlib.Path(sys.argv[2])
    events = int(sys.argv[3]) if len(sys.argv) > 3 else 600_000
    rate = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    with tempfile.TemporaryDirectory(prefix="mangrove-intake-") as folder:
        work = pathlib.Path(folder)
        quiet = None if os.environ.get("ALL") else matched(binary, lanes, work)
        lines = {"windows": windows(lanes, quiet), "linux": linux(lanes), "firewall": firewall()}
        json.dump({k: [line.decode() for line in v] for k, v in lines.items()}, open(work / "lines.json", "w"))
        sizes = ", ".join(f"{kind} {len(many)} of {sum(map(len, many)) // len(many)} B" for kind, many in lines.items())
        print(f"{events} events{f' at {rate}/s' if rate else ''}; kinds, again and again: {sizes}")
        r = mangrove(binary, lanes, work, events, rate)
        cpu = r["cpu"]
        print(f"mangrove: taken in {r['taken']:.2f} s ({r['wanted'] / r['taken']:,.0f}/s), in the lake after {r['stored']:.2f} s ({r['wanted'] / r['stored']:,.0f}/s)")
        print(f"  CPU {cpu:.2f} s ({1e6 * cpu / r['wanted']:.2f} us/event): " + ", ".join(f"{n} {s:.2f}" for n, s in r["used"].most_common(12) if s > 0.02))
        print(f"  memory {r['idle']:.0f} MiB before, {r['peak']:.0f} MiB at most; lake {r['size'] / r['wanted']:.1f} B/event before compaction; {r['alerts']} alerts")
        if (waits := r["waits"]):
            at = lambda q: waits[min(len(waits) - 1, int(q * len(waits)))]
            print(f"  sent to alert, {len(waits)} of {r['attacks']} attacks: median {at(.5):.2f} s, p99 {at(.99):.2f} s, longest {waits[-1]:.2f} s")
        if not rate and (base := rsyslog(work, events)):
            taken, stored, cpu2, peak2, written = base
            print(f"rsyslog, the syslog lines alone: {written} written after {stored:.2f} s ({written / stored:,.0f}/s), CPU {1e6 * cpu2 / max(written, 1):.2f} us/line, peak {peak2:.0f} MiB")
            print(f"ratio of CPU per event, mangrove / rsyslog: {cpu / r['wanted'] / (cpu2 / max(written, 1)):.1f}")


if __name__ == "__main__":
    main()

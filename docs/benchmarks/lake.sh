#!/usr/bin/env bash
# lake.sh WORKDIR LANE_DIR [EVENTS…]: what the lake costs, beside NDJSON, plain Parquet and DuckDB.
# LANE_DIR holds otrf200k.jsonl, evtx200k.jsonl and linux200k.jsonl. Run from the repository's root. Searches are
# timed on the mixed lane at each number of EVENTS (default 1, 10 and 50 million: an hour and 3 GB).
set -euo pipefail
work=${1:?usage: lake.sh WORKDIR LANE_DIR [EVENTS…]}; lanes=${2:?lanes}; shift 2
[ $# -gt 0 ] || set -- 1000000 10000000 50000000
mkdir -p "$work"
lake=${LAKE:-}
if [ -z "$lake" ]; then
    cargo build --release -p app-server -p heavy-lake-datafusion --example lake
    lake=${CARGO_TARGET_DIR:-target}/release/examples/lake
fi
python=${PYTHON:-$work/python/bin/python}
[ -x "$python" ] || { python3 -m venv "$work/python" && "$work/python/bin/pip" -q install duckdb pyarrow; }
mixed=("$lanes"/{otrf200k,evtx200k,linux200k}.jsonl)

echo "== host lane, 200000 events"
rm -rf "$work/host"; "$lake" write "$work/host" content/sources 200000 "$lanes/otrf200k.jsonl"; "$lake" columns "$work/host"
for level in 3 19; do
    echo "NDJSON zstd -$level: $(( $(zstd -q -$level -c "$lanes/otrf200k.jsonl" | wc -c) / 2000 ))e-2 B/event"
done
echo "== mixed lane, 600000 events"
rm -rf "$work/mixed"; "$lake" write "$work/mixed" content/sources 600000 "${mixed[@]}"; "$lake" columns "$work/mixed"

# Words of many, of some and of few records, a hash and a GUID that none has; exact values; part of a column's value.
words=(powershell lsass mimikatz sekurlsa 365abb72-7acc-0000-0010b2470300 d41d8cd98f00b204e9800998ecf8427e)
values=(host.name:DC01-01 user.name:WDAGUtilityAccount destination.ip:40.90.4.1
    file.hash:846cd22220bdb5f8deb8332fc9316709324e4add57d1fa1a8a1f1a0c87ac5a71 'process.command_line:*powershell*')
ask() { # DIR: every question, ours and DuckDB's
    "$lake" search "$1" "${words[@]}" "${values[@]}"
    for field in host.name event.code; do "$lake" count "$1" "$field"; done
    "$python" docs/benchmarks/lake.py "$1" "${words[@]}" "${values[@]}"
}
echo "== questions, host lane, 200000 events"; ask "$work/host"
for events in "$@"; do
    echo "== questions, mixed lane, $events events"
    rm -rf "$work/large"; "$lake" write "$work/large" content/sources "$events" "${mixed[@]}"
    # The scans of the slower side take minutes from here on.
    if [ "$events" -gt 5000000 ]; then PASSES=${PASSES:-3} ask "$work/large"; else ask "$work/large"; fi
done
echo "== opening 10000 files"
rm -rf "$work/many"; "$lake" many "$work/many" 10000; for _ in 1 2 3; do "$lake" open "$work/many"; done

#!/usr/bin/env bash
# lake.sh WORKDIR LANE_DIR [EVENTS]: what the lake costs, beside NDJSON, plain Parquet and DuckDB.
# LANE_DIR holds otrf200k.jsonl, evtx200k.jsonl and linux200k.jsonl. Run from the repository's root.
set -euo pipefail
work=${1:?usage: lake.sh WORKDIR LANE_DIR [EVENTS]}; lanes=${2:?lanes}; events=${3:-1000000}
mkdir -p "$work"
cargo build --release -p heavy-lake-datafusion --example lake
lake=${CARGO_TARGET_DIR:-target}/release/examples/lake
[ -x "$work/python/bin/python" ] || { python3 -m venv "$work/python" && "$work/python/bin/pip" -q install duckdb pyarrow; }
words=(mimikatz lsass sekurlsa 365abb72)
echo "== host lane, 200000 events"
rm -rf "$work/host"; "$lake" write "$work/host" content/sources 200000 "$lanes/otrf200k.jsonl"; "$lake" columns "$work/host"
for level in 3 19; do
    echo "NDJSON zstd -$level: $(( $(zstd -q -$level -c "$lanes/otrf200k.jsonl" | wc -c) / 2000 ))e-2 B/event"
done
echo "== mixed lane, 600000 events"
rm -rf "$work/mixed"
"$lake" write "$work/mixed" content/sources 600000 "$lanes"/{otrf200k,evtx200k,linux200k}.jsonl
"$lake" columns "$work/mixed"
echo "== host lane, $events events"
rm -rf "$work/large"; "$lake" write "$work/large" content/sources "$events" "$lanes/otrf200k.jsonl"
"$lake" search "$work/large" "${words[@]}"
"$work/python/bin/python" docs/benchmarks/lake.py "$work/large" "${words[@]}"
rm -rf "$work/many"; "$lake" many "$work/many" 10000; "$lake" open "$work/many"

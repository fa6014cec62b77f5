#!/bin/sh
# Figures of docs/benchmarks/detection.md: the rule engine and its peer rsigma over three lanes of
# JSON events with all rules of SigmaHQ, in one run on the same core.
#
#   MANGROVE_SHARED=../shared docs/benchmarks/detection.sh [SCRATCH_FOLDER]
#
# Needs zstd, python3 and cargo. The peer is installed into the scratch folder when it is not there
# (about 20 minutes on two cores); RSIGMA names another. RUNS: runs per row, the median is told.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
shared=$(cd "${MANGROVE_SHARED:-$root/../shared}" && pwd)
scratch=${1:-$(mktemp -d)}
runs=${RUNS:-3}
mkdir -p "$scratch/lanes"
[ -s "$scratch/lanes/linux200k.jsonl" ] || bash "$shared/bench/lanes.sh" "$scratch/lanes"
rules=$scratch/lanes/sigma/rules

rsigma=${RSIGMA:-$scratch/peers/bin/rsigma}
[ -x "$rsigma" ] || cargo install rsigma --version 0.23.0 --locked --root "$scratch/peers"
cd "$root"
lanes=${LANES:-}
if [ -z "$lanes" ]; then
    cargo build --release -p engine-sigma --example lanes
    lanes=${CARGO_TARGET_DIR:-target}/release/examples/lanes
fi

row() { # CPUS LABEL STDIN COMMAND…
    cpus=$1 label=$2 input=$3
    shift 3
    python3 "$shared/bench/measure.py" -n "$runs" -c "$cpus" -i "$input" -o "$scratch/out" --label "$label" -- "$@"
}
: > "$scratch/empty.jsonl"
row 0 "load: rsigma" /dev/null "$rsigma" engine eval -r "$rules" -q --output-format ndjson
row 0 "load: mangrove, from source" /dev/null "$lanes" "$rules" "$scratch/empty.jsonl"
"$lanes" --cache "$scratch/cache" "$rules" "$scratch/empty.jsonl" 2>/dev/null
row 0 "load: mangrove, from the cache" /dev/null "$lanes" --cache "$scratch/cache" "$rules" "$scratch/empty.jsonl"
for lane in evtx200k otrf200k linux200k; do
    file=$scratch/lanes/$lane.jsonl
    row 0 "$lane: rsigma, routed" "$file" "$rsigma" engine eval -r "$rules" --logsource-routing -q --output-format ndjson
    [ -n "${KEEP:-}" ] && cp "$scratch/out" "$scratch/$lane.rsigma"
    row 0 "$lane: mangrove, the peer's routing" /dev/null "$lanes" --routing conflict "$rules" "$file"
    [ -n "${KEEP:-}" ] && cp "$scratch/out" "$scratch/$lane.mangrove"
    row 0 "$lane: mangrove, the peer's routing, nothing remembered" /dev/null "$lanes" --routing conflict --budget 0 "$rules" "$file"
    row 0 "$lane: mangrove, its own routing" /dev/null "$lanes" "$rules" "$file"
    row 0 "$lane: the events read, no rule asked" /dev/null "$lanes" --walk "$rules" "$file"
    row 0,1 "$lane: mangrove, the peer's routing, two threads" /dev/null "$lanes" --routing conflict --threads 2 "$rules" "$file"
done
# What more rules cost: the public ones, and with them variants of each with other texts.
for times in 1 3 10; do
    more=$scratch/rules$times
    [ -d "$more" ] || python3 "$root/docs/benchmarks/vary_rules.py" "$rules" "$more" "$times"
    row 0 "$times x the rules: load from source" /dev/null "$lanes" "$more" "$scratch/empty.jsonl"
    "$lanes" --cache "$scratch/cache" "$more" "$scratch/empty.jsonl" 2>/dev/null
    row 0 "$times x the rules: load from the cache" /dev/null "$lanes" --cache "$scratch/cache" "$more" "$scratch/empty.jsonl"
    for lane in evtx200k otrf200k linux200k; do
        for routing in conflict placed; do
            row 0 "$times x the rules: $lane, $routing" /dev/null "$lanes" --cache "$scratch/cache" --routing "$routing" "$more" "$scratch/lanes/$lane.jsonl"
        done
    done
done

#!/bin/sh
# Figures of docs/benchmarks/hunt.md: wall time, processor time and peak memory of `mangrove hunt`
# over the shared EVTX and OTRF sets with all rules of SigmaHQ, on one and two threads, with rules
# compiled from their text and taken from the cache of compiled rules.
#
#   MANGROVE_SHARED=../shared docs/benchmarks/hunt.sh [SCRATCH_FOLDER]
#
# Needs zstd, tar, python3, cargo. Makes a release build of the program, and installs the baseline
# (evtx_dump, the command of the parser that the hunt uses: reading and printing records, no rules)
# into the scratch folder; EVTX_DUMP and MANGROVE name others.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
shared=$(cd "${MANGROVE_SHARED:-$root/../shared}" && pwd)
scratch=${1:-$(mktemp -d)}
runs=${RUNS:-3}

mkdir -p "$scratch/sigma" "$scratch/evtx" "$scratch/otrf" "$scratch/home"
tar --zstd -xf "$shared/data/sigma/sigmahq-rules.tar.zst" -C "$scratch/sigma"
tar --zstd -xf "$shared/data/evtx/evtx-attack-samples.tar.zst" -C "$scratch/evtx"
tar --zstd -xf "$shared/data/evtx/evtx-parser-samples.tar.zst" -C "$scratch/evtx"
tar --zstd -xf "$shared/data/logs/otrf-windows.tar.zst" -C "$scratch/otrf"
# Twenty hard-linked copies: long enough a run that loading the rules no longer rules the figure.
i=0
while [ $i -lt 20 ]; do
    [ -d "$scratch/evtx20/$i" ] || { mkdir -p "$scratch/evtx20" && cp -al "$scratch/evtx" "$scratch/evtx20/$i"; }
    i=$((i + 1))
done

cd "$root"
mangrove=${MANGROVE:-}
if [ -z "$mangrove" ]; then
    cargo build --release -p app-server
    mangrove=${CARGO_TARGET_DIR:-target}/release/mangrove
fi
dump=${EVTX_DUMP:-$scratch/peers/bin/evtx_dump}
[ -x "$dump" ] || cargo install evtx --version 0.15.1 --locked --root "$scratch/peers"
find "$scratch/evtx" -name '*.evtx' -size +2000k -exec du -k {} + | sort -rn | head -n 1 | cut -f 2 > "$scratch/largest"
largest=$(cat "$scratch/largest")

# The cache of compiled rules lives in the home folder: an own one for the run.
HOME=$scratch/home
export HOME
measure() { python3 "$shared/bench/measure.py" -n "$runs" "$@"; }

measure -c 0 --label "evtx, evtx_dump, one process a file" -- \
    find "$scratch/evtx" -name '*.evtx' -exec "$dump" -t 1 -o jsonl {} ';'
measure -c 0 --label "largest file, evtx_dump" -- "$dump" -t 1 -o jsonl "$largest"
for set in largest evtx evtx20 otrf/atomic; do
    path=$scratch/$set
    [ "$set" = largest ] && path=$largest
    for threads in 1 2; do
        cpus=0
        [ "$threads" = 2 ] && cpus=0,1
        for cache in --no-rule-cache ''; do
            # shellcheck disable=SC2086 # an empty $cache is no argument
            measure -c "$cpus" --label "$set, $threads thread(s) ${cache:-rules from the cache}" -- \
                "$mangrove" hunt --rules "$scratch/sigma" $cache -q -t "$threads" \
                -o jsonl -f "$scratch/found.jsonl" "$path"
        done
    done
    wc -l < "$scratch/found.jsonl"
done

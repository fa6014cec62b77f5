#!/bin/sh
# Figures of docs/benchmarks/hunt.md: wall time, events per second and peak memory of the hunt
# over the shared EVTX and OTRF sets with all rules of SigmaHQ, on one and two threads.
#
#   MANGROVE_SHARED=../shared docs/benchmarks/hunt.sh [SCRATCH_FOLDER]
#
# Needs zstd, tar, python3, cargo. Makes a release build of the example, and installs the baseline
# (evtx_dump, the command of the parser that the hunt uses: reading and printing records, no rules)
# into the scratch folder; EVTX_DUMP and HUNT_BENCH name others.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
shared=$(cd "${MANGROVE_SHARED:-$root/../shared}" && pwd)
scratch=${1:-$(mktemp -d)}
runs=${RUNS:-3}

mkdir -p "$scratch/sigma" "$scratch/evtx" "$scratch/otrf"
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
hunt=${HUNT_BENCH:-}
if [ -z "$hunt" ]; then
    cargo build --release -p engine-hunt --example hunt_bench
    hunt=${CARGO_TARGET_DIR:-target}/release/examples/hunt_bench
fi
dump=${EVTX_DUMP:-$scratch/peers/bin/evtx_dump}
[ -x "$dump" ] || cargo install evtx --version 0.15.1 --locked --root "$scratch/peers"
python3 "$shared/bench/measure.py" -n "$runs" -c 0 --label "evtx, evtx_dump, one process a file" -- \
    find "$scratch/evtx" -name '*.evtx' -exec "$dump" -t 1 -o jsonl {} ';'
find "$scratch/evtx" -name '*.evtx' -size +2000k -exec du -k {} + | sort -rn | head -n 1 | cut -f 2 > "$scratch/largest"
largest=$(cat "$scratch/largest")
python3 "$shared/bench/measure.py" -n "$runs" -c 0 --label "largest file, evtx_dump" -- "$dump" -t 1 -o jsonl "$largest"
for set in largest evtx evtx20 otrf/atomic; do
    path=$scratch/$set
    [ "$set" = largest ] && path=$largest
    for threads in 1 2; do
        cpus=0
        [ "$threads" = 2 ] && cpus=0,1
        python3 "$shared/bench/measure.py" -n "$runs" -c "$cpus" --err "$scratch/figures" \
            --label "$set, $threads thread(s)" -- \
            "$hunt" content/sources "$scratch/sigma" content/attack "$threads" none "$path"
        cat "$scratch/figures"
    done
done

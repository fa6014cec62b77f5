#!/bin/sh
# Figures of docs/benchmarks/hunt.md: wall time, events per second and peak memory of the hunt
# over the shared EVTX and OTRF sets with all rules of SigmaHQ, on one and two threads.
#
#   MANGROVE_SHARED=../shared docs/benchmarks/hunt.sh [SCRATCH_FOLDER]
#
# Needs zstd, tar, python3 and a release build of the example, which it makes.
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
for set in evtx evtx20 otrf/atomic; do
    for threads in 1 2; do
        cpus=0
        [ "$threads" = 2 ] && cpus=0,1
        python3 "$shared/bench/measure.py" -n "$runs" -c "$cpus" --err "$scratch/figures" \
            --label "$set, $threads thread(s)" -- \
            "$hunt" content/sources "$scratch/sigma" content/attack "$threads" none "$scratch/$set"
        cat "$scratch/figures"
    done
done

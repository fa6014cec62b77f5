#!/bin/sh
# Copies the samples of every source, and its definition, into the corpora.
set -eu
cd "$(dirname "$0")/.."
mkdir -p fuzz/corpus/parse_record fuzz/corpus/read_file fuzz/corpus/decoders fuzz/corpus/load_source
for sample in content/sources/*/*/samples/*; do
    name=$(echo "$sample" | tr '/' '_')
    cp "$sample" "fuzz/corpus/read_file/$name"
    cp "$sample" "fuzz/corpus/decoders/$name"
    n=0
    while IFS= read -r line; do
        n=$((n + 1))
        printf '%s' "$line" > "fuzz/corpus/parse_record/$name.$n"
    done < "$sample"
done
for source in content/sources/*/*/source.toml; do
    cp "$source" "fuzz/corpus/load_source/$(echo "$source" | tr '/' '_')"
done

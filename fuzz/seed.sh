#!/bin/sh
# Copies the samples of every source, its definition, the rules and their tests into the corpora.
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
cp fuzz/seeds/read_file/* fuzz/corpus/read_file/
for source in content/sources/*/*/source.toml; do
    cp "$source" "fuzz/corpus/load_source/$(echo "$source" | tr '/' '_')"
done
mkdir -p fuzz/corpus/compile_rule fuzz/corpus/evaluate_event fuzz/corpus/correlate fuzz/corpus/stored_rules
for rule in content/rules/*/*.yml fuzz/seeds/compile_rule/*; do
    name=$(echo "$rule" | tr '/' '_')
    cp "$rule" "fuzz/corpus/compile_rule/$name"
    { printf r; cat "$rule"; } > "fuzz/corpus/stored_rules/$name"
done
# Records of the samples that are JSON objects, and those made for odd values.
for record in fuzz/corpus/parse_record/*; do
    case "$(head -c 1 "$record")" in '{') cp "$record" "fuzz/corpus/evaluate_event/" ;; esac
done
cp fuzz/seeds/evaluate_event/* fuzz/corpus/evaluate_event/
cp fuzz/seeds/correlate/* fuzz/corpus/correlate/
cp fuzz/seeds/stored_rules/* fuzz/corpus/stored_rules/
# What senders write: framing of syslog, sessions of RELP (the first byte is the length of the pieces).
mkdir -p fuzz/corpus/framing fuzz/corpus/relp fuzz/corpus/certificate_subject
cp fuzz/seeds/framing/* fuzz/corpus/framing/
cp fuzz/seeds/relp/* fuzz/corpus/relp/
# Bodies of requests: what the clients from PyPI sent, and the samples as such clients would send them. For `otlp` the
# first byte says the form: 1 is JSON, 0 binary.
mkdir -p fuzz/corpus/bulk fuzz/corpus/http_lines fuzz/corpus/otlp fuzz/corpus/watched_lines
cp fuzz/seeds/bulk/* fuzz/corpus/bulk/
cp fuzz/seeds/http_lines/* fuzz/corpus/http_lines/
cp fuzz/seeds/otlp/* fuzz/corpus/otlp/
for sample in content/sources/*/*/samples/*; do
    name=$(echo "$sample" | tr '/' '_')
    head -c 16384 "$sample" > "fuzz/corpus/http_lines/$name"
    head -c 4096 "$sample" > "fuzz/corpus/watched_lines/$name"
    case "$(head -c 1 "$sample")" in
    '{') head -n 20 "$sample" | sed 's/^/{"create":{"_index":"logs"}}\n/' > "fuzz/corpus/bulk/$name" ;;
    esac
done
# Lists handed in: every separator and encoding, a workbook, and (first letter S) sheets alone.
mkdir -p fuzz/corpus/read_sheet
cp fuzz/seeds/read_sheet/* fuzz/corpus/read_sheet/
# What strangers hand over at the sign-in: answers of passkeys (the first byte says the algorithm), documents and tokens
# of OpenID providers.
for target in passkey_answer oidc_documents oidc_token; do
    mkdir -p "fuzz/corpus/$target"
    cp "fuzz/seeds/$target"/* "fuzz/corpus/$target/"
done
# Whole requests (five bytes before the body choose method, path, type, encoding and token), queries (a byte for the
# caret before the text), and the beginning of a backup with its key.
mkdir -p fuzz/corpus/door fuzz/corpus/query fuzz/corpus/archive
for body in fuzz/seeds/http_lines/*; do { printf 'PZT[1'; cat "$body"; } > "fuzz/corpus/door/lines_$(basename "$body")"; done
for body in fuzz/seeds/bulk/*; do { printf 'P[T[1'; cat "$body"; } > "fuzz/corpus/door/bulk_$(basename "$body")"; done
for body in fuzz/seeds/otlp/*; do { printf 'P_W[1'; tail -c +2 "$body"; } > "fuzz/corpus/door/otlp_$(basename "$body")"; done
cp fuzz/seeds/query/* fuzz/corpus/query/
cp fuzz/seeds/archive/* fuzz/corpus/archive/

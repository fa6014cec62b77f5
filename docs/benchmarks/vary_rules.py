#!/usr/bin/env python3
"""Many times as many rules: variants of a folder of Sigma rules with other texts in them.

    vary_rules.py RULES OUT TIMES

Writes RULES itself and TIMES - 1 variants of every rule below OUT. A variant has its own id and
title, and in each value of its detection every word of four letters or more has two letters changed
(never in names of fields, modifiers and detections): real, different texts, alike enough to their
models to cost as much in a search by a few letters. Detections that the condition excludes (their names
start with `filter`) stay, or the variants would fire on what their models leave out. What is changed depends on the word and
the number of the variant alone, so two runs write the same files.
"""
import hashlib
import pathlib
import re
import sys

VOWELS, CONSONANTS = "aeiou", "bcdfghjklmnpqrstvwxyz"
# Words, but for those of a regular expression that mean something else: \b…, [[:alpha:]], \p{…}.
WORD = re.compile(r"[A-Za-z]{4,}")
MEANING = re.compile(r"\\[pP]\{[^}]*\}|\[:[a-z]+:\]|\\[A-Za-z]|\(\?[a-zA-Z-]+[:)]|%[^%\s]+%")


def other(word: str, number: int) -> str:
    """The word with two letters changed, small and capital letters where they were."""
    digest = hashlib.blake2b(f"{number} {word.lower()}".encode(), digest_size=8).digest()
    letters = list(word.lower())
    for byte, step in ((digest[0], digest[1]), (digest[2], digest[3])):
        at = byte % len(letters)
        kind = VOWELS if letters[at] in VOWELS else CONSONANTS
        letters[at] = kind[(kind.index(letters[at]) + 1 + step % (len(kind) - 1)) % len(kind)]
    return "".join(new.upper() if old.isupper() else new for new, old in zip(letters, word))


def changed(value: str, number: int) -> str:
    out, at = [], 0
    for kept in MEANING.finditer(value):
        out.append(WORD.sub(lambda m: other(m[0], number), value[at : kept.start()]))
        out.append(kept[0])
        at = kept.end()
    out.append(WORD.sub(lambda m: other(m[0], number), value[at:]))
    return "".join(out)


KEY = re.compile(r"^(\s*(?:- )?['\"]?[^'\"#:\s][^:#]*?['\"]?:)(\s.*|)$")
KEPT = ("null", "true", "false")


def variant(text: str, number: int) -> str:
    lines, inside, filters = [], False, False
    for line in text.split("\n"):
        if re.match(r"\S", line):
            inside = line.startswith("detection:")
            if line.startswith("id:"):
                line = f"id: variant-{number}-{line[3:].strip()}"
            elif line.startswith("title:"):
                line = re.sub(r"^title:\s*(['\"]?)", rf"title: \g<1>Variant {number} of ", line)
        elif inside and (name := re.match(r"(?: {2}| {4})(\w[\w-]*):", line)):
            filters = name[1].startswith("filter")
        if inside and not filters and not re.match(r"\S|\s*(#|(condition|timeframe):)", line):
            key, value = "", line
            # A quoted value of a list may hold a colon.
            if not re.match(r"\s*- *['\"]", line) and (found := KEY.match(line)):
                key, value = found[1], found[2]
            if re.sub(r"^\s*(- )?\s*", "", value).strip().lower() not in KEPT:
                value = changed(value, number)
            line = key + value
        lines.append(line)
    return "\n".join(lines)


def main() -> None:
    rules, out, times = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
    for file in sorted(rules.rglob("*.yml")):
        text = file.read_text(encoding="utf-8")
        for number in range(times):
            target = out / f"v{number}" / file.relative_to(rules)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(variant(text, number) if number else text, encoding="utf-8")


main()

"""read_lake.py FOLDER: reads a lake's Parquet files with pyarrow and DuckDB and prints what they found.

The files are plain: columns by name, and the fields of a record by its shape (the table is in src/shape.rs).
This is how somebody without Mangrove reads them again.
"""

import glob
import json
import sys

import duckdb
import pyarrow.parquet as pq


def leaves(value, name=None):
    """The scalar values of a JSON document in order, each with its innermost name."""
    if isinstance(value, list) and name is None:
        for key, item in value:
            yield from leaves(item, key)
    elif isinstance(value, Members):
        for key, item in value.members:
            yield from leaves(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, name)
    else:
        yield name, value


class Members:
    """An object with its members in order, also those of one name."""

    def __init__(self, members):
        self.members = members


def text_of(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class Written(str):
    """A number as it is written."""


def parse(text):
    options = {"object_pairs_hook": Members, "parse_int": Written, "parse_float": Written, "strict": False}
    return json.JSONDecoder(**options).raw_decode(text)[0]


def fields_of(raw, shape, kept):
    """Name and text of every field."""
    kept = list(leaves(parse(kept))) if kept else []
    if shape is None:
        return [(name, text_of(value)) for name, value in kept]
    text = raw.decode()
    steps = json.loads(shape)
    found, next_leaf, next_kept, base, at = [], 0, 0, text, 0
    document = []
    if any(isinstance(step, int) or (isinstance(step, list) and len(step) == 2) for step in steps):
        document = list(leaves(parse(text[text.index("{") :])))
    for step in steps:
        if isinstance(step, int):
            found += [(name, text_of(value)) for name, value in document[next_leaf : next_leaf + step]]
            next_leaf += step
        elif step == "x":
            found.append((kept[next_kept][0], text_of(kept[next_kept][1])))
            next_kept += 1
        elif isinstance(step, dict) and "in" in step:
            base, at = found[step["in"]][1], 0
        elif isinstance(step, dict):
            found.append((step["is"][0], step["is"][1]))
        elif len(step) == 2:
            found.append((step[1], text_of(document[step[0]][1])))
            next_leaf = max(next_leaf, step[0] + 1)
        else:
            begin = base.index(step[0], at) + len(step[0])
            at = len(base) if step[1] is None else base.index(step[1], begin)
            found.append((step[2], base[begin:at]))
    return found


def main():
    files = sorted(glob.glob(sys.argv[1] + "/data/**/*.parquet", recursive=True))
    rows = []
    for file in files:
        table = pq.ParquetFile(file).read(columns=["id.low", "host.name", "raw", "shape", "fields"])
        for row in table.to_pylist():
            fields = fields_of(row["raw"], row["shape"], row["fields"])
            rows.append([row["id.low"], row["host.name"], row["raw"].decode(), fields])
    rows.sort(key=lambda row: row[0])
    for row in rows:
        print(json.dumps(row, ensure_ascii=False))
    lake = duckdb.read_parquet(files, union_by_name=True)
    count, hosts = lake.aggregate('count(*), count(DISTINCT "host.name")').fetchall()[0]
    print(json.dumps({"duckdb": count, "hosts": hosts}))


main()

#!/usr/bin/env python3
"""lake.py DATA_DIR [WORD…]: times of DuckDB on the lake's own Parquet files, and of the same words as `raw ILIKE`.

A word `field:value` asks for a field that is exactly so, `field:*value*` for one that contains it.
Needs duckdb and pyarrow (docs/benchmarks/lake.sh installs them). Two threads, warm cache, median of PASSES (five).
"""
import glob, os, statistics, sys, time
import duckdb, pyarrow.parquet as pq

files = sorted(glob.glob(sys.argv[1] + "/data/**/*.parquet", recursive=True))
words = sys.argv[2:] or ["mimikatz"]
con = duckdb.connect()
con.execute("SET threads=2")
con.execute(f"CREATE VIEW lake AS SELECT * FROM read_parquet({files!r}, union_by_name=true)")


def median(sql):
    times = []
    for _ in range(int(os.environ.get("PASSES", "5"))):
        begin = time.perf_counter()
        rows = con.execute(sql).fetchall()
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1000, rows


rows = sum(pq.ParquetFile(f).metadata.num_rows for f in files)
print(f"pyarrow: {len(files)} files, {rows} rows; duckdb {duckdb.__version__}")
for field in ["host.name", "event.code"]:
    took, top = median(f'SELECT "{field}", count(*) AS n FROM lake WHERE "{field}" IS NOT NULL GROUP BY 1 ORDER BY n DESC LIMIT 1')
    print(f"duckdb: counts by {field} {took:.1f} ms, first {top[0]}")
for word in words:
    field, _, value = word.partition(":")
    if value:
        value = value.replace("'", "''")
        test = f"ILIKE '%{value[1:-1]}%'" if value.startswith("*") else f"= '{value}'"
        took, found = median(f'SELECT count(*) FROM lake WHERE "{field}" {test}')
        print(f"duckdb: {word}: {found[0][0]} found in {took:.1f} ms")
        continue
    quoted = word.replace("'", "''")
    took, found = median(f"SELECT count(*) FROM lake WHERE decode(raw) ILIKE '%{quoted}%'")
    print(f"duckdb: {word!r} in raw, any letter case: {found[0][0]} found in {took:.1f} ms")
    if os.environ.get("EXACT"):
        took, found = median(f"SELECT count(*) FROM lake WHERE contains(decode(raw), '{quoted}')")
        print(f"duckdb: {word!r} in raw, as written: {found[0][0]} found in {took:.1f} ms")

#!/usr/bin/env python3
"""First results of a search, as the console gives them.

    python3 docs/benchmarks/first_results.py MANGROVE LAKE QUERY…

LAKE is a folder that `lake.sh` wrote (not changed but for merging). The server runs on it in a temporary folder; each
query is asked over all of the time: seconds until the page is there, until the first row is, and until everything is
counted, over HTTP as the browser does it (the page first, then its stream). Warm, median of five.
"""
import html, pathlib, re, signal, statistics, subprocess, sys, tempfile, time, urllib.parse

sys.dont_write_bytecode = True
from intake import Console, free_port, setup_code, wait_for



def ask(console, query):
    """Seconds to the page, to the first row and to the end; number of rows of the first page."""
    begun = time.perf_counter()
    address = "/tim-kiem?" + urllib.parse.urlencode({"q": query, "range": "all"})
    page = console.opener.open(console.base + address).read().decode()
    came = time.perf_counter() - begun
    rows, first = page.partition('id="rows"')[2].partition("</tbody>")[0].count("<tr data-row"), None
    if rows:
        first = came
    if (stream := re.search(r'id="results" data-stream="([^"]+)"', page)):
        answer = console.opener.open(console.base + html.unescape(stream[1]))
        while (line := answer.readline()):
            if b'"to":"rows"' in line and b"<tr data-row" in line:
                rows += line.count(b"<tr data-row")
                first = first or time.perf_counter() - begun
            if b'"done":true' in line.replace(b" ", b""):
                break
    return came, first, time.perf_counter() - begun, rows


def main():
    binary, lake, queries = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3:]
    with tempfile.TemporaryDirectory(prefix="mangrove-first-") as folder:
        data, port = pathlib.Path(folder) / "data", free_port()
        data.mkdir()
        (data / "lake").symlink_to(lake)
        log = open(pathlib.Path(folder) / "log", "w+")
        server = subprocess.Popen([binary, "up", "--http", "--second-factor", "optional", "--port", str(port), "--data", str(data), "--syslog-udp", "off", "--syslog-tcp", "off"],
                                  stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_for(port)
            console = Console(port)
            console.token(setup_code(pathlib.Path(folder) / "log"))
            for query in queries:
                tries = [ask(console, query) for _ in range(5)]
                middle = lambda at: statistics.median([t[at] for t in tries if t[at] is not None] or [float("nan")]) * 1000
                print(f"{query!r}: page {middle(0):.0f} ms, first row {middle(1):.0f} ms, all counted {middle(2):.0f} ms, {tries[0][3]} rows")
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)


if __name__ == "__main__":
    main()

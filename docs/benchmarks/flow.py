#!/usr/bin/env python3
"""Flow bench: lines over TCP syslog into a fresh server, until every event is in the lake.

    python3 docs/benchmarks/flow.py PATH-TO-mangrove [LINES] [CONNECTIONS]

Starts the program in a temporary folder on loopback, sends realistic lines (web access, sshd, firewall,
DNS, mail, sudo) from a second process, and tells: lines per second until all were acknowledged to the
kernel, until all were in the lake, CPU seconds and peak memory of the server, and how long it took from
the sending of an attack to its alert in the database (every 2 000th line is one, each of another host).
Where rsyslogd is installed it receives the same bytes in the same run (parse and write, no fsync), as
the baseline. The server journals with fdatasync, detects with its built-in rules and writes the lake.
"""
import datetime, json, os, pathlib, shutil, signal, socket, sqlite3, subprocess, sys, tempfile, threading, time

PRI = b"<38>"
WEB = '203.0.113.%d - - [22/Nov/2026:10:%02d:%02d +0700] "GET /tin-tuc/%d HTTP/1.1" 200 %d "-" "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"'
FORTI = 'date=2026-11-22 time=10:%02d:%02d devname="fg-vpubnd" devid="FG100D0000000001" logid="0000000013" type="traffic" subtype="forward" level="notice" srcip=10.101.4.%d srcport=%d dstip=203.0.113.%d dstport=443 proto=6 action="close" policyid=12 service="HTTPS"'


def line(n, attack):
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if attack:
        return f"<38>1 {now} probe-{n}.example sudo 900 - -  vanthu01 : TTY=pts/0 ; PWD=/home/vanthu01 ; USER=root ; COMMAND=/bin/bash"
    kind = n % 6
    if kind == 0:
        return f"<38>1 {now} web-{n % 31}.example nginx 811 - - " + WEB % (n % 250, n % 60, n % 59, n % 997, n % 9000)
    if kind == 1:
        return f"<38>1 {now} srv-{n % 58}.example sshd {n % 30000} - - Accepted publickey for saoluu from 10.101.1.{n % 250} port {n % 60000} ssh2"
    if kind in (2, 3):
        return f"<189>1 {now} fg-vpubnd.example fortigate - - - " + FORTI % (n % 60, n % 59, n % 250, n % 60000, n % 250)
    if kind == 4:
        return f"<22>1 {now} mail.example postfix/smtpd {n % 9000} - - connect from unknown[10.101.9.{n % 250}]"
    return f"<30>1 {now} dns.example named 512 - - client @0x7f{n:010x} 10.101.2.{n % 250}#{n % 60000} (cong{n % 97}.example): query: cong{n % 97}.example IN A +E(0)K (10.101.0.53)"


def send(port, lines, connections):
    """Sends from `connections` threads; the seconds until the last byte was taken by the kernel."""
    def one(share):
        with socket.create_connection(("127.0.0.1", port)) as s:
            batch = []
            for n in range(share, lines, connections):
                batch.append(line(n, n % 2000 == 1999))
                if len(batch) == 500:
                    s.sendall(("\n".join(batch) + "\n").encode()); batch = []
            if batch:
                s.sendall(("\n".join(batch) + "\n").encode())
            s.shutdown(socket.SHUT_WR)
            while s.recv(4096):
                pass
    begun = time.monotonic()
    threads = [threading.Thread(target=one, args=(i,)) for i in range(connections)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    return time.monotonic() - begun


def sender(port, lines, connections):
    """The sender in a process of its own, so that its interpreter lock is not ours."""
    out = subprocess.run([sys.executable, __file__, "--send", str(port), str(lines), str(connections)], check=True, capture_output=True, text=True)
    return float(out.stdout)


def committed(lake):
    newest = max((lake / "manifests").glob("*.json"), default=None)
    return json.loads(newest.read_text())["committed"] if newest else 0


def usage(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    peak = next(l for l in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if l.startswith("VmHWM"))
    return cpu, int(peak.split()[1]) / 1024


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port):
    for _ in range(200):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


def mangrove(binary, lines, connections, work):
    syslog, data = free_port(), work / "data"
    server = subprocess.Popen([binary, "up", "--http", "--port", str(free_port()), "--data", str(data), "--syslog-udp", "off",
                               "--syslog-tcp", f"127.0.0.1:{syslog}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(syslog)
        before, _ = usage(server.pid)
        begun = time.monotonic()
        taken = sender(syslog, lines, connections)
        while committed(data / "lake") < lines:
            time.sleep(0.02)
            if time.monotonic() - begun > 600:
                raise SystemExit(f"only {committed(data / 'lake')} of {lines} events reached the lake")
        stored = time.monotonic() - begun
        cpu, peak = usage(server.pid)
        time.sleep(1)
        with sqlite3.connect(f"file:{data / 'mangrove.db'}?mode=ro", uri=True) as db:
            waits = sorted(r[0] / 1e6 for r in db.execute("SELECT raised_at - first_seen FROM desk_alert WHERE host LIKE 'probe-%'"))
        size = sum(f.stat().st_size for f in (data / "lake" / "data").rglob("*.parquet"))
        return taken, stored, cpu - before, peak, waits, size
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def rsyslog(lines, connections, work):
    binary = shutil.which("rsyslogd") or next((p for p in ["/usr/sbin/rsyslogd"] if os.path.exists(p)), None)
    if not binary:
        return None
    port, out, conf = free_port(), work / "out.log", work / "rsyslog.conf"
    conf.write_text(f'global(workDirectory="{work}" maxMessageSize="8k")\nmodule(load="imptcp" threads="2")\n'
                    'main_queue(queue.type="FixedArray" queue.size="200000" queue.dequeueBatchSize="4096" queue.workerThreads="2")\n'
                    f'input(type="imptcp" port="{port}")\naction(type="omfile" file="{out}" ioBufferSize="256k" flushOnTXEnd="on")\n')
    server = subprocess.Popen([binary, "-n", "-f", str(conf), "-i", str(work / "rsyslog.pid")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        begun = time.monotonic()
        taken = sender(port, lines, connections)
        seen = -1
        while True:
            now = out.stat().st_size if out.exists() else 0
            if now == seen and now:
                break
            seen = now
            time.sleep(0.2)
        stored = time.monotonic() - begun - 0.2
        written = sum(chunk.count(b"\n") for chunk in iter(lambda f=out.open("rb"): f.read(1 << 20), b""))
        cpu, peak = usage(server.pid)
        return taken, stored, cpu, peak, written
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def main():
    if sys.argv[1:2] == ["--send"]:
        print(send(*map(int, sys.argv[2:5])))
        return
    binary = sys.argv[1]
    lines = int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
    connections = int(sys.argv[3]) if len(sys.argv) > 3 else 4
    with tempfile.TemporaryDirectory(prefix="mangrove-flow-") as folder:
        work = pathlib.Path(folder)
        taken, stored, cpu, peak, waits, size = mangrove(binary, lines, connections, work)
        print(f"mangrove: {lines} lines, {connections} connections")
        print(f"  sent in {taken:.2f} s ({lines / taken:,.0f}/s); in the lake after {stored:.2f} s ({lines / stored:,.0f}/s)")
        print(f"  CPU {cpu:.2f} s ({lines / cpu:,.0f} events per CPU second), peak memory {peak:.0f} MiB, lake {size / lines:.0f} B/event before compaction")
        if waits:
            at = lambda q: waits[min(len(waits) - 1, int(q * len(waits)))]
            print(f"  sent to alert, {len(waits)} of {lines // 2000} attacks: median {at(.5):.2f} s, p99 {at(.99):.2f} s, longest {waits[-1]:.2f} s")
        base = rsyslog(lines, connections, work)
        if base:
            taken2, stored2, cpu2, peak2, written = base
            print(f"rsyslog: {written} lines written after {stored2:.2f} s ({lines / stored2:,.0f}/s), CPU {cpu2:.2f} s, peak {peak2:.0f} MiB")
            print(f"ratio mangrove / rsyslog: {stored2 / stored:.2f} by time, {cpu2 / cpu:.2f} by CPU")


main()

#!/usr/bin/env python3
"""The console under load: every page at 50 requests a second, and beside a storm of sign-ins.

    python3 docs/benchmarks/console.py MANGROVE [ACTS] [PEOPLE] [SECONDS]

Starts the demo's province of 40 units in a temporary folder, fills the trail with ACTS acts (a million; the example
`fill` of base-audit writes them, its path is in FILL) and the register with PEOPLE (3,000) people, and signs in twelve
people of every role. Then, for SECONDS each:

* idle: one request after the other, each page by turns;
* load: the same pages at 50 requests a second, begun on time whether or not those before are answered;
* storm: the same load while 1,000 sign-ins a second come from a thousand addresses, nine of ten for names that exist.

Printed: median, p95 and greatest time of each page and of all, and the ratios to the idle run. The clients run on the
same processors as the server.
"""
import asyncio, http.client, json, os, pathlib, random, re, signal, statistics, subprocess, sys, tempfile, time, urllib.parse

sys.dont_write_bytecode = True
from intake import free_port, wait_for

RATE, STORM = 50, 1_000
PEOPLE_OF_ROLES = ["quantri", "truongattt", "phantich01", "kiemtra", "cntt.stc", "cntt.syt", "cntt.sgddt", "cntt.nhien",
                   "thutruong.stc", "thutruong.nhien"]


class Person:
    """A signed-in person: cookies of one session."""

    def __init__(self, port, login, password):
        self.port, self.login, self.cookies = port, login, {}
        token = self.token("/dang-nhap")
        status, _ = self.post("/dang-nhap", {"_csrf": token, "login": login, "password": password})
        if status != 303:
            raise SystemExit(f"{login} was not signed in: {status}")

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"cookie": self.cookie()}
        if body is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key.strip()] = rest.partition(";")[0]
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def cookie(self):
        return "; ".join(f"{k}={v}" for k, v in self.cookies.items() if v)

    def token(self, page):
        return re.search(r'name="_csrf" value="([^"]+)"', self.ask("GET", page)[1])[1]

    def post(self, path, fields):
        return self.ask("POST", path, urllib.parse.urlencode(fields))


async def one(port, request, source=None):
    """Sends a request on a connection of its own; seconds and status."""
    begun = time.perf_counter()
    local = (source, 0) if source else None
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=local)
    writer.write(request)
    await writer.drain()
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.read()
    writer.close()
    return time.perf_counter() - begun, int(head.split(b" ", 2)[1])


def get(path, cookie):
    return f"GET {path} HTTP/1.1\r\nhost: localhost\r\ncookie: {cookie}\r\naccept: text/html\r\nconnection: close\r\n\r\n".encode()


class Run:
    def __init__(self):
        self.times, self.wrong = {}, {}

    def note(self, path, took, status):
        if status == 200:
            self.times.setdefault(path, []).append(took * 1000)
        else:
            self.wrong[(path, status)] = self.wrong.get((path, status), 0) + 1

    def all(self):
        return sorted(t for times in self.times.values() for t in times)


def p95(times):
    return sorted(times)[max(0, int(len(times) * 0.95 + 0.5) - 1)] if times else float("nan")


async def idle(port, asks, seconds):
    run, end, n = Run(), time.perf_counter() + seconds, 0
    while time.perf_counter() < end or n < 2 * len(asks):
        path, cookie = asks[n % len(asks)]
        run.note(path, *await one(port, get(path, cookie)))
        n += 1
    return run


async def load(port, asks, seconds):
    run, going, begun = Run(), set(), time.perf_counter()

    async def ask(path, cookie):
        run.note(path, *await one(port, get(path, cookie)))

    for n in range(RATE * seconds):
        await asyncio.sleep(max(0, begun + n / RATE - time.perf_counter()))
        task = asyncio.create_task(ask(*asks[n % len(asks)]))
        going.add(task)
        task.add_done_callback(going.discard)
    await asyncio.gather(*going)
    return run


async def storm(port, form, stop):
    """Sign-ins until stopped; how many were answered, by status."""
    answered, going, begun, n = {}, set(), time.perf_counter(), 0

    async def attempt(n):
        try:
            _, status = await one(port, form(n), f"127.{1 + n % 4}.{1 + n // 7 % 250}.1")
        except (OSError, asyncio.IncompleteReadError):
            status = "closed"
        answered[status] = answered.get(status, 0) + 1

    while not stop.is_set():
        await asyncio.sleep(max(0, begun + n / STORM - time.perf_counter()))
        if len(going) < 4_000:
            task = asyncio.create_task(attempt(n))
            going.add(task)
            task.add_done_callback(going.discard)
        else:
            answered["not sent"] = answered.get("not sent", 0) + 1
        n += 1
    sent = n / (time.perf_counter() - begun)
    for task in list(going):
        task.cancel()
    return answered, sent


def told(name, run, before=None):
    times = run.all()
    ratio = f", {p95(times) / p95(before.all()):.1f} times the idle p95" if before else ""
    print(f"== {name}: {len(times)} pages, median {statistics.median(times):.0f} ms, p95 {p95(times):.0f} ms, greatest {times[-1]:.0f} ms{ratio}")
    for path, times in sorted(run.times.items(), key=lambda item: -p95(item[1])):
        ratio = f"  {p95(times) / p95(before.times[path]):5.1f}×" if before and path in before.times else ""
        print(f"  {path:44} {len(times):5} × median {statistics.median(times):6.1f}  p95 {p95(times):6.1f}  greatest {max(times):6.1f} ms{ratio}")
    for (path, status), count in sorted(run.wrong.items()):
        print(f"  {path}: {count} answers of {status}")


def links(person):
    """The pages the navigation leads this person to."""
    _, text = person.ask("GET", "/")
    nav = re.search(r"<nav.*?</nav>", text, re.S)[0]
    return list(dict.fromkeys(re.findall(r'href="(/[^"#?]*)"', nav)))


def people(admin, many):
    units = re.findall(r'<option value="([A-Z0-9]+)"', admin.ask("GET", "/quan-tri/tai-khoan/moi")[1])
    token = admin.token("/quan-tri/tai-khoan/moi")
    for n in range(many):
        fields = {"_csrf": token, "name": f"Nguyễn Văn {n:04}", "login": f"canbo{n:04}", "email": "",
                  "role": "unit_officer", "unit": units[n % len(units)]}
        status, text = admin.post("/quan-tri/tai-khoan/moi", fields)
        if status >= 400:
            raise SystemExit(f"account {n}: {status} {text[:400]}")


def main():
    binary = sys.argv[1]
    acts, many, seconds = (int(sys.argv[n]) if len(sys.argv) > n else d for n, d in ((2, 1_000_000), (3, 3_000), (4, 30)))
    with tempfile.TemporaryDirectory(prefix="mangrove-console-") as folder:
        data, port = pathlib.Path(folder) / "data", free_port()
        log = open(pathlib.Path(folder) / "log", "w+")
        start = [binary, "demo", "--http", "--port", str(port), "--data", str(data), "--syslog-udp", "off",
                 "--syslog-tcp", "off", "--quiet"]
        server = subprocess.Popen(start, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_for(port)
            file = data / "demo-accounts.json"
            while not file.exists():
                time.sleep(0.2)
            time.sleep(3)
            known = {a["login"]: a["password"] for a in json.loads(file.read_text())["accounts"]}
            begun = time.perf_counter()
            people(Person(port, "quantri", known["quantri"]), many)
            print(f"{many} people in {time.perf_counter() - begun:.0f} s")
            server.send_signal(signal.SIGTERM)
            server.wait(60)
            begun = time.perf_counter()
            subprocess.run([os.environ["FILL"], f"sqlite://{data}/mangrove.db", str(acts)], check=True)
            print(f"{acts} acts in {time.perf_counter() - begun:.0f} s")
            server = subprocess.Popen(start, stdout=log, stderr=subprocess.STDOUT)
            wait_for(port)
            time.sleep(5)
            signed = [Person(port, login, known[login]) for login in PEOPLE_OF_ROLES if login in known]
            asks = [(path, person.cookie()) for person in signed for path in links(person)]
            random.Random(1).shuffle(asks)
            print(f"{len(signed)} people, {len(asks)} pages of theirs, {len(set(p for p, _ in asks))} different")
            quiet = asyncio.run(idle(port, asks, seconds))
            told("idle", quiet)
            told(f"load, {RATE}/s", asyncio.run(load(port, asks, seconds)), quiet)
            visitor = Person.__new__(Person)
            visitor.port, visitor.cookies = port, {}
            token, cookie = visitor.token("/dang-nhap"), visitor.cookie()

            def form(n):
                login = f"canbo{n % many:04}" if n % 10 else f"nobody{n}"
                body = urllib.parse.urlencode({"_csrf": token, "login": login, "password": "Mot-Mat-Khau-Sai"})
                return (f"POST /dang-nhap HTTP/1.1\r\nhost: localhost\r\ncookie: {cookie}\r\ncontent-type: "
                        f"application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n{body}").encode()

            async def both():
                stop = asyncio.Event()
                other = asyncio.create_task(storm(port, form, stop))
                await asyncio.sleep(2)
                run = await load(port, asks, seconds)
                stop.set()
                return run, await other

            run, (answered, sent) = asyncio.run(both())
            told(f"load, {RATE}/s, beside {sent:.0f} sign-ins a second", run, quiet)
            print(f"  sign-ins answered: {answered}")
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)


if __name__ == "__main__":
    main()

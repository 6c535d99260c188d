"""Attacks a local cloud from real web pages: browser.py BASE [CHROMIUM].

A page of another origin, and one whose name is made to resolve to this machine (DNS rebinding), send what they can: fetches
without CORS, forms, images, and a page that was uploaded as an object. Nothing may come of it.
"""
import http.server, json, os, shutil, signal, subprocess, sys, tempfile, threading, urllib.request

base = sys.argv[1].rstrip("/")
chromium = sys.argv[2] if len(sys.argv) > 2 else shutil.which("chromium") or shutil.which("chromium-browser")
host, port = base.removeprefix("http://").split(":")
passed = failed = 0


def call(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or b"{}")


def check(name, right):
    global passed, failed
    passed, failed = passed + bool(right), failed + (not right)
    print(("ok   " if right else "FAIL ") + name)


TOPIC = "/v1/projects/browser-test/topics/victim"
JOBS = "/v2/projects/browser-test/locations/us-central1/jobs"
ATTACK = """<!doctype html><title>attack</title><script>
const base = BASE;
const post = (path, body) => fetch(base + path, {method: 'POST', mode: 'no-cors', headers: {'Content-Type': 'text/plain'}, body});
const all = [
  post('/_local/reset', ''), post('/_local/tick?by=1h', ''),
  post('TOPIC:publish', JSON.stringify({messages: [{data: 'eA=='}]})),
  post('/v1/projects/browser-test/topics', '{}'),
  post('JOBS?jobId=evil', '{}'),
  fetch(base + 'TOPIC', {method: 'DELETE'}), fetch(base + '/_local/state'),
];
Promise.allSettled(all).then(async done => {
  const read = await Promise.all(done.map(async it => it.status === 'fulfilled' ? it.value.type + it.value.status + await it.value.text() : 'failed'));
  const form = document.createElement('form');
  form.method = 'post'; form.enctype = 'text/plain'; form.action = base + '/_local/reset';
  document.body.append(form);
  document.title = 'done ' + read.filter(it => it.startsWith('basic200') || it.startsWith('cors200')).length;
  if (location.hash === '#form') form.submit();
});
</script><body>"""


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(ATTACK.replace("BASE", json.dumps(base)).replace("TOPIC", TOPIC).replace("JOBS", JOBS).encode())

    def log_message(self, *_):
        pass


def browse(url, *more, dump=True):
    """Opens a page, lets its scripts run for a while, and gives what it became."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync",
                 f"--user-data-dir={profile}", *(["--virtual-time-budget=8000", "--dump-dom"] if dump else [])]
        with tempfile.TemporaryFile() as out:
            browser = subprocess.Popen([chromium, *flags, *more, url], stdout=out, stderr=subprocess.DEVNULL,
                                       stdin=subprocess.DEVNULL, start_new_session=True)
            try:
                browser.wait(timeout=30 if dump else 8)
            except subprocess.TimeoutExpired:
                # A page that goes elsewhere by itself is not dumped.
                pass
            try:
                os.killpg(browser.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            browser.wait()
            out.seek(0)
            return out.read().decode("utf-8", "replace")


def unharmed(name, dom):
    check(f"{name}: the page ran", "<title>done" in dom or "does not answer this" in dom)
    check(f"{name}: it read nothing", "<title>done 0" in dom or "does not answer this" in dom)
    try:
        there = call("GET", TOPIC)["name"].endswith("/victim")
    except OSError:
        there = False
    check(f"{name}: nothing was deleted", there)
    check(f"{name}: nothing was made", not call("GET", JOBS).get("jobs"))


if not chromium:
    sys.exit("error: Chromium is needed (Debian: apt-get install chromium)")
call("PUT", TOPIC, {})
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
threading.Thread(target=server.serve_forever, daemon=True).start()
page = f"http://127.0.0.1:{server.server_port}/"
unharmed("another origin", browse(page))
browse(page + "#form", dump=False)
unharmed("a form", "<title>done 0")
rebound = browse(f"http://evil.example:{port}/_local/state", "--host-resolver-rules=MAP evil.example 127.0.0.1")
check("a name that resolves to this machine is refused", "is not a name of this machine" in rebound)
# A page that somebody uploaded runs with no origin of ours.
call("POST", "/storage/v1/b?project=browser-test", {"name": "browser-test-pages"})
upload = f"{base}/upload/storage/v1/b/browser-test-pages/o?uploadType=media&name=page.html"
content = ATTACK.replace("BASE", json.dumps(base)).replace("TOPIC", TOPIC).replace("JOBS", JOBS).encode()
urllib.request.urlopen(urllib.request.Request(upload, content, {"Content-Type": "text/html"}), timeout=10).read()
unharmed("an uploaded page", browse(f"{base}/storage/v1/b/browser-test-pages/o/page.html?alt=media"))
check("a page that a person opens is shown", '"status": "ok"' in browse(f"{base}/healthz"))
call("DELETE", TOPIC)
call("DELETE", "/storage/v1/b/browser-test-pages/o/page.html")
call("DELETE", "/storage/v1/b/browser-test-pages")
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)

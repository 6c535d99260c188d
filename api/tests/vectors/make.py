"""Writes original.jsonl: what the service that ours replaces answers for cells that BigQuery gives.

    pip install -r api/tests/clients/requirements.txt pandas db-dtypes pyarrow
    python api/tests/vectors/make.py CHECKOUT

CHECKOUT has that service as it was published. It runs unchanged, in this process, against a server that answers as
BigQuery's REST does. A line has the three cells of a row and the body that the service made of it. The cells are
always the same ones.
"""
import http.server
import json
import os
import pathlib
import random
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
NOW = "1746606314000000"

TEXTS = [
    # What the pipeline carries.
    '{"user_id":"user_9","page":"/products","event_type":"purchase","browser":"Edge","device":"desktop","country":"FR","amount":333.82,"items":1}',
    "{}", "[]", "null", "true", "false", '""',
    # Strings stay strings, whatever they look like.
    '"hello"', '"12"', '"-1.5e3"', '"true"', '"false"', '"null"', '"NULL"', '"NaN"', '"{}"', '"[]"', '"{\\"a\\":1}"',
    '"{\\"a\\":\\"{\\\\\\"b\\\\\\":2}\\"}"', '"[1,2"', '"\\"b\\""', '"\\"\\\\\\"c\\\\\\"\\""', '" 7 "', '["12","true"]',
    '{"a":"{\\"b\\":1}","c":"null"}',
    # Numbers.
    "0", "-0", "-0.0", "0.0", "1", "-1", "9007199254740993", "9223372036854775807", "-9223372036854775808",
    "9223372036854775808", "18446744073709551615", "18446744073709551616", "-9223372036854775809",
    "123456789012345678901234567890", "-" + "9" * 4300, "1.0", "1.10", "1e0", "1E5", "1e+5", "1e15", "1e16", "1.5e16",
    "123456789012345680.0", "1e22", "1e23", "1e-4", "1e-5", "0.00012345", "0.000012345", "1e100", "1e-100", "5e-324",
    "2.2250738585072014e-308", "1.7976931348623157e308", "0.1", "0.30000000000000004", "100.0", "99999999999999990.0",
    "9007199254740993.0", "3.141592653589793", "4.35", "1234.5678e-10", "-2.5e+3", "1e-400", "-1e-400",
    # As near to one 16-digit decimal as to another.
    "759090094718067.25", "-236017569990183.625", "982318492793036.25",
    # Texts.
    '"é ü ñ"', '"日本語"', '"😀 a"', '"\\ud83d\\ude00"', '"\\u0000\\u0001\\u001f\\u007f\\u0080"', '"\\b\\f\\n\\r\\t"',
    '"\\" \\\\ \\/ /"', '"<script>&amp;\'</script>"', '"\u2028\u2029"', '"\ufeff"', '"\\u00e9"', '"\x7f"', '"\\ud800"',
    '["\\ud800","\\udc00 \\ud800","\\ud83d\\u0041","\\ude00\\ud83d","\\udfff"]',
    # Keys.
    '{"b":1,"a":2,"B":3,"_":4,"10":5,"9":6,"":7}', '{"é":1,"z":2,"日":3,"😀":4,"\uffff":5,"\\ud800":6,"\\ue000":7}',
    '{"a":1,"a":2}', '{"a":{"d":[{"z":1,"y":[]}],"c":{}}}', ' { "a" : [ 1 , 2 ] } ', "\t{}\n", '{"\\"":1,"\\\\":2}',
    # Depth.
    "[" * 100 + "]" * 100, '{"a":' * 100 + "1" + "}" * 100, "[" * 450 + '"x"' + "]" * 450,
    # What does not parse comes as text.
    "", "hello", "{", "{'a':1}", "[1,]", "01", "1.", ".5", "+1", "1e", "--1", '"a', '"\\x"', '"\\u12"', '"\\u+123"', "{}x",
    "nul", "Null", '"tab\there"', "[" * 20, "é", '{"a":1', "{1:2}", "1 2", "\ufeff{}", "\u00a01", "1\u0000", "True", "-",
    "٣", '{"a":1,}', "/**/1",
]
TIMES = ["0", "1", "-1", "999999", "1000000", "-999999", "-1000000", "-1000001", NOW, "1746606314000001",
         "1746606314999999", "-62135596800000000", "-62135596799999999", "253402300799999999",
         "951782400000000", "4107542399000000", "-2208988800000000", "-2208988800500000", "-30610224000000000",
         "9223372036854775", "-9223372036854776", "9223372036854776", "-62104060800000001"]


DEPTH = 4


def numbers(rng):
    digits = "".join(rng.choice("0123456789") for _ in range(rng.choice([1, 3, 16, 17, 25])))
    whole = rng.choice(["0", digits.lstrip("0") or "0"])
    fraction = rng.choice(["", "", f".{digits}", ".0", ".50"])
    exponent = rng.choice(["", "", "", f"{rng.choice('eE')}{rng.choice(['', '+', '-'])}{rng.randrange(0, 280)}"])
    return rng.choice(["", "-"]) + whole + fraction + exponent


def strings(rng, halves=True):
    ranges = [(32, 126), (32, 126), (0, 31), (127, 255), (0x100, 0x2fff), (0xe000, 0xffff), (0x10000, 0x10ffff)]
    ranges += [(0xd800, 0xdfff)] * halves
    out = ['"']
    for _ in range(rng.randrange(12)):
        code = rng.randint(*rng.choice(ranges))
        escape = f"\\u{code:04x}" if code < 0x10000 else chr(code)
        plain = chr(code) not in '"\\' and code >= 32 and not 0xd800 <= code <= 0xdfff
        out.append(chr(code) if plain and rng.random() < 0.6 else escape)
    look = rng.choice(["", "", "", "12", "true", "null", '{\\"a\\":1}', "\\/", "[1]"])
    return "".join(out) + look + '"'


def values(rng, depth):
    kind = rng.choice("nnssslm" if depth else "nnss") if rng.random() > 0.15 else "w"
    if kind == "w":
        return rng.choice(["null", "true", "false"])
    if kind == "n":
        return numbers(rng)
    if kind == "s":
        # Half of a pair on its own is an error of pandas' where it is not within a list or an object.
        return strings(rng, halves=depth < DEPTH)
    space = lambda: rng.choice(["", "", "", " ", "\n\t"])  # noqa: E731
    parts = [values(rng, depth - 1) for _ in range(rng.randrange(5))]
    if kind == "m":
        parts = [f"{strings(rng)}{space()}:{space()}{it}" for it in parts]
    return ("[{"[kind == "m"] + ",".join(space() + it + space() for it in parts)) + "]}"[kind == "m"]


def cases():
    rng = random.Random(9)
    for text in TEXTS:
        yield text, "id", NOW
    yield None, "id", NOW  # BigQuery has the text null for NULL; the service makes NaN of this, which is not JSON
    for moment in TIMES:
        yield "{}", "id", moment
    for event_id in ["", 'id "é" \\ \n', "\u2028😀\x00<b>", "x" * 2000]:
        yield "{}", event_id, NOW
    for _ in range(400):
        yield values(rng, DEPTH), f"id {rng.randrange(1000)}", str(rng.randint(-62135596800000000, 253402300799999999))


class Fake(http.server.BaseHTTPRequestHandler):
    row = None
    queries = set()

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}") if self.command == "POST" else {}
        reference = {"projectId": "p", "jobId": "j", "location": "US"}
        schema = {"fields": [{"name": "event_id", "type": "STRING"}, {"name": "event_data", "type": "STRING"},
                             {"name": "timestamp", "type": "TIMESTAMP"}]}
        row = {"f": [{"v": it} for it in Fake.row]}
        if self.path.split("?")[0].endswith("/jobs"):
            Fake.queries.add(" ".join(body["configuration"]["query"]["query"].split()))
            reply = {"jobReference": reference, "configuration": body["configuration"], "status": {"state": "DONE"},
                     "statistics": {"query": {"statementType": "SELECT"}}}
            reply["configuration"]["query"]["destinationTable"] = {"projectId": "p", "datasetId": "d", "tableId": "t"}
        elif "/queries" in self.path:
            reply = {"jobReference": reference, "jobComplete": True, "schema": schema, "rows": [row], "totalRows": "1"}
        else:
            reply = {"rows": [row], "totalRows": "1", "jobReference": reference, "status": {"state": "DONE"},
                     "configuration": {"query": {"destinationTable": {"projectId": "p", "datasetId": "d", "tableId": "t"}}}}
        text = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


def is_json(body):
    def constant(name):
        raise ValueError(name)

    try:
        json.loads(body, parse_constant=constant)
        return True
    except ValueError:
        return False


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Fake)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ |= {"BIGQUERY_EMULATOR_HOST": f"http://127.0.0.1:{server.server_port}", "GOOGLE_CLOUD_PROJECT": "p",
                   "ORIGINAL": os.path.abspath(sys.argv[1])}
    sys.path.insert(0, str(HERE.parent / "clients"))
    import logging
    from original import app

    logging.disable(logging.CRITICAL)
    browser = app.test_client()
    lines, refused = [], []
    for text, event_id, moment in cases():
        Fake.row = (event_id, text, moment)
        answer = browser.get("/events")
        if answer.status_code == 200 and is_json(answer.data):
            assert answer.content_type == "application/json"
            lines.append(json.dumps({"event_data": text, "event_id": event_id, "timestamp": moment,
                                     "body": answer.data.decode()}))
        else:
            refused.append((Fake.row, answer.data))
    (HERE / "original.jsonl").write_text("\n".join(lines) + "\n")
    print(len(lines), "vectors of", *Fake.queries)
    for row, body in refused:
        print("no JSON:", str(row)[:100], body[:200])


if __name__ == "__main__":
    main()

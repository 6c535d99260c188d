"""Writes flask.jsonl: what Flask answers for rows that BigQuery gives.

    python3 -m venv v && v/bin/pip install flask==3.1.3 google-cloud-bigquery==3.47.0 && v/bin/python make.py

A line has a row as BigQuery's REST sends it (the type of `event_data`, and the three cells) and the body
that the Flask service made of it.
"""
import http.server
import json
import os
import pathlib
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
NOW = "1746606314000000"

DATA = [
    # What the pipeline carries.
    '{"user_id":"user_9","page":"/products","event_type":"purchase","browser":"Edge","device":"desktop","country":"FR","amount":333.82,"items":1}',
    "{}", "[]", "null", "true", "false", '""', '"hello"', '"{\\"a\\":1}"', '"[1,2"', '"12"', '"NULL"', '" 7 "',
    # Numbers.
    "0", "-0", "-0.0", "1", "-1", "9007199254740993", "18446744073709551616", "123456789012345678901234567890",
    "1.0", "1.10", "1e0", "1E5", "1e15", "1e16", "1.5e16", "123456789012345680.0", "1e22", "1e23", "1e-4",
    "1e-5", "0.00012345", "0.000012345", "1e100", "1e-100", "5e-324", "2.2250738585072014e-308",
    "1.7976931348623157e308", "0.1", "0.30000000000000004", "100.0", "99999999999999990.0", "3.141592653589793",
    "4.35", "1234.5678e-10", "-2.5e+3", "1e-400",
    # As near to one 16-digit decimal as to another.
    "759090094718067.25", "-236017569990183.625", "982318492793036.25",
    # Texts.
    '"é ü ñ"', '"日本語"', '"😀 a"', '"\\ud83d\\ude00"', '"\\u0000\\u0001\\u001f\\u007f\\u0080"', '"\\b\\f\\n\\r\\t"',
    '"\\" \\\\ \\/ /"', '"<script>&amp;\'</script>"', '"\u2028\u2029"', '"\ufeff"', '"\\u00e9"',
    # Keys.
    '{"b":1,"a":2,"B":3,"_":4,"10":5,"9":6,"":7}', '{"é":1,"z":2,"日":3,"😀":4,"\uffff":5}',
    '{"a":1,"a":2}', '{"a":{"d":[{"z":1,"y":[]}],"c":{}}}', ' { "a" : [ 1 , 2 ] } ',
]
NOT_JSON = ["", "hello", "{", "{'a':1}", "[1,]", "01", "1.", ".5", "+1", "1e", "--1", '"a', '"\\x"', '"\\u12"',
            "{}x", "nul", "Null", "\t{}\n", '"tab\there"', "[" * 20, "é", '{"a":1', "{1:2}", "1 2"]
TIMES = ["0", "1", "-1", "999999", "1000000", NOW, "1746606314999999", "-62135596800000000", "253402300799999999",
         "951782400000000", "4107542399000000", "-2208988800000000", "-30610224000000000"]


def cases():
    for data in DATA:
        yield "JSON", data, "id", NOW
        yield "STRING", data, "id", NOW
    for data in NOT_JSON:
        yield "STRING", data, "id", NOW
    yield "JSON", None, "id", NOW
    yield "STRING", None, "id", NOW
    for moment in TIMES:
        yield "JSON", "{}", "id", moment
    yield "JSON", "{}", "id \"é\" \\ \n", NOW
    yield "JSON", "{}", "", NOW


class Fake(http.server.BaseHTTPRequestHandler):
    row = None

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}") if self.command == "POST" else {}
        kind, data, event_id, moment = Fake.row
        reference = {"projectId": "p", "jobId": "j", "location": "US"}
        schema = {"fields": [{"name": "event_id", "type": "STRING"}, {"name": "event_data", "type": kind},
                             {"name": "timestamp", "type": "TIMESTAMP"}]}
        row = {"f": [{"v": event_id}, {"v": data}, {"v": moment}]}
        if self.path.split("?")[0].endswith("/jobs"):
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


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Fake)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["BIGQUERY_EMULATOR_HOST"] = f"http://127.0.0.1:{server.server_port}"
    os.environ["GOOGLE_CLOUD_PROJECT"] = "p"
    sys.path.insert(0, str(HERE.parent / "clients"))
    import flask_service

    browser = flask_service.app.test_client()
    lines = []
    for kind, data, event_id, moment in cases():
        Fake.row = (kind, data, event_id, moment)
        answer = browser.get("/events")
        assert answer.status_code == 200, (Fake.row, answer.data)
        assert answer.content_type == "application/json"
        lines.append(json.dumps({"type": kind, "event_data": data, "event_id": event_id, "timestamp": moment,
                                 "body": answer.data.decode()}))
    (HERE / "flask.jsonl").write_text("\n".join(lines) + "\n")
    print(len(lines), "vectors;", browser.get("/health").data, browser.get("/health").content_type)


main()

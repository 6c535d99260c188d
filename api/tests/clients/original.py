"""The service that ours replaces, out of a checkout of it and unchanged, against BIGQUERY_EMULATOR_HOST (a URL).

Usage: ORIGINAL=CHECKOUT GOOGLE_CLOUD_PROJECT=P gunicorn --chdir api/tests/clients original:app
       ORIGINAL=CHECKOUT GOOGLE_CLOUD_PROJECT=P PORT=8080 python api/tests/clients/original.py

Google's client finds the endpoint in the environment by itself; credentials are none, since there are none to find.
"""
import os
import sys

import google.auth
from google.auth.credentials import AnonymousCredentials

google.auth.default = lambda *_, **__: (AnonymousCredentials(), os.environ["GOOGLE_CLOUD_PROJECT"])
sys.path.insert(0, os.path.join(os.environ["ORIGINAL"], "api"))

from main import app  # noqa: E402

if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", 8080)))

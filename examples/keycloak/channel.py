#!/usr/bin/env python3
"""An authentication channel that acknowledges every request and decides nothing; for the commands of docs/FINDINGS.md.

usage: channel.py PORT FILE

The bearer token of the last request stands in FILE: with it anybody can decide.
"""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

# Longest body that is read, in bytes.
BODY_MAX = 64 * 1024


class Channel(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(min(int(self.headers.get("Content-Length") or 0), BODY_MAX))
        Path(sys.argv[2]).write_text(self.headers.get("Authorization", ""))
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


if len(sys.argv) != 3:
    sys.exit(__doc__)
HTTPServer(("127.0.0.1", int(sys.argv[1])), Channel).serve_forever()

"""What stands between an SDK and the house: it writes down what was sent, and breaks some of it."""

import base64
import gzip
import http.client
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

STORM = ("refuse", "", "lose", "", "kill", "", "lose", "refuse")
"""What happens to the first requests, one after the other; the others pass."""
SQUALL = ("refuse", "", "", "lose", "", "", "", "lose", "", "", "refuse")
"""For an SDK that gives up after three tries within a second, which is less than a killed process needs."""
CALM = ()


class Proxy(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, house: int, storm: tuple[str, ...], kill: Callable[[], None]) -> None:
        self.house, self.storm, self.kill = house, list(storm), kill
        self.bodies: list[bytes] = []
        self.done: list[str] = []
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), Passing)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]

    def fate(self, body: bytes) -> str:
        with self.lock:
            self.bodies.append(body)
            fate = self.storm.pop(0) if self.storm else ""
            self.done.append(fate)
            return fate


class Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def do_POST(self) -> None:
        body = self.read()
        dry = self.headers.get("Dry-Run") == "true"
        fate = "" if dry else self.server.fate(body)
        if fate == "refuse":
            self.answer(503, {"Retry-After": "1", "Content-Type": "application/json"}, b'{"code":"x","message":"x"}')
            return
        try:
            status, headers, told = self.forwarded(body, kill=fate == "kill")
        except (OSError, http.client.HTTPException):
            status = 0  # nobody is at home just now
        if not status or fate == "lose":
            self.close_connection = True
            self.connection.close()
        else:
            self.answer(status, headers, told)

    do_GET = do_POST

    def read(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def forwarded(self, body: bytes, *, kill: bool) -> tuple[int, dict[str, str], bytes]:
        house = http.client.HTTPConnection("127.0.0.1", self.server.house, timeout=30)
        kept = {n: v for n, v in self.headers.items() if n.lower() not in ("transfer-encoding", "content-length")}
        house.request(self.command, self.path, body, kept | {"Content-Length": str(len(body))})
        if kill:
            self.server.kill()
        response = house.getresponse()
        return response.status, {"Content-Type": response.headers["Content-Type"] or ""}, response.read()

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


def unzipped(body: bytes) -> bytes:
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


def segment_ids(bodies: list[bytes]) -> set[str]:
    """The ids of all messages in these requests."""
    requests = [json.loads(unzipped(body)) for body in bodies if body]
    return {message["messageId"] for one in requests for message in one.get("batch", [one])}


def sensors_records(bodies: list[bytes]) -> set[str]:
    """All records in these requests, without what a repetition says anew."""
    found = set()
    for body in bodies:
        form = parse_qs(body.decode())
        said = json.loads(unzipped(base64.b64decode((form.get("data_list") or form["data"])[0])))
        for record in said if isinstance(said, list) else [said]:
            record.pop("_flush_time", None)
            found.add(json.dumps(record, sort_keys=True))
    return found

"""A tiny OpenAI-compatible chat server on loopback whose behaviour is the first part of its path: /good/v1, /hang/v1 ..."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class _Handler(BaseHTTPRequestHandler):
    server: FakeServer

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        mode = self.path.split("/")[1]
        with self.server.lock:
            self.server.requests.append(body)
            self.server.headers_seen.append({k.lower(): v for k, v in self.headers.items()})
        getattr(self, f"mode_{mode}")(body)

    def _send(self, status: int, payload: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(payload)

    def _answer(self, content: str, **message: Any) -> None:
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content, **message}}
        self._send(
            200,
            json.dumps(
                {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
            ).encode(),
        )

    def _error(self, status: int, message: str) -> None:
        self._send(status, json.dumps({"error": {"message": message, "type": "error", "code": None}}).encode())

    def mode_good(self, body: Any) -> None:
        self._answer(self.server.answer)

    def mode_prose(self, body: Any) -> None:
        self._answer(f"Sure! Here are the claims:\n```json\n{self.server.answer}\n```\nI hope this helps.")

    def mode_malformed(self, body: Any) -> None:
        self._answer("You should order an MRI for this patient.")

    def mode_second(self, body: Any) -> None:
        first = len(body["messages"]) == 2
        self._answer("Here you go." if first else self.server.answer)

    def mode_noschema(self, body: Any) -> None:
        if "response_format" in body:
            self._error(400, "response_format is not supported")
        else:
            self._answer(self.server.answer)

    def mode_hang(self, body: Any) -> None:
        self.server.stop.wait(20)

    def mode_trickle(self, body: Any) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "100000")
        self.end_headers()
        end = time.monotonic() + 20
        while time.monotonic() < end and not self.server.stop.is_set():
            try:
                self.wfile.write(b" ")
                self.wfile.flush()
            except OSError:
                return
            time.sleep(0.05)

    def mode_500(self, body: Any) -> None:
        self._error(500, "out of memory")

    def mode_limited(self, body: Any) -> None:
        self._error(429, "slow down")

    def mode_nokey(self, body: Any) -> None:
        self._error(401, "invalid api key")

    def mode_nomodel(self, body: Any) -> None:
        self._error(404, "model not found")

    def mode_refusal(self, body: Any) -> None:
        self._answer("", refusal="I cannot help with medical questions")

    def mode_dies(self, body: Any) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(b'{"id": "1", "object": "chat.comp')
        self.wfile.flush()
        self.close_connection = True
        self.connection.close()

    def mode_html(self, body: Any) -> None:
        self._send(200, b"<html>a login page</html>")

    def mode_huge(self, body: Any) -> None:
        self._answer("MRI now. " * 1_200_000)

    def mode_elsewhere(self, body: Any) -> None:
        self._send(307, b"", {"Location": "http://198.51.100.7/v1/chat/completions"})


class FakeServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.stop = threading.Event()
        self.answer = '{"claims": []}'
        self.requests: list[Any] = []
        self.headers_seen: list[dict[str, str]] = []

    def url(self, mode: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{mode}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@contextmanager
def fake_server() -> Iterator[FakeServer]:
    server = FakeServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop.set()
        server.shutdown()
        server.server_close()

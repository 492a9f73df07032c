"""The ASGI door in front of Gradio: answers from the first second, guards every response, serves our two assets.

Until the inner app is opened a small page says that Lumbar is starting. The content security policy is strict: scripts
run from this server only, inline ones only with the nonce of that page (Gradio's own, stamped here), and no `eval`.
"""

from __future__ import annotations

import contextlib
import hashlib
import html
import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from importlib.resources import files
from typing import Any

from ui.words import words

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

ASSETS = {"lumbar.css": "text/css; charset=utf-8", "lumbar.js": "text/javascript; charset=utf-8"}
LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
ALLOWED = re.compile(
    r"/(?:config|theme\.css|favicon\.ico|(?:assets|static)/[\w./-]+"
    r"|gradio_api/(?:heartbeat/\w+|queue/(?:join|data|status)|run/predict|cancel|reset|app_id|startup-events))?/?"
)
"""The routes that the page needs: no uploads, files, proxies, deep links, monitoring or API descriptions."""
_SCRIPT = re.compile(rb"<script(?=[\s>])")
_META_OUT = re.compile(rb'\s*<meta\s+(?:property|name)="(?:og|twitter):[^>]*/>')
_MANIFEST = re.compile(rb'\s*<link rel="manifest"[^>]*>')

PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()"


def policy(nonce: str | None = None) -> str:
    """The content security policy. Styles may be inline (Svelte sets them); scripts need this server or the nonce."""
    scripts = "script-src 'self'" + (f" 'nonce-{nonce}'" if nonce else "")
    return "; ".join(
        [
            "default-src 'none'", scripts, "script-src-attr 'none'", "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:", "font-src 'self'", "connect-src 'self'", "manifest-src 'self'", "base-uri 'self'",
            "form-action 'none'", "frame-ancestors 'none'", "object-src 'none'",
        ]
    )  # fmt: skip


def security_headers(nonce: str | None = None) -> list[tuple[bytes, bytes]]:
    pairs = {
        "content-security-policy": policy(nonce),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "permissions-policy": PERMISSIONS,
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }
    return [(k.encode(), v.encode()) for k, v in pairs.items()]


def asset(name: str) -> bytes:
    return (files("ui") / "assets" / name).read_bytes()


class Gate:
    """One instance per server. `open(app)` swaps the starting page for the app; `close()` ends its lifespan."""

    def __init__(self, host: str) -> None:
        self._inner: App | None = None
        self._stack = contextlib.AsyncExitStack()
        self._hosts = LOOPBACK if host in LOOPBACK else None
        self._assets = {name: asset(name) for name in ASSETS}
        digest = hashlib.sha256(b"".join(self._assets[n] for n in sorted(self._assets))).hexdigest()[:12]
        self._head = (
            f'<link rel="stylesheet" href="./lumbar/lumbar.css?v={digest}">'
            f'<script src="./lumbar/lumbar.js?v={digest}" defer></script>'
            '<meta name="color-scheme" content="light dark">'
        ).encode()
        self.error: str | None = None

    async def open(self, app: Any) -> None:
        """Starts the lifespan of `app` (a FastAPI application) on this event loop and serves it from now on."""
        await self._stack.enter_async_context(app.router.lifespan_context(app))
        self._inner = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        elif not self._known(scope):
            await _respond(
                send,
                400,
                b"Unknown host name. Open Lumbar at the address that it printed.",
                "text/plain; charset=utf-8",
            )
        elif not self._own(scope):
            await _respond(send, 403, b"Refused: sent by another site.", "text/plain; charset=utf-8")
        elif scope["path"].startswith("/lumbar/"):
            await self._asset(scope["path"].removeprefix("/lumbar/"), send)
        elif self._inner is None:
            await self._starting(send)
        elif not ALLOWED.fullmatch(scope["path"]) or ".." in scope["path"]:
            await _respond(send, 404, b"Not found", "text/plain; charset=utf-8")
        elif scope["path"] == "/":
            await self._page(self._inner, scope, receive, send)
        else:
            await self._inner(scope, receive, _guarded(send, no_store=scope["path"].startswith("/gradio_api")))

    def _known(self, scope: Scope) -> bool:
        """On loopback only loopback names are served: no web site can reach this server under a name of its own."""
        if self._hosts is None:
            return True
        names = [v.decode("latin-1") for k, v in scope["headers"] if k == b"host"]
        return len(names) == 1 and re.sub(r":\d+$", "", names[0]).lower() in self._hosts

    @staticmethod
    def _own(scope: Scope) -> bool:
        """Whether what changes something was sent by this page: browsers name the origin of every such request."""
        headers = dict(scope["headers"])
        origin = headers.get(b"origin")
        return (
            scope["method"] in ("GET", "HEAD") or origin is None or origin.partition(b"//")[2] == headers.get(b"host")
        )

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._stack.aclose()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _asset(self, name: str, send: Send) -> None:
        if name not in self._assets:
            await _respond(send, 404, b"Not found", "text/plain; charset=utf-8")
        else:
            await _respond(send, 200, self._assets[name], ASSETS[name], cache="public, max-age=31536000, immutable")

    async def _starting(self, send: Send) -> None:
        body = starting_page(self.error).encode()
        await _respond(send, 200 if self.error is None else 500, body, "text/html; charset=utf-8")

    async def _page(self, inner: App, scope: Scope, receive: Receive, send: Send) -> None:
        """Gradio's page with the nonce on its inline scripts, our assets in its head, and no addresses of others."""
        nonce = secrets.token_urlsafe(16)
        headers = [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]
        start: Message = {}
        chunks: list[bytes] = []

        async def hold(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                chunks.append(message.get("body", b""))
                if not message.get("more_body", False):
                    body = self._stamp(b"".join(chunks), nonce) if scope["method"] == "GET" else b""
                    kept = [(k, v) for k, v in start["headers"] if k not in (b"content-length", b"cache-control")]
                    kept += [(b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
                    await send({**start, "headers": [*kept, *security_headers(nonce)]})
                    await send({"type": "http.response.body", "body": body})

        await inner({**scope, "headers": headers}, receive, hold)

    def _stamp(self, page: bytes, nonce: str) -> bytes:
        page = _META_OUT.sub(b"", _MANIFEST.sub(b"", page))
        page = _SCRIPT.sub(b'<script nonce="' + nonce.encode() + b'"', page)
        return page.replace(b"</head>", self._head + b"</head>", 1)


def _guarded(send: Send, *, no_store: bool) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", []), *security_headers()]
            if no_store:
                headers = [(k, v) for k, v in headers if k.lower() != b"cache-control"] + [
                    (b"cache-control", b"no-store")
                ]
            message = {**message, "headers": headers}
        await send(message)

    return guarded


async def _respond(send: Send, status: int, body: bytes, kind: str, cache: str = "no-store") -> None:
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", cache.encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *security_headers()]})
    await send({"type": "http.response.body", "body": body})


def starting_page(error: str | None = None) -> str:
    """The page of the first seconds, with the notice; it reloads itself. With `error` it says that the start failed."""
    w = words()
    said = w["not_started"].format(cause=error) if error else w["starting"]
    refresh = "" if error else '<meta http-equiv="refresh" content="1">'
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(w["name"])}</title>{refresh}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        '<link rel="stylesheet" href="/lumbar/lumbar.css"></head><body class="lb-starting"><main>'
        f'<h1>{html.escape(w["name"])}</h1><p role="status">{html.escape(said)}</p>'
        f"<p>{html.escape(w['short_notice'])}</p></main></body></html>"
    )

"""Serves the page: the port answers at once, the page follows when Gradio is there, the assistant opens after that.

Building the page is `app.py`'s; headers, assets and the page of the first seconds are `gate.py`'s.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from ui.gate import Gate
from ui.loading import Background

GRADIO_ENVIRONMENT = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "GRADIO_SSR_MODE": "False",
    "GRADIO_MCP_SERVER": "False",
}
"""Set before Gradio is imported: it reads its switches from the environment, and all of these are to be off."""


class PortError(Exception):
    """The address cannot be served. `help` says what to do."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


def mount(demo: Any) -> Any:
    """The Blocks as a FastAPI application; all that talks to others, lists the API or keeps questions is off."""
    import fastapi
    import gradio as gr

    return gr.mount_gradio_app(
        fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None),
        demo,
        path="/",
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        show_error=False,
        max_file_size=0,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
    )


def bind(host: str, port: int) -> socket.socket:
    """Takes the port, or raises `PortError` with what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        problem = f"cannot serve on {host}:{port}: {error.strerror}"
        raise PortError(problem, "stop what uses the port, or give another with --port") from error
    return taken


def serve(assistant_factory: Callable[[], Any], host: str, port: int, settings: Any) -> None:
    """Serves until interrupted (then KeyboardInterrupt passes on).

    Prints `Lumbar: http://HOST:PORT` when the page is there, then calls `assistant_factory` in the background.
    Raises `PortError` where the port cannot be had, RuntimeError where the page could not be built.
    """
    os.environ.update(GRADIO_ENVIRONMENT)
    import uvicorn

    taken = bind(host, port)
    gate = Gate(host)
    options: dict[str, Any] = {"log_level": "warning", "access_log": False, "server_header": False, "lifespan": "on"}
    server = uvicorn.Server(uvicorn.Config(gate, timeout_graceful_shutdown=2, **options))
    assistant = Background(assistant_factory)
    shown = f"[{host}]" if ":" in host else host
    ready = f"Lumbar: http://{shown}:{taken.getsockname()[1]}"

    def fill(loop: asyncio.AbstractEventLoop) -> None:
        try:
            from ui.app import build

            demo = build(assistant, settings)
            asyncio.run_coroutine_threadsafe(gate.open(mount(demo)), loop).result()
        except Exception as error:
            gate.error = type(error).__name__
            print(f"Lumbar could not build its page: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            server.should_exit = True
            return
        print(ready, flush=True)
        assistant.start()

    async def run() -> None:
        loop = asyncio.get_running_loop()
        threading.Thread(target=fill, args=(loop,), name="build-page", daemon=True).start()
        await server.serve(sockets=[taken])

    asyncio.run(run())
    if gate.error:
        raise RuntimeError("the page could not be built")

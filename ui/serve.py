"""Serves the page: the port answers at once, the page follows when Gradio is there, the assistant opens after that.

Building the page is `app.py`'s; headers, assets and the page of the first seconds are `gate.py`'s.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from assistant.fallback import screen_only
from ui import documents
from ui.gate import Gate
from ui.loading import Background

GRADIO_ENVIRONMENT = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "GRADIO_SSR_MODE": "False",
    "GRADIO_MCP_SERVER": "False",
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
}
"""Set before Gradio is imported, which reads its switches from the environment: all off. The last two keep its queue
from summing up past events with pandas after every question."""


class PortError(Exception):
    """The address cannot be served. `help` says what to do."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


def without_matplotlib() -> None:
    """Keeps Gradio from importing matplotlib at the first question (1 s, 40 MB), where it is installed: no figure is shown."""
    import gradio.utils

    name = "MatplotlibBackendMananger"  # spelt so in Gradio
    if hasattr(gradio.utils, name):
        setattr(gradio.utils, name, contextlib.nullcontext)


def mount(demo: Any) -> Any:
    """The Blocks as a FastAPI application; all that talks to others, lists the API or keeps questions is off."""
    import fastapi
    import gradio as gr

    without_matplotlib()
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
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
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


class Site:
    """One web UI on one address. `run` serves until `stop` is called from any thread or the process is interrupted."""

    def __init__(self, assistant_factory: Callable[[], Any], host: str, port: int, settings: Any) -> None:
        os.environ.update(GRADIO_ENVIRONMENT)
        import uvicorn

        self._socket = bind(host, port)
        self._gate = Gate(host)
        self._settings = settings
        self.assistant = Background(
            assistant_factory, lambda error: screen_only(settings, error), lambda: documents.version(settings)
        )
        self.ready = threading.Event()
        """Set when the page is served; the assistant may still be loading."""
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._socket.getsockname()[1]}"
        options: dict[str, Any] = {"log_level": "warning", "access_log": False, "server_header": False}
        config = uvicorn.Config(self._gate, lifespan="on", timeout_graceful_shutdown=2, **options)
        self._server = uvicorn.Server(config)

    def run(self) -> None:
        """Raises RuntimeError where the page could not be built."""
        asyncio.run(self._serve())
        if self._gate.error:
            raise RuntimeError("the page could not be built")

    def stop(self) -> None:
        self._server.should_exit = True

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._fill, args=(loop,), name="build-page", daemon=True).start()
        await self._server.serve(sockets=[self._socket])

    def _fill(self, loop: asyncio.AbstractEventLoop) -> None:
        """Builds the page beside the running server, announces it, then lets the assistant open."""
        try:
            from ui.app import build

            app = mount(build(self.assistant, self._settings))
            asyncio.run_coroutine_threadsafe(self._gate.open(app), loop).result()
        except Exception as error:
            self._gate.error = type(error).__name__
            print(f"Lumbar could not build its page: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            self.stop()
            return
        print(f"Lumbar: {self.url}", flush=True)
        self.ready.set()
        self.assistant.start()


def serve(assistant_factory: Callable[[], Any], host: str, port: int, settings: Any) -> None:
    """Serves until interrupted (then KeyboardInterrupt passes on).

    Prints `Lumbar: http://HOST:PORT` when the page is there, then calls `assistant_factory` in the background.
    Raises `PortError` where the port cannot be had, RuntimeError where the page could not be built.
    """
    Site(assistant_factory, host, port, settings).run()

"""`lumbar ui`: serves the web page of `ui/` on this machine only."""

from __future__ import annotations

import ipaddress

from assistant.commands import turn
from assistant.commands.base import OK, UserError


def ui(host: str | None, port: int | None) -> int:
    from assistant.settings import get_settings

    settings = get_settings(host=host, port=port)
    if not is_loopback(settings.host):
        raise UserError(
            f"the web page has no login, so it is served on this machine only, not on {settings.host}",
            "use --host 127.0.0.1; to share it, put a proxy with a login in front",
        )
    settings.make_home()
    from ui.app import serve

    serve(lambda: turn.open_assistant(settings), settings.host, settings.port, settings)
    return OK


def is_loopback(host: str) -> bool:
    """Whether an address to listen on can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"

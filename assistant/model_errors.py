"""What can go wrong with a language model, by name and with what to do about it. Raised and caught by `model.py`."""

from __future__ import annotations

from typing import Literal

ErrorKind = Literal["unknown_model", "unreachable", "timeout", "rate_limit", "refused", "malformed", "died"]


class ModelError(Exception):
    """The model gave no drafts. `kind` says why, `help` what to do; the caller answers without the model."""

    def __init__(self, kind: ErrorKind, help: str) -> None:
        super().__init__(f"{kind}: {help}")
        self.kind = kind
        self.help = help


def as_model_error(error: BaseException) -> ModelError:
    """A provider's exception as one of our kinds; by status, then by what lies beneath it, then by its name."""
    status = getattr(error, "status_code", None)
    names = {type(e).__name__.lower() for e in _chain(error)}

    def seen(*parts: str) -> bool:
        return any(part in name for part in parts for name in names)

    if status == 429 or seen("ratelimit"):
        return ModelError("rate_limit", "the server is limiting requests; wait, or use another model")
    if status in (401, 403) or seen("authentication", "permissiondenied"):
        return ModelError("refused", "the server refused the key; check LUMBAR_MODEL_API_KEY")
    if status == 404 or seen("notfound"):
        return ModelError(
            "unknown_model",
            "the server does not know this model or address; check LUMBAR_MODEL and LUMBAR_MODEL_BASE_URL",
        )
    if seen("timeout"):
        return ModelError(
            "timeout", "the server did not answer in time; raise LUMBAR_MODEL_TIMEOUT or use a faster model"
        )
    if isinstance(status, int) and 400 <= status < 500:
        return ModelError("refused", f"the server refused the request: {short(error)}")
    if isinstance(status, int) and status >= 500:
        return ModelError("died", f"the server failed with status {status}; look at its log")
    if seen("remoteprotocol", "readerror", "incompleteread", "connectionreset", "decodingerror"):
        return ModelError("died", "the connection broke in the middle of the answer; look at the server's log")
    if seen(
        "connecterror",
        "connectionrefused",
        "apiconnection",
        "gaierror",
        "unsupportedprotocol",
        "invalidurl",
        "localprotocol",
    ):
        return ModelError("unreachable", "no server answers at that address; start it, or check LUMBAR_MODEL_BASE_URL")
    if seen(
        "jsondecode",
        "responsevalidation",
        "contentdecoding",
        "keyerror",
        "typeerror",
        "validationerror",
        "attributeerror",
        "valueerror",
        "indexerror",
    ):
        return ModelError("malformed", f"the server's answer is not a chat completion: {short(error)}")
    return ModelError("died", f"the model failed: {short(error)}")


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        current = current.__cause__ or current.__context__
    return found


def short(error: BaseException) -> str:
    """An exception's message on one line, at most 200 characters."""
    return " ".join(str(error).split())[:200] or type(error).__name__

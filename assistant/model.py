"""The language model path: asks a chat model to reword passages and gives back drafts, or an error that says what to do.

Any `provider:name` of LangChain, or any OpenAI-compatible server by its address (vLLM, llama.cpp, LM Studio). A draft is not shown
before `citations.py` has verified it; which drafts an answer takes is `modelpath.py`'s. Nothing is streamed to a reader from here.
"""

from __future__ import annotations

import hashlib
import ipaddress
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from assistant.drafts import Draft, MalformedAnswer, parse_drafts
from assistant.model_errors import ModelError, as_model_error, short
from corpus.model import Passage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

T = TypeVar("T")
PROMPTS = Path(__file__).with_name("prompts")
MAX_CLAIMS = 8
MAX_TOKENS = 1_200
"""Of one answer: room for MAX_CLAIMS short sentences with their quotations."""


def draft_with_model(
    question: str,
    case_summary: str,
    passages: Sequence[Passage],
    *,
    model: str,
    base_url: str | None = None,
    api_key: str | None = None,
    timeout: float = 30.0,
    seed: int = 7,
    max_tokens: int = MAX_TOKENS,
) -> list[Draft]:
    """Drafts for a question from these passages, within `timeout` seconds of wall clock. Raises ModelError."""
    chat = open_chat(model, base_url=base_url, api_key=api_key, timeout=timeout, seed=seed, max_tokens=max_tokens)
    return draft_with_chat(chat, question, case_summary, passages, timeout=timeout)


def draft_with_chat(
    chat: BaseChatModel, question: str, case_summary: str, passages: Sequence[Passage], *, timeout: float = 30.0
) -> list[Draft]:
    """The same with a chat model that is already open. Raises ModelError."""
    try:
        return within(timeout, lambda: _ask(chat, question, case_summary, passages))
    except ModelError:
        _hang_up(chat)
        raise


def _hang_up(chat: BaseChatModel) -> None:
    """Close our connection, so that a server which is still writing stops."""
    client = getattr(chat, "http_client", None)
    if client is not None:
        client.close()


def is_local(base_url: str | None) -> bool:
    """Whether an address is this machine itself (loopback); what is sent there leaves nobody's hands."""
    if not base_url:
        return False
    host = urlsplit(base_url if "//" in base_url else f"//{base_url}").hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=1)
def prompts_hash() -> str:
    """sha256 over the prompts sent to a model."""
    digest = hashlib.sha256()
    for path in sorted(PROMPTS.glob("*.md")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@lru_cache(maxsize=8)
def _prompt(name: str) -> str:
    return PROMPTS.joinpath(f"{name}.md").read_text(encoding="utf-8").strip()


def _fill(name: str, **values: object) -> str:
    """A prompt with its `{{slots}}` filled; what is filled in is not filled again."""
    parts = _prompt(name).split("{{")
    text = parts[0]
    for part in parts[1:]:
        slot, _, rest = part.partition("}}")
        text += f"{values[slot]}{rest}"
    return text


def within(seconds: float, work: Callable[[], T]) -> T:
    """Run `work` with a limit of wall clock, tracing off. A server that trickles bytes cannot hold the turn longer."""
    box: dict[str, Any] = {}

    def run() -> None:
        from langsmith import tracing_context

        try:
            with tracing_context(enabled=False):
                box["value"] = work()
        except BaseException as error:  # handed over to the caller's thread
            box["error"] = error

    worker = threading.Thread(target=run, daemon=True, name="lumbar-model")
    worker.start()
    worker.join(seconds)
    if worker.is_alive():
        raise ModelError(
            "timeout", f"no complete answer within {seconds:g} s; raise LUMBAR_MODEL_TIMEOUT or use a faster model"
        )
    if "error" in box:
        error = box["error"]
        raise error if isinstance(error, ModelError) else as_model_error(error) from error
    value: T = box["value"]
    return value


def open_chat(
    model: str, *, base_url: str | None, api_key: str | None, timeout: float, seed: int, max_tokens: int = MAX_TOKENS
) -> BaseChatModel:
    """The chat model by name, or the server at `base_url`. Temperature 0, no retries of its own. Raises ModelError."""
    name = model.strip()
    if not name:
        raise ModelError("unknown_model", "the model's name is empty; set LUMBAR_MODEL to provider:name")
    try:
        if base_url:
            return _open_server(name, base_url, api_key, timeout, seed, max_tokens)
        return _open_provider(name, api_key, timeout, seed, max_tokens)
    except ModelError:
        raise
    except ImportError as error:
        raise ModelError("unknown_model", f"{name!r} needs a package that is not installed: {short(error)}") from error
    except ValueError as error:
        raise ModelError(
            "unknown_model", f"{name!r} is not a model that can be opened: {short(error)}; write provider:name"
        ) from error
    except Exception as error:
        raise ModelError(
            "refused", f"{name!r} could not be opened: {short(error)}; check LUMBAR_MODEL_API_KEY"
        ) from error


def _open_server(
    name: str, base_url: str, api_key: str | None, timeout: float, seed: int, max_tokens: int
) -> BaseChatModel:
    import openai
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    # No redirects: an answer comes from the server that was set. No proxies for this machine itself.
    client = openai.DefaultHttpxClient(timeout=timeout, follow_redirects=False, trust_env=not is_local(base_url))
    return ChatOpenAI(
        model=name.removeprefix("openai:"), base_url=base_url, api_key=SecretStr(api_key or "none"), temperature=0, seed=seed, timeout=timeout,
        max_retries=0, http_client=client, use_responses_api=False, max_completion_tokens=None, extra_body={"max_tokens": max_tokens},
    )  # fmt: skip


def _open_provider(name: str, api_key: str | None, timeout: float, seed: int, max_tokens: int) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"temperature": 0, "timeout": timeout, "max_retries": 0, "max_tokens": max_tokens}
    if api_key:
        options["api_key"] = api_key
    if name.startswith("openai:"):
        options["seed"] = seed
    chat: BaseChatModel = init_chat_model(name, **options)
    return chat


def _ask(chat: BaseChatModel, question: str, case_summary: str, passages: Sequence[Passage]) -> list[Draft]:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    if not passages:
        return []
    ids = [p.id for p in passages]
    shown = "\n\n".join(f"[{p.id}] {p.text}" for p in passages)
    user = _fill("user", question=question, case=case_summary or "not stated", passages=shown, limit=MAX_CLAIMS)
    messages: list[BaseMessage] = [SystemMessage(_prompt("system")), HumanMessage(user)]
    answer = _invoke(chat, messages, ids)
    try:
        return parse_drafts(answer)
    except MalformedAnswer as problem:
        retry = HumanMessage(_fill("retry", error=problem, ids=", ".join(ids)))
        answer = _invoke(chat, [*messages, AIMessage(answer[:2_000]), retry], ids)
    try:
        return parse_drafts(answer)
    except MalformedAnswer as problem:
        raise ModelError(
            "malformed", f"the model's answer could not be read twice: {problem}; use a model that follows instructions"
        ) from problem


def _invoke(chat: BaseChatModel, messages: list[BaseMessage], ids: list[str]) -> str:
    """The text of one answer: with the schema enforced where the model can, plain where it cannot."""
    structured = _structured(chat, ids)
    if structured is not None:
        try:
            return _text(structured.invoke(messages))
        except Exception as error:
            if getattr(error, "status_code", None) not in (400, 404, 415, 422, 501):
                raise
    return _text(chat.invoke(messages))


def _structured(chat: BaseChatModel, ids: list[str]) -> Any:
    """The chat model bound to our JSON schema, or None where that is not known to work."""
    if type(chat).__module__.partition(".")[0] == "langchain_openai":
        # In the body, not as LangChain's own option: that one raises on an answer cut off at the length limit, ours reads what is whole.
        wanted = {"type": "json_schema", "json_schema": {"name": "claims", "strict": True, "schema": schema(ids)}}
        return chat.bind(extra_body={**(getattr(chat, "extra_body", None) or {}), "response_format": wanted})
    if (getattr(chat, "profile", None) or {}).get("structured_output"):
        return chat.with_structured_output(schema(ids), include_raw=True)
    return None


def schema(ids: list[str]) -> dict[str, Any]:
    """JSON schema of an answer over these passages."""
    claim = {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "passage_id": {"type": "string", "enum": ids},
            "quote": {"type": "string"},
        },
        "required": ["text", "passage_id", "quote"],
        "additionalProperties": False,
    }
    return {
        "title": "claims",
        "description": "Claims that reword the passages",
        "type": "object",
        "properties": {"claims": {"type": "array", "items": claim}},
        "required": ["claims"],
        "additionalProperties": False,
    }


def _text(answer: Any) -> str:
    if isinstance(answer, dict):  # include_raw
        answer = answer.get("raw")
    refusal = getattr(answer, "additional_kwargs", {}).get("refusal")
    if refusal:
        raise ModelError("refused", f"the model declined: {str(refusal)[:200]}")
    content = getattr(answer, "text", "")
    text = content() if callable(content) and not isinstance(content, str) else str(content)
    calls = getattr(answer, "tool_calls", None)
    if not text.strip() and calls:
        import json

        return json.dumps(calls[0].get("args", {}))
    return text

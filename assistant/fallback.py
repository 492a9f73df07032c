"""When the index cannot be opened: the same pipeline over a searcher that only says why, so that red flags are still checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class NoIndex:
    """Stands where the searcher should be; every search raises what kept the index from opening."""

    encoder_id = "none"

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def fail(*_: Any, **__: Any) -> Any:
            raise self._error

        return fail


def screen_only(settings: Any, error: Exception) -> Any:
    """An assistant whose replies are `unavailable` with the cause, or escalated. Raises where the corpus cannot be read either."""
    from assistant.library import open_corpus
    from assistant.pipeline import Assistant
    from corpus.lexicon import load_lexicon

    searcher: Any = NoIndex(error)
    return Assistant(settings, open_corpus(settings.home), load_lexicon(), searcher)

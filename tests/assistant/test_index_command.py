"""`lumbar index build` refuses a corpus with a sentence of ours that its quotations do not carry."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.commands.base import UserError
from assistant.commands.index import refuse_unsupported
from corpus.load import load_corpus


def test_the_corpus_as_it_is_may_be_built() -> None:
    refuse_unsupported(load_corpus())


def test_an_agreement_that_says_more_than_its_passages_stops_the_build() -> None:
    corpus = load_corpus()
    rest = corpus.agreements["ag-no-bed-rest-48h"]
    wrong = rest.model_copy(update={"text": rest.text.replace("not recommended", "recommended")})
    assert wrong != rest
    with pytest.raises(UserError, match="ag-no-bed-rest-48h is not carried by its quotations") as refused:
        refuse_unsupported(replace(corpus, agreements={rest.id: wrong}))
    assert "correct its text" in refused.value.help

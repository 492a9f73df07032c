"""The LangChain face of the index."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from index.retriever import as_retriever
from index.search import Searcher


def test_it_is_a_retriever_and_composes(built: Path, opened: Callable[..., Searcher]) -> None:
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.runnables import RunnableLambda

    searcher = opened(built)
    retriever = as_retriever(searcher, k=4, allow=lambda p: p.status == "current")
    assert isinstance(retriever, BaseRetriever)
    documents = retriever.invoke("yoga for workers")
    hits = searcher.search("yoga for workers", k=4, allow=lambda p: p.status == "current")
    assert [d.page_content for d in documents] == [h.passage.text for h in hits]
    assert [d.metadata["passage_id"] for d in documents] == [h.passage.id for h in hits]
    assert documents[0].metadata["guideline"] in ("Guide GA", "Guide GB")
    chain = RunnableLambda(str.strip) | retriever | (lambda found: [d.id for d in found])
    assert chain.batch([" yoga for workers ", "heat"])[0] == [h.passage.id for h in hits]

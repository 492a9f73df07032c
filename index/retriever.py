"""The index as a LangChain retriever, so that it drops into other people's chains. Leaves the searching to `search.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from index.search import Allow, Hit, Mode, Searcher

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever


def as_retriever(
    searcher: Searcher, *, k: int = 20, mode: Mode = "hybrid", allow: Allow | None = None
) -> BaseRetriever:
    """A `BaseRetriever` whose documents are passages: the text unchanged, the rest as metadata."""
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever

    class GuidelineRetriever(BaseRetriever):
        """Finds guideline passages."""

        def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
            return [
                Document(id=hit.passage.id, page_content=hit.passage.text, metadata=metadata(searcher, hit))
                for hit in searcher.search(query, k=k, mode=mode, allow=allow)
            ]

    return GuidelineRetriever()


def metadata(searcher: Searcher, hit: Hit) -> dict[str, Any]:
    """What a chain may want to know of a passage: JSON values."""
    passage = hit.passage
    guideline = searcher.guideline_of(passage)
    return {
        "passage_id": passage.id,
        "guideline_id": guideline.id,
        "guideline": guideline.short,
        "issuer": guideline.issuer,
        "year": guideline.year,
        "jurisdiction": guideline.jurisdiction,
        "url": guideline.url,
        "section": passage.section,
        "page": passage.page,
        "strength": passage.strength if passage.established else None,
        "status": passage.status,
        "verified": passage.verified,
        "topics": list(passage.topics),
        "rank": hit.rank,
        "score": hit.score,
        "found_by": hit.found_by,
    }

"""Plain RAG as a user would build it with LangChain and Chroma: embed the passages, fetch the nearest, put them before a model.

No red flags, no checks, no threshold, no filter by edition. Without a model it answers with the passages themselves. The embedding
model is the same as Lumbar's, so that the comparison is of what is built around it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from evals.cases import Case
from evals.solvers import SHOWN, Output, not_applicable, quoted_reply, turns_of

if TYPE_CHECKING:
    from assistant.settings import Settings

PROMPT = """Answer the clinician's question from the numbered guideline passages only. Put the number of the passage, as [1], behind each
sentence. If the passages do not answer it, say exactly: The guidelines do not say.

{passages}

Question: {question}"""
RANKED = 20


class PlainRag:
    """The whole of it; `settings` give the corpus, the embedding model and, where one is set, the language model."""

    def __init__(self, settings: Settings) -> None:
        from chromadb.config import Settings as ChromaSettings
        from langchain_chroma import Chroma
        from langchain_core.documents import Document

        from assistant.library import open_corpus

        corpus = open_corpus(settings.home)
        documents = [Document(p.text, metadata={"id": key}) for key, p in sorted(corpus.passages.items())]
        self.store = Chroma.from_documents(
            documents,
            _embeddings(settings),
            collection_name="plain",
            collection_metadata={"hnsw:space": "cosine"},
            client_settings=ChromaSettings(anonymized_telemetry=False),
        )
        self.chat = _chat(settings) if settings.model else None
        self.timings: dict[str, float] = {}

    def solve(self, case: Case) -> Output:
        if case.kind == "retrieval":
            return {"ranked": [d.metadata["id"] for d in self.store.similarity_search(case.data["query"], RANKED)]}
        if case.kind not in ("answers", "abstention"):
            return not_applicable("plain RAG screens and checks no text")
        question = turns_of(case)[-1]
        found = [(d.metadata["id"], d.page_content) for d in self.store.similarity_search(question, SHOWN)]
        if self.chat is None:
            return {"reply": quoted_reply(found)}
        passages = "\n".join(f"[{n}] {text}" for n, (_, text) in enumerate(found, 1))
        answer = str(self.chat.invoke(PROMPT.format(passages=passages, question=question)).text)
        silent = re.search(r"guidelines do not say", answer, re.IGNORECASE)
        return {"reply": quoted_reply(found, answer, "no_evidence" if silent else "answered")}


def _chat(settings: Settings) -> Any:
    from langchain.chat_models import init_chat_model

    key = settings.model_api_key.get_secret_value() if settings.model_api_key else None
    options: dict[str, Any] = {"base_url": settings.model_base_url, "api_key": key, "timeout": settings.model_timeout}
    return init_chat_model(str(settings.model), temperature=0, **{k: v for k, v in options.items() if v is not None})


def _embeddings(settings: Settings) -> Any:
    from langchain_core.embeddings import Embeddings

    from index.embed import load_encoder

    encoder = load_encoder(settings.home / "models", settings.embedder)

    class Ours(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [[float(x) for x in row] for row in encoder.encode(texts)]

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    return Ours()

"""Any embedding model but the default one, through sentence-transformers: by folder, or by name from this machine's
cache, and from the hub only where the caller allows a download. Safetensors only, and no code of the model's own.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.embed import plain
from index.errors import ModelMissing
from index.files import digest_file

if TYPE_CHECKING:
    from numpy.typing import NDArray


class TransformerEncoder:
    """One model on sentence-transformers; torch is imported at the first text. Thread-safe."""

    def __init__(self, name: str, *, allow_download: bool = False) -> None:
        self.name = name
        self._folder = _find_model(name, allow_download)
        self._id: str | None = None
        self._lock = threading.Lock()
        self._model: Any = None

    @property
    def id(self) -> str:
        if self._id is None:
            weights = hashlib.sha256()
            for path in sorted(self._folder.rglob("*")):
                if path.is_file() and path.suffix in (".safetensors", ".json", ".txt", ".model"):
                    weights.update(f"{path.relative_to(self._folder)} {digest_file(path)}\n".encode())
            self._id = f"{self._folder.name if Path(self.name).is_dir() else self.name}@{weights.hexdigest()[:16]}"
        return self._id

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Unit vectors of passages."""
        return self._run(texts, "encode_document")

    def encode_query(self, texts: list[str]) -> NDArray[np.float32]:
        """Unit vectors of questions: some models put another prompt before them."""
        return self._run(texts, "encode_query")

    def knows(self, word: str) -> bool:
        """Whether a word, in lower case, is one whole piece of the model's vocabulary."""
        vocabulary = self._load().tokenizer.get_vocab()
        low = word.lower()
        return low in vocabulary or f"▁{low}" in vocabulary or f"Ġ{low}" in vocabulary

    def _run(self, texts: Sequence[str], method: str) -> NDArray[np.float32]:
        model = self._load()
        with self._lock:
            rows = getattr(model, method)(
                [plain(text) for text in texts], batch_size=1, normalize_embeddings=True, show_progress_bar=False
            )
        return np.asarray(rows, dtype=np.float32)

    def _load(self) -> Any:
        with self._lock:
            if self._model is None:
                from sentence_transformers import SentenceTransformer

                self._model = SentenceTransformer(
                    str(self._folder),
                    device="cpu",
                    local_files_only=True,
                    trust_remote_code=False,
                    model_kwargs={"use_safetensors": True},
                )
            return self._model


def _find_model(name: str, allow_download: bool) -> Path:
    """Folder of a model by path or by name in the local cache. Raises ModelMissing."""
    if Path(name).is_dir():
        return Path(name)
    help_ = (
        "name a folder that holds the model, allow the download (LUMBAR_ALLOW_DOWNLOAD=1), or use the default embedder"
    )
    try:
        from huggingface_hub import snapshot_download

        full = name if "/" in name else f"sentence-transformers/{name}"
        return Path(
            snapshot_download(
                full,
                local_files_only=not allow_download,
                allow_patterns=["*.safetensors", "*.json", "*.txt", "*.model"],
            )
        )
    except Exception as error:  # the hub has a dozen error types for "not here"
        raise ModelMissing(
            f"the embedding model {name!r} is not on this machine ({type(error).__name__})", help_
        ) from error

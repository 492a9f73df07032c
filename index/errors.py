"""Why the index or its encoder cannot serve. Each error's `help` says what to do; none is ever swallowed here."""

from __future__ import annotations

BUILD = "run `lumbar index build`"


class IndexError_(Exception):
    """Base of all errors of this package. `str(error)` says what is wrong, `help` what to do."""

    def __init__(self, message: str, help: str = BUILD) -> None:
        super().__init__(message)
        self.help = help


class IndexMissing(IndexError_):
    """No index has been built under this home."""


class IndexStale(IndexError_):
    """The index was built from other passages, with another encoder, or by another version of Lumbar."""


class IndexCorrupt(IndexError_):
    """A file of the index is missing, cut short or altered, or the vector store does not hold what it should."""


class IndexBusy(IndexError_):
    """Another process is building the index at this moment."""


class ChromaDown(IndexError_):
    """The Chroma server that the settings name does not answer."""


class ModelMissing(IndexError_):
    """The embedding model is not on this machine, or has not been exported yet."""


class ModelCorrupt(IndexError_):
    """A file of the embedding model differs from what was checked when it was exported."""

"""The vector store: one Chroma collection a generation, in a folder of the generation or on a Chroma server.

The same calls serve both; only the client differs. Chroma gets our vectors (never an embedding function of its own) in
cosine space and proposes candidates; `search.py` scores them exactly. The server is the Rust one (`chroma run`); the
Python server, which has a known hole, is never imported. Chroma's folder is a copy that can be rebuilt: nothing is kept
there alone.
"""

from __future__ import annotations

import base64
import contextlib
import json
import sqlite3
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit

import numpy as np

from index.errors import ChromaDown, IndexCorrupt
from index.files import CHROMA, VECTORS, differs, tree_digests

if TYPE_CHECKING:
    from numpy.typing import NDArray

HNSW: dict[str, Any] = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}
SQLITE = "chroma.sqlite3"
SEAL = "chroma.json"
_BATCH = 1000
_CHECK_ALL = 2000
_SAMPLE = 64
_SECONDS = 10.0


def embedded_plan(generation: str) -> dict[str, Any]:
    """The manifest's `store` entry for a collection in the generation's own folder."""
    return {"kind": "embedded", "collection": f"lumbar-{generation}", "url": None}


def server_plan(generation: str, url: str) -> dict[str, Any]:
    """The same on a server. Several homes may share a server, so the name has a random end."""
    return {"kind": "server", "collection": f"lumbar-{generation}-{uuid.uuid4().hex[:8]}", "url": plain_url(url)}


def plain_url(url: str) -> str:
    """A server's address without name and password. Raises ChromaDown where it is no address."""
    parts = _split(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}:{parts.port or (443 if parts.scheme == 'https' else 8000)}{parts.path.rstrip('/')}"


class Store:
    """An open collection. Close it when done: Chroma keeps file handles and threads."""

    def __init__(self, client: Any, collection: Any, where: str, remote: bool) -> None:
        self._client = client
        self._collection = collection
        self._where = where
        self._remote = remote

    @classmethod
    def create(cls, plan: dict[str, Any], folder: Path, chroma_url: str | None) -> Store:
        """An empty collection by the plan. Raises ChromaDown, IndexCorrupt."""
        return cls._connect(plan, folder, chroma_url, create=True)

    @classmethod
    def open(cls, plan: dict[str, Any], folder: Path, chroma_url: str | None) -> Store:
        """An existing collection. Raises ChromaDown, IndexCorrupt."""
        if plan["kind"] == "embedded":
            check_folder(folder)
        return cls._connect(plan, folder, chroma_url, create=False)

    @classmethod
    def _connect(cls, plan: dict[str, Any], folder: Path, chroma_url: str | None, *, create: bool) -> Store:
        remote = plan["kind"] == "server"
        where = str(plan["url"]) if remote else str(folder / CHROMA)
        with _translated(where, remote):
            client = _server(chroma_url or plan["url"]) if remote else _embedded(folder / CHROMA)
            try:
                if create:
                    collection = client.create_collection(
                        plan["collection"], configuration={"hnsw": HNSW}, embedding_function=None
                    )
                else:
                    collection = client.get_collection(plan["collection"], embedding_function=None)
            except BaseException:
                client.close()
                raise
        return cls(client, collection, where, remote)

    def add(
        self, ids: Sequence[str], vectors: NDArray[np.float32], texts: Sequence[str], digests: Sequence[str]
    ) -> None:
        """Adds passages; `texts` are their unchanged texts, `digests` name what their vectors were made from."""
        with _translated(self._where, self._remote):
            for at in range(0, len(ids), _BATCH):
                part = slice(at, at + _BATCH)
                self._collection.add(
                    ids=list(ids[part]),
                    embeddings=vectors[part],
                    documents=list(texts[part]),
                    metadatas=[{"digest": value} for value in digests[part]],
                )

    def nearest(self, vector: NDArray[np.float32], number: int) -> list[str]:
        """Ids of about the nearest passages, best first, at most `number`."""
        with _translated(self._where, self._remote):
            found = self._collection.query(query_embeddings=[vector], n_results=number, include=[])
        return list(found["ids"][0])

    def check(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Compares the collection with what it should hold: every id, and the vectors (a sample of a big collection).

        `ids` and the rows of `vectors` correspond. Raises IndexCorrupt, ChromaDown.
        """
        with _translated(self._where, self._remote):
            count = self._collection.count()
            if count != len(ids):
                raise IndexCorrupt(f"{self._where} holds {count} passages, not {len(ids)}")
            held = set(self._collection.get(include=[])["ids"])
            if held != set(ids):
                raise IndexCorrupt(f"{self._where} holds other passages than the index lists")
            rows = range(len(ids))
            if len(ids) > _CHECK_ALL:
                rows = range(0, len(ids), len(ids) // _SAMPLE)
            got = self._collection.get(ids=[ids[row] for row in rows], include=["embeddings"])
            stored = dict(zip(got["ids"], got["embeddings"], strict=True))
        for row in rows:
            if float(np.abs(np.asarray(stored[ids[row]], dtype=np.float32) - vectors[row]).max(initial=0.0)) > 1e-5:
                raise IndexCorrupt(f"{self._where} holds an altered vector of passage {ids[row]}")

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._client.close()


def drop(plan: dict[str, Any], chroma_url: str | None) -> None:
    """Removes a server's collection of a generation no longer needed; one that is gone already is fine."""
    from chromadb.errors import NotFoundError

    with _translated(str(plan["url"]), True):
        client = _server(chroma_url or plan["url"])
        try:
            with contextlib.suppress(NotFoundError):
                client.delete_collection(plan["collection"])
        finally:
            client.close()


def write_collection(
    folder: Path, plan: dict[str, Any], chroma_url: str | None, ids: list[str], texts: list[str], digests: list[str]
) -> dict[str, Any]:
    """Makes the collection of a generation from its vectors.npy; returns how many passages it got. Run by `child.py`."""
    collection = Store.create(plan, folder, chroma_url)
    try:
        collection.add(ids, np.load(folder / VECTORS, allow_pickle=False), texts, digests)
    finally:
        collection.close()
    return {"passages": len(ids)}


def seal_folder(folder: Path) -> None:
    """Notes the digests of Chroma's own index files, once its writing process has ended.

    Only where it has written its graph out (from 1,000 passages on): before that every reader makes these files anew.
    `chroma.sqlite3` and `length.bin` change when a collection is opened; `Store.check` compares what they hold.
    """
    stable = ("header.bin", "data_level0.bin", "link_lists.bin", "index_metadata.pickle")
    files = [
        str(path.relative_to(folder))
        for mark in (folder / CHROMA).glob("*/index_metadata.pickle")
        for path in mark.parent.iterdir()
        if path.name in stable
    ]
    (folder / SEAL).write_text(json.dumps(tree_digests(folder, files), indent=1), encoding="utf-8")


def _settings() -> Any:
    """Chroma's settings with telemetry off and without the `.env` file that it would read from the working folder."""
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False, _env_file=None)


def _embedded(folder: Path) -> Any:
    import chromadb

    return chromadb.PersistentClient(path=str(folder), settings=_settings())


def _server(url: str) -> Any:
    import chromadb
    import httpx

    parts = _split(url)
    headers = {}
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    _heartbeat(plain_url(url), headers)
    client = chromadb.HttpClient(
        host=plain_url(url),  # a whole address: host and port apart would lose its path
        ssl=parts.scheme == "https",
        headers=headers,
        settings=_settings(),
    )
    session = getattr(getattr(client, "_server", None), "_session", None)
    if isinstance(session, httpx.Client):  # Chroma waits without end for a server that hangs
        session.timeout = httpx.Timeout(_SECONDS, read=60.0)
    return client


def _heartbeat(url: str, headers: dict[str, str]) -> None:
    """Asks whether the server lives, with a time limit that Chroma's own client does not have."""
    request = urllib.request.Request(f"{url}/api/v2/heartbeat", headers=headers)
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
        answer.read(100)


def _split(url: str) -> SplitResult:
    parts = urlsplit(url)
    try:
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good:
        raise ChromaDown(
            "the address of the Chroma server is not one",
            "set LUMBAR_CHROMA_URL to http://host:port, or unset it to use the embedded store",
        )
    return parts


def check_folder(folder: Path) -> None:
    """Compares the files of an embedded store with their digests and reads its database once, without Chroma: that can
    crash the process on a damaged one, sqlite says so politely. Raises IndexCorrupt.
    """
    try:
        entries = json.loads((folder / SEAL).read_bytes())
        checks = [(name, differs(folder / name, entry)) for name, entry in sorted(entries.items())]
    except FileNotFoundError:
        raise IndexCorrupt(f"{folder / SEAL} is missing") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise IndexCorrupt(f"{folder / SEAL} was altered") from None
    for name, trouble in checks:
        if trouble:
            raise IndexCorrupt(f"{folder / name} {trouble}")
    path = folder / CHROMA / SQLITE
    if not path.is_file():
        raise IndexCorrupt(f"{path} is missing")
    if path.stat().st_size == 0:  # to sqlite, an empty file is a sound database without tables
        raise IndexCorrupt(f"{path} is cut short")
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            verdict = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise IndexCorrupt(f"{path} was altered ({error})") from error
    if verdict != ("ok",):
        raise IndexCorrupt(f"{path} was altered")


@contextmanager
def _translated(where: str, remote: bool) -> Iterator[None]:
    """Turns what Chroma raises into ours: a server out of reach is ChromaDown, all else IndexCorrupt."""
    try:
        yield
    except (IndexCorrupt, ChromaDown, KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException as error:  # a panic in Chroma's Rust code is no Exception
        what = str(error).strip().splitlines()
        said = f"{type(error).__name__}: {what[0][:200]}" if what else type(error).__name__
        if remote and _unreachable(error):
            raise ChromaDown(
                f"the Chroma server at {where} does not answer ({said})",
                "start it (`chroma run --path FOLDER --host 127.0.0.1`), or unset LUMBAR_CHROMA_URL to use the embedded "
                "store, then run `lumbar index build`",
            ) from error
        raise IndexCorrupt(f"Chroma cannot use {where} ({said})") from error


def _unreachable(error: BaseException) -> bool:
    import httpx

    kinds = (httpx.TransportError, urllib.error.URLError, OSError)
    return isinstance(error, kinds) or "Could not connect" in str(error)

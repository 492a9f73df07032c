"""The same code against a real Chroma server (the Rust one), and what happens when it is not there."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from index.build import build_index, status
from index.errors import ChromaDown, IndexCorrupt, IndexStale
from index.search import Searcher
from tests.index.fakes import HashEncoder, generations, make_corpus, ranking

Open = Callable[..., Searcher]


class Server:
    """`chroma run` on loopback."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [
            str(Path(sys.executable).with_name("chroma")), "run", "--path", str(folder), "--host", "127.0.0.1",
            "--port", str(self.port),
        ]  # fmt: skip
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(300):
            with suppress(OSError):
                urllib.request.urlopen(f"{self.url}/api/v2/heartbeat", timeout=1).read()
                return
            time.sleep(0.1)
        raise AssertionError("chroma run did not start within 30 s")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def collections(self) -> list[str]:
        import chromadb

        client = chromadb.HttpClient(host="127.0.0.1", port=self.port)
        try:
            return sorted(collection.name for collection in client.list_collections())
        finally:
            client.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("chroma"))
    yield server
    server.stop()


@pytest.fixture
def server(running: Server) -> Server:
    import chromadb

    client = chromadb.HttpClient(host="127.0.0.1", port=running.port)
    for collection in client.list_collections():
        client.delete_collection(collection.name)
    client.close()
    return running


def test_it_finds_what_the_embedded_store_finds(
    server: Server, tmp_path: Path, built: Path, opened: Open, real_children: None
) -> None:
    report = build_index(make_corpus(), tmp_path / "h", encoder=HashEncoder(), chroma_url=server.url)
    assert not (report.path / "chroma").exists()
    assert ranking(opened(tmp_path / "h", chroma_url=server.url)) == ranking(opened(built))
    assert status(tmp_path / "h", make_corpus(), "hash-1", server.url).store == server.url
    assert build_index(make_corpus(), tmp_path / "h", encoder=HashEncoder(), chroma_url=server.url).unchanged


def test_each_build_makes_a_collection_and_old_ones_go(server: Server, tmp_path: Path) -> None:
    home = tmp_path / "h"
    names = [
        build_index(make_corpus(n), home, encoder=HashEncoder(), chroma_url=server.url).generation for n in (50, 51, 52)
    ]
    assert generations(home) == sorted(names[1:])
    assert sorted(name.rsplit("-", 1)[0] for name in server.collections()) == sorted(f"lumbar-{n}" for n in names[1:])


def test_two_homes_may_share_a_server(server: Server, tmp_path: Path, opened: Open) -> None:
    for name in ("a", "b"):
        build_index(make_corpus(), tmp_path / name, encoder=HashEncoder(), chroma_url=server.url)
    build_index(make_corpus(61), tmp_path / "a", encoder=HashEncoder(), chroma_url=server.url)
    build_index(make_corpus(62), tmp_path / "a", encoder=HashEncoder(), chroma_url=server.url)
    assert opened(tmp_path / "b", chroma_url=server.url).search("yoga")
    assert len(server.collections()) == 3


def test_switching_between_server_and_embedded_needs_a_build(server: Server, tmp_path: Path, opened: Open) -> None:
    home = tmp_path / "h"
    build_index(make_corpus(), home, encoder=HashEncoder())
    with pytest.raises(IndexStale, match="built for the embedded store"):
        opened(home, chroma_url=server.url)
    report = build_index(make_corpus(), home, encoder=HashEncoder(), chroma_url=server.url)
    assert report.embedded == 0
    assert opened(home, chroma_url=server.url).search("yoga")
    assert build_index(make_corpus(), home, encoder=HashEncoder()).embedded == 0
    assert opened(home).search("yoga")


def test_a_collection_that_is_gone_is_corrupt_and_mended_by_a_build(
    server: Server, tmp_path: Path, opened: Open
) -> None:
    import chromadb

    home = tmp_path / "h"
    build_index(make_corpus(), home, encoder=HashEncoder(), chroma_url=server.url)
    client = chromadb.HttpClient(host="127.0.0.1", port=server.port)
    client.delete_collection(server.collections()[0])
    client.close()
    with pytest.raises(IndexCorrupt, match="does not exist"):
        opened(home, chroma_url=server.url)
    assert not build_index(make_corpus(), home, encoder=HashEncoder(), chroma_url=server.url).unchanged
    assert opened(home, chroma_url=server.url).search("yoga")


def test_a_failed_build_takes_its_collection_along(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from index import verify

    def fail(*args: object) -> int:
        raise IndexCorrupt("made to fail")

    monkeypatch.setattr(verify, "self_recall", fail)
    with pytest.raises(IndexCorrupt, match="made to fail"):
        build_index(make_corpus(), tmp_path / "h", encoder=HashEncoder(), chroma_url=server.url)
    assert server.collections() == []


def test_a_server_that_goes_down_is_said_to_be_down(tmp_path: Path, opened: Open) -> None:
    server = Server(tmp_path / "data")
    home = tmp_path / "h"
    try:
        build_index(make_corpus(), home, encoder=HashEncoder(), chroma_url=server.url)
        searcher = opened(home, chroma_url=server.url)
        assert searcher.search("yoga")
    finally:
        server.stop()
    for act in (
        lambda: searcher.search("massage"),
        lambda: opened(home, chroma_url=server.url),
        lambda: build_index(make_corpus(61), home, encoder=HashEncoder(), chroma_url=server.url),
    ):
        begun = time.perf_counter()
        with pytest.raises(ChromaDown, match=f"127.0.0.1:{server.port} does not answer") as refused:
            act()
        assert time.perf_counter() - begun < 15
        assert "chroma run" in refused.value.help
    assert len(generations(home)) == 1
    server.start()
    try:
        assert opened(home, chroma_url=server.url).search("yoga")  # it was the server, not the index
    finally:
        server.stop()


def test_a_server_that_accepts_and_says_nothing_is_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from index import store

    monkeypatch.setattr(store, "_SECONDS", 0.5)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        begun = time.perf_counter()
        with pytest.raises(ChromaDown):
            build_index(
                make_corpus(), tmp_path / "h", encoder=HashEncoder(),
                chroma_url=f"http://127.0.0.1:{silent.getsockname()[1]}",
            )  # fmt: skip
        assert time.perf_counter() - begun < 20


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://127.0.0.1", "http://", "http://127.0.0.1:notaport", "nonsense"]
)
def test_an_address_that_is_none(tmp_path: Path, url: str) -> None:
    with pytest.raises(ChromaDown, match="address") as refused:
        build_index(make_corpus(), tmp_path / "h", encoder=HashEncoder(), chroma_url=url)
    assert "LUMBAR_CHROMA_URL" in refused.value.help


def test_a_password_stays_out_of_the_files(server: Server, tmp_path: Path) -> None:
    url = server.url.replace("http://", "http://clinic:s3cret@")
    build_index(make_corpus(), tmp_path / "h", encoder=HashEncoder(), chroma_url=url)
    kept = b"".join(path.read_bytes() for path in (tmp_path / "h").rglob("*") if path.is_file())
    assert b"s3cret" not in kept
    assert server.url.encode() in kept

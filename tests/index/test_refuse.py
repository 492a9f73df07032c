"""What does not fit or is damaged is refused by name before it serves, with what to do; the next build mends it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index import state
from index.build import build_index, status
from index.errors import IndexCorrupt, IndexError_, IndexMissing, IndexStale
from index.files import Layout, point_to
from index.search import Searcher, open_searcher
from tests.index.fakes import HashEncoder, generations, make_corpus, ranking

Open = Callable[..., Searcher]
FILES = (
    "vectors.npy",
    "manifest.json",
    "chroma.json",
    "lexical/data.csc.index.npy",
    "lexical/indices.csc.index.npy",
    "lexical/indptr.csc.index.npy",
    "lexical/vocab.index.json",
    "lexical/params.index.json",
    "chroma/chroma.sqlite3",
)


def generation(home: Path) -> Path:
    return home / "index" / "generations" / generations(home)[0]


def open_default(home: Path) -> Searcher:
    return open_searcher(make_corpus(), home, encoder=HashEncoder())


def rebuilt(home: Path) -> None:
    """The next build notices and mends; then the index serves."""
    report = build_index(make_corpus(), home, encoder=HashEncoder())
    assert not report.unchanged
    searcher = open_default(home)
    assert searcher.search("yoga")
    searcher.close()


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing) as refused:
        open_default(tmp_path)
    assert "lumbar index build" in refused.value.help
    assert isinstance(refused.value, IndexError_)


def test_a_changed_passage_makes_it_stale(home: Path) -> None:
    with pytest.raises(IndexStale, match="1 changed passages") as refused:
        open_searcher(make_corpus(edited={5: "New text."}), home, encoder=HashEncoder())
    assert refused.value.help == "run `lumbar index build`"


def test_another_encoder_makes_it_stale(home: Path) -> None:
    with pytest.raises(IndexStale, match="embedder hash-1, and the settings say other"):
        open_searcher(make_corpus(), home, encoder=HashEncoder("other"))


def test_another_place_for_chroma_makes_it_stale(home: Path) -> None:
    with pytest.raises(IndexStale, match="the embedded store, and the settings say http://127.0.0.1:9999"):
        open_searcher(make_corpus(), home, encoder=HashEncoder(), chroma_url="http://me:secret@127.0.0.1:9999")


def test_other_settings_make_it_stale(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(state.SETTINGS, "context", 99)
    with pytest.raises(IndexStale, match="another version"):
        open_default(home)


def test_another_format_is_stale_not_read(home: Path) -> None:
    path = generation(home) / "manifest.json"
    loaded = json.loads(path.read_text())
    path.write_text(json.dumps({**loaded, "format": 99, "unheard_of": True}))
    point_to(Layout(home), generations(home)[0])
    with pytest.raises(IndexStale, match="format 99"):
        open_default(home)
    rebuilt(home)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file(home: Path, name: str) -> None:
    (generation(home) / name).unlink()
    with pytest.raises(IndexCorrupt, match=Path(name).name.replace(".", r"\.")) as refused:
        open_default(home)
    assert "lumbar index build" in refused.value.help
    rebuilt(home)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("part", [0.0, 0.5, 0.99])
def test_a_file_cut_short(home: Path, name: str, part: float) -> None:
    path = generation(home) / name
    data = path.read_bytes()
    path.write_bytes(data[: min(int(len(data) * part), len(data) - 1)])
    with pytest.raises(IndexCorrupt, match=Path(name).name.replace(".", r"\.")):
        open_default(home)
    rebuilt(home)


@pytest.mark.parametrize("name", FILES[:-1])
def test_a_flipped_byte(home: Path, name: str) -> None:
    path = generation(home) / name
    data = bytearray(path.read_bytes())
    for at in sorted({0, len(data) // 3, len(data) - 1}):
        changed = bytearray(data)
        changed[at] ^= 0x10
        path.write_bytes(changed)
        with pytest.raises(IndexCorrupt, match=Path(name).name.replace(".", r"\.")):
            open_default(home)
    rebuilt(home)


def test_flipped_bytes_in_chromas_database_are_found_or_change_nothing(home: Path) -> None:
    whole = open_default(home)
    expected = ranking(whole)
    whole.close()
    path = generation(home) / "chroma" / "chroma.sqlite3"
    data = path.read_bytes()
    rng = np.random.default_rng(7)
    found = 0
    for at in rng.integers(0, len(data), size=25).tolist():
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x41]) + data[at + 1 :])
        try:
            searcher = open_default(home)
        except IndexCorrupt:
            found += 1
            continue
        assert ranking(searcher) == expected
        searcher.close()
    assert found > 0


def test_a_vector_altered_in_chroma(home: Path) -> None:
    with sqlite3.connect(generation(home) / "chroma" / "chroma.sqlite3") as database:
        row, vector = database.execute("SELECT rowid, vector FROM embeddings_queue WHERE id = 'p0030'").fetchone()
        values = np.frombuffer(vector, dtype=np.float32).copy()
        values[3] += 0.5
        database.execute("UPDATE embeddings_queue SET vector = ? WHERE rowid = ?", (values.tobytes(), row))
    database.close()
    with pytest.raises(IndexCorrupt, match="altered vector of passage p0030"):
        open_default(home)
    seen = status(home, make_corpus(), "hash-1")  # the reader left word of it
    assert seen.state == "corrupt"
    assert "p0030" in seen.reason
    rebuilt(home)


def test_a_passage_lost_in_chroma(home: Path) -> None:
    import chromadb

    client = chromadb.PersistentClient(str(generation(home) / "chroma"))
    client.list_collections()[0].delete(ids=["p0007"])
    client.close()
    with pytest.raises(IndexCorrupt, match="holds 59 passages, not 60"):
        open_default(home)
    rebuilt(home)


def test_chromas_folder_gone(home: Path) -> None:
    shutil.rmtree(generation(home) / "chroma")
    with pytest.raises(IndexCorrupt, match=r"chroma\.sqlite3 is missing"):
        open_default(home)
    assert not (generation(home) / "chroma").exists()  # and no empty one was made in its place


@pytest.mark.parametrize(
    "text",
    ["", "\n", "abc", "../../etc 0", "x " + "0" * 64, "x " + "0" * 64 + "\n", "\xff\xfe", ". " + "0" * 64 + "\n"],
)
def test_a_damaged_pointer(home: Path, text: str) -> None:
    (home / "index" / "CURRENT").write_text(text, encoding="latin-1")
    with pytest.raises(IndexCorrupt, match="CURRENT"):
        open_default(home)
    rebuilt(home)


def test_a_pointer_to_a_generation_that_is_gone(home: Path) -> None:
    shutil.rmtree(generation(home))
    with pytest.raises(IndexCorrupt, match=r"manifest\.json is missing"):
        open_default(home)
    rebuilt(home)

"""Building: what is embedded, what is kept, what two equal builds have in common."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index import build as building
from index.build import build_index, status
from index.errors import IndexCorrupt, IndexError_
from index.files import Layout, read_manifest
from index.search import Searcher
from tests.index.fakes import FakeCorpus, HashEncoder, generations, make_corpus, ranking

ROOT = Path(__file__).resolve().parents[2]
Open = Callable[..., Searcher]


def test_first_build_embeds_every_passage_and_serves(tmp_path: Path, opened: Open, real_children: None) -> None:
    told: list[tuple[str, int, int]] = []
    report = build_index(
        make_corpus(), tmp_path / "new", encoder=HashEncoder(), progress=lambda *step: told.append(step)
    )
    assert (report.passages, report.embedded, report.reused, report.unchanged) == (60, 60, 0, False)
    assert report.why == "no index has been built yet"
    assert {what for what, _, _ in told} == {"embedding", "writing to Chroma", "checking"}
    assert told[-2][:1] == ("writing to Chroma",)
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
    assert opened(tmp_path / "new").search("tizanidine")[0].passage.text.count("tizanidine") == 1


def test_nothing_changed_is_quick_and_imports_nothing_heavy(home: Path) -> None:
    script = (
        "import sys, time, pathlib\n"
        "from tests.index.fakes import make_corpus, HashEncoder\n"
        "from index.build import build_index\n"
        "encoder = HashEncoder()\n"
        "begun = time.perf_counter()\n"
        "report = build_index(make_corpus(), pathlib.Path(sys.argv[1]), encoder=encoder)\n"
        "print(report.unchanged, report.embedded, encoder.encoded, time.perf_counter() - begun < 2,\n"
        "      [m for m in ('torch', 'chromadb', 'bm25s', 'onnxruntime', 'transformers') if m in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(home)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "True 0 [] True []"


def test_only_changed_passages_are_embedded(home: Path, opened: Open) -> None:
    before = np.load(next((home / "index" / "generations").glob("*/vectors.npy")))
    encoder = HashEncoder()
    changed = make_corpus(61, {7: "Corsets should not be offered."})
    report = build_index(changed, home, encoder=encoder)
    assert (report.embedded, report.reused, report.removed) == (2, 59, 0)
    assert report.why == "the corpus has changed since the index was built: 1 new, 1 changed passages"
    assert sorted(text.split("\n")[0] for text in encoder.encoded) == sorted(
        [changed.passages["p0007"].text, changed.passages["p0060"].text]
    )
    after = np.load(report.path / "vectors.npy")
    assert np.array_equal(np.delete(before, 7, axis=0), np.delete(after[:60], 7, axis=0))
    searcher = opened(home, changed)
    assert searcher.search("corsets", k=1)[0].passage.id == "p0007"


def test_an_incremental_build_equals_one_from_nothing(home: Path, tmp_path: Path) -> None:
    changed = make_corpus(62, {3: "Corsets should not be offered."})
    step = build_index(changed, home, encoder=HashEncoder())
    fresh = build_index(changed, tmp_path / "fresh", encoder=HashEncoder())
    assert (step.path / "manifest.json").read_bytes() == (fresh.path / "manifest.json").read_bytes()


def test_removed_passages_are_gone(home: Path, opened: Open) -> None:
    report = build_index(make_corpus(50), home, encoder=HashEncoder())
    assert (report.embedded, report.removed) == (0, 10)
    assert all(int(hit.passage.id[1:]) < 50 for hit in opened(home, make_corpus(50)).search("number 55", k=50))


def test_a_change_outside_the_passages_embeds_nothing(home: Path, opened: Open) -> None:
    noted = make_corpus(note="an agreement was added")
    assert opened(home, noted).search("yoga")  # still fits: no passage differs
    report = build_index(noted, home, encoder=HashEncoder())
    assert (report.unchanged, report.embedded) == (False, 0)
    assert read_manifest(Layout(home)).corpus_hash == noted.hash


def test_another_encoder_means_new_vectors(home: Path) -> None:
    report = build_index(make_corpus(), home, encoder=HashEncoder("hash-2"))
    assert report.embedded == 60


def test_force_builds_anew_from_kept_vectors(home: Path, opened: Open) -> None:
    report = build_index(make_corpus(), home, encoder=HashEncoder(), force=True)
    assert (report.unchanged, report.embedded, report.why) == (False, 0, "asked for")
    assert opened(home).generation == report.generation


def test_the_previous_generation_is_kept_and_older_ones_go(home: Path) -> None:
    names = [generations(home)[0]]
    names += [build_index(make_corpus(60 + n), home, encoder=HashEncoder()).generation for n in (1, 2)]
    assert generations(home) == sorted(names[1:])


def test_a_generation_that_a_reader_holds_is_spared(home: Path, opened: Open) -> None:
    searcher = opened(home)
    expected = ranking(searcher)
    for n in (1, 2, 3):
        build_index(make_corpus(60 + n), home, encoder=HashEncoder())
    assert searcher.generation in generations(home)
    assert ranking(searcher) == expected
    searcher.close()
    build_index(make_corpus(64), home, encoder=HashEncoder())
    assert searcher.generation not in generations(home)


def test_two_builds_are_equal_whatever_the_hash_seed_and_locale(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib, json\n"
        "from tests.index.fakes import make_corpus, HashEncoder, ranking\n"
        "from index.build import build_index\n"
        "from index.search import open_searcher\n"
        "home = pathlib.Path(sys.argv[1])\n"
        "report = build_index(make_corpus(), home, encoder=HashEncoder())\n"
        "searcher = open_searcher(make_corpus(), home, encoder=HashEncoder())\n"
        "print((home / 'index' / 'CURRENT').read_text(), json.dumps(ranking(searcher)))\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / seed)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": f"Etc/GMT+{seed}"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed, locale in (("1", "C"), ("2", "C.UTF-8"))
    ]
    outputs = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert outputs[0] == outputs[1]
    assert len(outputs[0]) > 500


def test_a_half_built_generation_does_not_count_and_is_cleaned_up(home: Path, opened: Open) -> None:
    half = home / "index" / "generations" / "0123456789ab"
    half.mkdir()
    np.save(half / "vectors.npy", np.zeros((3, 64), dtype=np.float32))
    assert opened(home).search("yoga")
    build_index(make_corpus(61), home, encoder=HashEncoder())
    assert not half.exists()


def test_a_generation_that_fails_its_check_never_serves(
    home: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = generations(home)
    write = building._Work.write

    def write_and_damage(work: building._Work) -> None:
        write(work)
        path = work.folder / "vectors.npy"
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)

    monkeypatch.setattr(building._Work, "write", write_and_damage)
    with pytest.raises(IndexCorrupt, match=r"vectors\.npy was altered"):
        build_index(make_corpus(61), home, encoder=HashEncoder())
    monkeypatch.undo()
    assert generations(home) == before
    assert opened(home).search("yoga")


def test_the_check_finds_a_store_that_lost_a_passage(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = building.child.run

    def lose_one(task: str, folder: Path, **values: Any) -> dict[str, Any]:
        if task == "write":
            np.save(folder / "vectors.npy", (kept := np.load(folder / "vectors.npy"))[:-1])
            values |= {key: values[key][:-1] for key in ("ids", "texts", "digests")}
            answer = run(task, folder, **values)
            np.save(folder / "vectors.npy", kept)
            return answer
        return run(task, folder, **values)

    monkeypatch.setattr(building.child, "run", lose_one)
    with pytest.raises(IndexCorrupt, match="holds 60 passages, not 61"):
        build_index(make_corpus(61), home, encoder=HashEncoder())


def test_an_error_in_the_encoder_leaves_the_old_index(home: Path, opened: Open) -> None:
    class Broken(HashEncoder):
        def encode(self, texts: list[str]) -> np.ndarray:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        build_index(make_corpus(61), home, encoder=Broken())
    assert len(generations(home)) == 1
    assert opened(home).search("yoga")


def test_vectors_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    class Bad(HashEncoder):
        def encode(self, texts: list[str]) -> np.ndarray:
            return super().encode(texts) * np.float32("nan")

    with pytest.raises(IndexError_, match="NaN"):
        build_index(make_corpus(), tmp_path / "h", encoder=Bad())


def test_an_empty_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IndexError_, match="no passages"):
        build_index(FakeCorpus({}, {}, "0"), tmp_path, encoder=HashEncoder())


def test_fixed_questions_are_embedded_once_at_build_time(home: Path, opened: Open) -> None:
    encoder = HashEncoder()
    report = build_index(make_corpus(), home, encoder=encoder, phrases=["Is  yoga any good?", "Heat?"])
    assert (report.embedded, encoder.encoded) == (0, ["Heat?", "Is yoga any good?"])
    assert build_index(make_corpus(), home, encoder=encoder, phrases=["Heat?", "Is yoga any good?"]).unchanged
    asked = HashEncoder()
    searcher = opened(home, encoder=asked)
    assert searcher.scores("Is yoga any good?") == pytest.approx(
        {
            key: float(v)
            for key, v in zip(
                searcher.ids, searcher._vectors @ HashEncoder().encode(["Is yoga any good?"])[0], strict=True
            )
        },
        abs=1e-6,
    )
    assert asked.encoded == []


def test_many_passages_cross_chromas_own_thresholds(tmp_path: Path, opened: Open, real_children: None) -> None:
    corpus = make_corpus(1300)
    build_index(corpus, tmp_path / "big", encoder=HashEncoder())
    for _ in range(2):  # Chroma's stable files stay as they are from one reader to the next
        searcher = opened(tmp_path / "big", corpus)
        assert searcher.search("number 1234", k=5, mode="lexical")[0].passage.id == "p1234"
        assert len(searcher.search("yoga for workers", k=5, mode="dense")) == 5
        searcher.close()
    assert status(tmp_path / "big", corpus, "hash-1").state == "current"


@pytest.mark.parametrize("count", [1, 2])
def test_very_small_corpora(tmp_path: Path, opened: Open, count: int) -> None:
    build_index(make_corpus(count), tmp_path / "small", encoder=HashEncoder())
    assert len(opened(tmp_path / "small", make_corpus(count)).search("low back pain")) == count


def test_status_tells_each_state_apart(home: Path, tmp_path: Path) -> None:
    assert status(tmp_path / "none", make_corpus(), "hash-1").state == "missing"
    now = status(home, make_corpus(), "hash-1")
    assert (now.state, now.passages, now.store, bool(now.changes)) == ("current", 60, "embedded", False)
    stale = status(home, make_corpus(62, {4: "Changed."}), "hash-1")
    assert stale.state == "stale"
    assert stale.changes is not None
    assert (stale.changes.added, stale.changes.changed) == (("p0060", "p0061"), ("p0004",))
    assert "lumbar index build" in stale.help
    (now.path / "vectors.npy").unlink()  # type: ignore[operator]
    corrupt = status(home, make_corpus(), "hash-1")
    assert corrupt.state == "corrupt"
    assert "vectors.npy is missing" in corrupt.reason


def test_the_manifest_names_everything_it_was_built_from(home: Path) -> None:
    loaded = json.loads(next((home / "index" / "generations").glob("*/manifest.json")).read_bytes())
    corpus = make_corpus()
    assert loaded["corpus_hash"] == corpus.hash
    assert loaded["embedder"] == "hash-1"
    assert loaded["format"] == 1
    assert list(loaded["passages"]) == sorted(corpus.passages)
    assert loaded["settings"]["hnsw"]["space"] == "cosine"
    assert {"vectors.npy", "lexical/vocab.index.json", "lexical/data.csc.index.npy"} <= set(loaded["files"])
    assert all(len(entry["sha256"]) == 64 and entry["size"] >= 0 for entry in loaded["files"].values())


def test_a_build_leaves_no_clock_in_the_manifest(tmp_path: Path) -> None:
    first = build_index(make_corpus(5), tmp_path / "a", encoder=HashEncoder())
    time.sleep(0.01)
    second = build_index(make_corpus(5), tmp_path / "b", encoder=HashEncoder())
    assert (first.path / "manifest.json").read_bytes() == (second.path / "manifest.json").read_bytes()

"""The kept tables: equal to built ones, and never used when anything they were built from, or their owner, is in doubt."""

from __future__ import annotations

import os
import pickle
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.guardrails import lexis
from corpus import cache, lexicon, load

ROOT = Path(__file__).resolve().parents[2]
SAID = "Numb when she wipes, foot drop since Monday; on ibuprofen 400 mg. MRI of the L-spine, cyclobenzaprin at night?"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "cache"
    cache.use(place)
    yield place
    cache.use(None)


class Builds:
    """Builds a table from one data file and one code file, and counts how often."""

    def __init__(self, place: Path) -> None:
        self.data, self.code = place / "data.yaml", place / "code.py"
        self.data.write_text("a: 1")
        self.code.write_text("one")
        self.count = 0

    def get(self) -> dict[str, str]:
        return cache.kept("table", dict, [self.data, self.code], self._build)

    def _build(self) -> dict[str, str]:
        self.count += 1
        return {"data": self.data.read_text()}


@pytest.fixture
def builds(tmp_path: Path) -> Builds:
    return Builds(tmp_path)


def test_the_second_process_builds_nothing(builds: Builds, folder: Path) -> None:
    assert [builds.get(), builds.get()] == [{"data": "a: 1"}] * 2
    assert builds.count == 1
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]


@pytest.mark.parametrize("changed", ["data", "code"])
def test_a_changed_file_makes_a_table_stale(builds: Builds, changed: str) -> None:
    builds.get()
    path: Path = getattr(builds, changed)
    before = path.stat()
    path.write_text(path.read_text()[:-1] + "2")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # same length, same time: only the content counts
    assert builds.get() == {"data": builds.data.read_text()}
    assert builds.count == 2


def test_a_missing_file_that_appears_makes_a_table_stale(builds: Builds) -> None:
    builds.code.unlink()
    builds.get()
    builds.code.write_text("")
    builds.get()
    assert builds.count == 2


def test_a_file_that_changes_while_a_table_is_built_is_not_kept(tmp_path: Path, folder: Path) -> None:
    data = tmp_path / "data.yaml"
    data.write_text("1")
    assert cache.kept("table", str, [data], lambda: data.write_text("22") and "built") == "built"
    assert not folder.exists()


@pytest.mark.parametrize("cut", [0, 10, 40, 70, -1])
def test_a_file_cut_short_is_built_again(builds: Builds, folder: Path, cut: int) -> None:
    builds.get()
    path = folder / "table.pickle"
    path.write_bytes(path.read_bytes()[:cut])
    assert builds.get() == {"data": "a: 1"}
    assert builds.count == 2
    assert builds.get() and builds.count == 2


def test_an_altered_file_is_never_run(builds: Builds, folder: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    builds.get()
    path = folder / "table.pickle"
    path.write_bytes(path.read_bytes()[:64] + pickle.dumps(Trap()))
    assert builds.get() == {"data": "a: 1"}
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("what", ["file", "folder"])
@pytest.mark.parametrize("mode", [0o020, 0o002])
def test_what_others_may_write_is_not_loaded(builds: Builds, folder: Path, what: str, mode: int) -> None:
    builds.get()
    place = folder if what == "folder" else folder / "table.pickle"
    place.chmod(stat.S_IMODE(place.stat().st_mode) | mode)
    assert builds.get() == {"data": "a: 1"}
    assert builds.count == 2


def test_what_another_user_owns_is_not_loaded(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    builds.get()
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    assert builds.get() == {"data": "a: 1"}
    assert builds.count == 2


def test_a_link_is_not_followed(builds: Builds, folder: Path, tmp_path: Path) -> None:
    builds.get()
    (folder / "table.pickle").rename(tmp_path / "elsewhere")
    (folder / "table.pickle").symlink_to(tmp_path / "elsewhere")
    builds.get()
    assert builds.count == 2


def test_another_kind_of_table_is_not_taken(builds: Builds) -> None:
    files = [builds.data, builds.code]
    cache.kept("table", str, files, lambda: "text")
    assert builds.get() == {"data": "a: 1"}


@pytest.mark.parametrize("place", ["file", "no-home/cache"])
def test_a_folder_that_cannot_be_written_changes_nothing(builds: Builds, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    cache.use(tmp_path / place)
    assert [builds.get(), builds.get()] == [{"data": "a: 1"}] * 2
    assert builds.count == 2
    assert not (tmp_path / "no-home").exists()


def test_without_a_folder_nothing_is_kept(builds: Builds, folder: Path) -> None:
    cache.use(None)
    builds.get()
    builds.get()
    assert builds.count == 2
    assert not folder.exists()


def test_what_cannot_be_pickled_is_built_each_time(folder: Path) -> None:
    for number in (1, 2):
        assert list(cache.kept("table", dict, [], lambda n=number: {n: lambda: n})) == [number]
    assert list(folder.iterdir()) == []


def test_what_a_build_raises_is_raised(folder: Path) -> None:
    with pytest.raises(load.CorpusError):
        load.load_corpus(folder / "nowhere")
    assert not folder.exists()


def test_the_kept_corpus_equals_the_built_one(folder: Path) -> None:
    built, kept = load.load_corpus(), load.load_corpus()
    assert (folder / "corpus.pickle").exists()
    assert kept is not built
    assert kept == built
    for part in ("guidelines", "passages", "agreements", "conflicts"):
        assert list(getattr(kept, part)) == list(getattr(built, part))


def test_a_clinic_s_own_documents_are_not_kept(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "guidelines").mkdir(parents=True)
    (own / "sources.yaml").write_text("sources: []")
    assert load.load_corpus(extra=own) == load.load_corpus(extra=own)
    assert not folder.exists()


def test_the_kept_lexicon_reads_as_the_built_one(folder: Path) -> None:
    built, kept = (lexicon._load.__wrapped__(load.HERE / "lexicon.yaml") for _ in range(2))
    assert (folder / "lexicon.pickle").exists()
    assert kept is not built
    assert kept.concepts == built.concepts
    assert kept.find(SAID) == built.find(SAID) != []
    assert [kept.members(name) for name in kept.concepts] == [built.members(name) for name in built.concepts]


def test_the_kept_word_lists_read_as_the_built_ones(folder: Path) -> None:
    built, kept = (lexis.load_lexis.__wrapped__() for _ in range(2))
    words = SAID.lower().replace(",", "").split()
    assert (folder / "lexis.pickle").exists()
    assert kept is not built
    assert (kept.cues, kept.concepts) == (built.cues, built.concepts)
    assert kept.book.find(words) == built.book.find(words) != []
    assert kept.book.speller.correct("ibuprofin") == built.book.speller.correct("ibuprofin")


def test_two_processes_at_once_leave_one_whole_table(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from corpus import cache, load\n"
        "cache.use(Path(sys.argv[1]))\n"
        "print(load.load_corpus().hash)"
    )
    folder.mkdir(mode=0o700)
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = {process.communicate(timeout=120)[0].strip() for process in started}
    assert [process.returncode for process in started] == [0, 0]
    assert said == {load.load_corpus().hash}
    assert [path.name for path in folder.iterdir()] == ["corpus.pickle"]

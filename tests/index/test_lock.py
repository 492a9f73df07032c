"""One writer: the second leaves at once and names the first; a lock dies with its process."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from index.build import build_index
from index.errors import IndexBusy
from index.files import Layout
from index.lock import Lease, in_use, writing
from index.search import open_searcher
from tests.index.fakes import HashEncoder, make_corpus

ROOT = Path(__file__).resolve().parents[2]
HOLD = "import sys, time, pathlib; from index.lock import writing\nwith writing(pathlib.Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"


def hold(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "held\n"
    return process


def test_a_second_writer_leaves_at_once_and_names_the_first(home: Path) -> None:
    holder = hold(Layout(home).lock)
    try:
        begun = time.perf_counter()
        with pytest.raises(IndexBusy, match=rf"\(pid {holder.pid}\)") as refused:
            build_index(make_corpus(61), home, encoder=HashEncoder())
        assert time.perf_counter() - begun < 1
        assert "wait" in refused.value.help
        searcher = open_searcher(make_corpus(), home, encoder=HashEncoder())  # readers go on
        assert searcher.search("yoga")
        searcher.close()
    finally:
        holder.kill()
        holder.wait()
    assert build_index(make_corpus(61), home, encoder=HashEncoder()).embedded == 1


def test_two_writers_of_one_process_exclude_each_other_too(tmp_path: Path) -> None:
    path = tmp_path / "index" / "write.lock"
    with writing(path), pytest.raises(IndexBusy), writing(path):
        pass
    with writing(path):
        assert path.read_text().strip().isdigit()


def test_a_lease_is_seen_until_released(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    assert not in_use(path)
    path.write_text("{}")
    leases = [Lease(path), Lease(path)]
    assert in_use(path)
    leases[0].release()
    assert in_use(path)
    leases[1].release()
    leases[1].release()
    assert not in_use(path)

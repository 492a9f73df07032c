"""kill -9 at any moment of a build: the old index serves, the next build succeeds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from index.files import Layout, read_manifest
from index.search import open_searcher
from tests.index.fakes import HashEncoder, generations, make_corpus, ranking

ROOT = Path(__file__).resolve().parents[2]

# Builds run in forks of a process that has the libraries loaded, so that a moment to kill costs no start-up.
SCRIPT = '''
import os, random, signal, sys, time
from pathlib import Path
import bm25s, chromadb, numpy
from index import child, store, verify
from index.build import build_index
from tests.index.fakes import HashEncoder, make_corpus

home, kills = Path(sys.argv[1]), int(sys.argv[2])
child.run = lambda task, folder, **values: (
    store.write_collection(folder, **values) if task == "write" else verify.check_generation(folder, **values)
)

def forked(number, at=None):
    """Builds corpus `number` in a fork, killed after `at` seconds; its exit code and how long it took."""
    begun = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        encoder = HashEncoder(name=f"hash-{number}", delay=0.004)
        build_index(make_corpus(60 + number), home, encoder=encoder)
        os._exit(0)
    if at is not None:
        time.sleep(at)
        os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code, time.perf_counter() - begun

code, whole = forked(0)
assert code == 0
rng = random.Random(20261124)
served = 0
for number in range(1, kills + 1):
    code, _ = forked(number, at=rng.uniform(0.0, whole * 1.05))
    print(number if code == 0 else served, code, flush=True)
    sys.stdin.readline()  # the test looks at what is left
    if code == 0:
        served = number
'''


def test_killed_at_random_moments(tmp_path: Path) -> None:
    home, kills = tmp_path / "home", 20
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(home), str(kills)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin and process.stdout
    killed = swapped = 0
    for number in range(1, kills + 1):
        served, code = map(int, process.stdout.readline().split())
        killed += code == -9
        embedder = read_manifest(Layout(home)).embedder
        if embedder == f"hash-{number}" and code == -9:  # killed after the swap: the new one serves, whole
            swapped += 1
            served = number
        assert embedder == f"hash-{served}" or swapped
        current = int(embedder.removeprefix("hash-"))
        searcher = open_searcher(make_corpus(60 + current), home, encoder=HashEncoder(embedder))
        try:
            assert [len(hits) for hits in ranking(searcher)] == [10, 10, 10, 10]
        finally:
            searcher.close()
        process.stdin.write("\n")
        process.stdin.flush()
    process.communicate()
    assert process.returncode == 0
    assert killed >= kills // 2


def test_the_build_after_a_kill_succeeds_and_cleans_up(home: Path, real_children: None) -> None:
    from index.build import build_index

    script = (
        "import sys, pathlib\n"
        "from tests.index.fakes import make_corpus, HashEncoder\n"
        "from index.build import build_index\n"
        "build_index(make_corpus(70), pathlib.Path(sys.argv[1]), encoder=HashEncoder(),\n"
        "            progress=lambda what, done, total: print(what, flush=True))\n"
    )
    for moment in ("embedding", "writing to Chroma", "checking"):
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(home)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout
        while (line := process.stdout.readline().strip()) != moment:
            assert line, f"the build ended before {moment!r}"
        process.kill()
        process.wait()
        searcher = open_searcher(make_corpus(), home, encoder=HashEncoder())
        assert searcher.search("yoga")
        searcher.close()
    report = build_index(make_corpus(70), home, encoder=HashEncoder())
    assert report.embedded == 10
    assert len(generations(home)) == 2

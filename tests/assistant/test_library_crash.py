"""kill -9 at any moment of an act on the library: it and its index are as before or as after, and the act can be done again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Acts run in forks of a process that has the libraries loaded. A hook on the interpreter's file operations kills the fork at the n-th of
# them; the forks before it have counted how many there are.
SCRIPT = '''
import json, os, random, shutil, signal, sys
from pathlib import Path
import bm25s, chromadb, numpy
from assistant import intake, library
from assistant.settings import Settings
from index.build import status
from tests.assistant import small_corpus
from tests.index.fakes import HashEncoder

work, kills = Path(sys.argv[1]), int(sys.argv[2])
small_corpus.use(small_corpus.write_corpus(work / "corpus"))
EVENTS = {"open", "os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir"}

def source(key, **more):
    return intake.source_of({"id": key, "title": key, "issuer": "Clinic", "year": 2026, **more}, 2026)

old, new = small_corpus.document(work, "old.md", 1), small_corpus.document(work, "new.md", 2)
ACTS = {
    "add": lambda s: intake.add(s, [(new, source("new-1", supersedes="old-1"))]),
    "remove": lambda s: intake.remove(s, "old-1"),
}

def forked(home, act, at=0):
    """Runs an act in a fork, killed at file operation `at` where that is not 0; its exit code and operations."""
    count = work / "count"
    pid = os.fork()
    if pid == 0:
        seen = [0]
        def hook(event, arguments):
            if event in EVENTS and str(home) in str(arguments[0]):
                seen[0] += 1
                if seen[0] == at:
                    os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(hook)
        act(Settings(home=home, LUMBAR_TODAY="2026-11-24"))
        count.write_text(str(seen[0]))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), int(count.read_text() or 0) if count.exists() else 0

def look(home):
    corpus = library.open_corpus(home)
    assert status(home, corpus, HashEncoder().id).state == "current", status(home, corpus, HashEncoder().id)
    return corpus.hash

base = work / "base"
assert forked(base, lambda s: intake.add(s, [(old, source("old-1"))]))[0] == 0
before, rng = look(base), random.Random(20261124)
for name, act in sorted(ACTS.items()):
    shutil.copytree(base, work / "whole")
    code, operations = forked(work / "whole", act)
    after = look(work / "whole")
    assert code == 0 and after != before and operations > kills
    ends = []
    for at in sorted(rng.sample(range(1, operations + 1), kills)):
        home = work / f"{name}-{at}"
        shutil.copytree(base, home)
        code, _ = forked(home, act, at)
        assert code == -signal.SIGKILL, code
        left = look(home)
        assert left in (before, after), (name, at)
        if left == before:
            assert forked(home, act)[0] == 0 and look(home) == after, (name, at)
        ends.append("after" if left == after else "before")
        shutil.rmtree(home)
    shutil.rmtree(work / "whole")
    print(json.dumps({"act": name, "operations": operations, "before": ends.count("before"), "after": ends.count("after")}))
'''


def test_killed_at_any_file_operation(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), "7"], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(done.stdout.splitlines()) == 2 and '"before": 0' not in done.stdout

"""Runs a part of a build in a process of its own.

Two parts are: writing the Chroma collection (Chroma's threads go on writing after `close`; when the process has ended,
nothing writes any more, and a crash in its native code is not ours) and the check of the finished generation (what is on
the disk, not what memory holds).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from index import errors
from index.errors import IndexCorrupt, IndexError_

_START = "import sys; sys.path.insert(0, sys.argv[1]); from index.child import main; sys.exit(main(sys.argv[2]))"


def run(task: str, folder: Path, **values: Any) -> dict[str, Any]:
    """Runs the task "write" or "check" on a generation in a new process and returns its answer.

    Raises the IndexError_ that the task raised; IndexCorrupt where the process ended without an answer.
    """
    root = str(Path(__file__).resolve().parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", _START, root, task],
        cwd=root,
        input=json.dumps({"folder": str(folder), **values}),  # not by arguments: an address may hold a password
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    try:
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        tail = done.stderr.strip().splitlines()[-1:] or [f"its process ended with code {done.returncode}"]
        raise IndexCorrupt(f"the new index could not be {_DONE[task]}: {tail[0]}") from None
    if "error" in answer:
        kind: type[IndexError_] = getattr(errors, answer["kind"], IndexCorrupt)
        raise kind(f"the new index could not be {_DONE[task]}: {answer['error']}", answer["help"])
    return answer


def main(task: str) -> int:
    """Entry of the child: values as JSON on standard input, the answer as the last line of standard output."""
    from index import store, verify

    given = json.loads(sys.stdin.buffer.read())
    folder = Path(given.pop("folder"))
    try:
        if task == "write":
            answer = store.write_collection(folder, **given)
        else:
            answer = verify.check_generation(folder, **given)
        print(json.dumps(answer))
        return 0
    except IndexError_ as error:
        print(json.dumps({"error": str(error), "kind": type(error).__name__, "help": error.help}))
        return 1


_DONE = {"write": "written", "check": "verified"}

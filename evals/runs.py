"""One run: every case's output, written as it is made. Resumable after a kill; scoring is `scores.py`'s, later and again.

FILE holds outputs and nothing else, so that two runs of the same configuration are equal byte for byte; what differs from run to run lies
beside it: FILE.manifest.json (configuration, versions, machine) and FILE.timings.jsonl (milliseconds a stage).
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.commands.lines import encode
from evals.cases import Case, CaseSet
from evals.errors import EvalError
from evals.progress import Progress

if TYPE_CHECKING:
    from assistant.settings import Settings
    from evals.solvers import Solver

Record = dict[str, Any]
RUN_VERSION = 1


def manifest_of(sets: Sequence[CaseSet], solver: str, settings: Settings, **options: Any) -> dict[str, Any]:
    """Everything that shapes the outputs (`fingerprint` is over it), then where and from what they were made."""
    from assistant.guardrails.rules import load_rules
    from assistant.library import open_corpus
    from assistant.model import prompts_hash
    from assistant.receipt import VERSION

    shaping = {
        "run_version": RUN_VERSION,
        "version": VERSION,
        "solver": solver,
        "model": settings.model,
        "today": str(settings.today),
        "settings": settings.hash,
        "corpus": open_corpus(settings.home).hash,
        "rules": load_rules(strict=False).hash,
        "prompts": prompts_hash(),
        "sets": {one.name: one.sha256 for one in sets},
        **options,
    }
    digest = hashlib.sha256(json.dumps(shaping, sort_keys=True).encode()).hexdigest()
    return {**shaping, "fingerprint": digest, "commit": _commit(), "machine": _machine()}


def _commit() -> str | None:
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def _machine() -> dict[str, Any]:
    return {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}


def run(cases: Sequence[Case], open_solver: Callable[[], Solver], path: Path, manifest: dict[str, Any], twice: bool = False) -> int:
    """Writes the outputs that `path` does not hold yet; returns how many cases failed. Raises EvalError for another run's file.

    A failed case is recorded with its error, and tried again by the next run. `twice` solves each case a second time, to see
    whether the output is the same.
    """
    held = _resume(path, manifest)
    left = [case for case in cases if case.key not in held]
    if held:
        print_note(f"{len(cases) - len(left)} of {len(cases)} cases are already in {path}")
    _sidecar(path, "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    failed = 0
    if left:
        solver = open_solver()
        bar = Progress(f"solving with {manifest['solver']}", len(left))
        with path.open("ab") as out, _sidecar(path, "timings.jsonl").open("ab") as times:
            for case in left:
                record, timings = solve(solver, case, twice)
                failed += "error" in record["output"]
                out.write(encode(record))
                out.flush()
                times.write(encode({"key": case.key, **timings}))
                times.flush()
                bar.step()
        bar.end()
    return failed


def solve(solver: Solver, case: Case, twice: bool) -> tuple[Record, dict[str, float]]:
    """The record of one case and its timings in milliseconds. A defect of the solver becomes the case's error."""
    began = time.perf_counter()
    try:
        output = solver.solve(case)
    except Exception as error:
        output = {"error": f"{type(error).__name__}: {error}"}
    timings = {"total": (time.perf_counter() - began) * 1000, **solver.timings}
    record: Record = {"key": case.key, "set": case.set, "kind": case.kind, "output": output}
    if twice and "error" not in output:
        record["same_again"] = solve(solver, case, False)[0]["output"] == output
    return record, {name: round(value, 3) for name, value in timings.items()}


def print_note(text: str) -> None:
    from assistant.commands.base import say

    say(f"lumbar: {text}")


def _sidecar(path: Path, ending: str) -> Path:
    return path.with_name(f"{path.name}.{ending}")


def _resume(path: Path, manifest: dict[str, Any]) -> set[str]:
    """Keys whose output stands in the file. A last line that was cut off, and failed cases, are taken out of it."""
    if not path.exists() or path.stat().st_size == 0:
        _sidecar(path, "timings.jsonl").unlink(missing_ok=True)
        return set()
    known = read_manifest(path)
    if known is None or known.get("fingerprint") != manifest["fingerprint"]:
        changed = sorted(k for k in manifest if k not in ("fingerprint", "commit", "machine") and (known or {}).get(k) != manifest[k])
        raise EvalError(f"{path} holds another run ({', '.join(changed) or 'no manifest'} differ)", "name another --out, or delete the file")
    records = [r for r in read_run(path) if "error" not in r["output"]]
    kept = b"".join(encode(record) for record in records)
    if kept != path.read_bytes():
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_bytes(kept)
        fresh.replace(path)
    return {record["key"] for record in records}


def read_manifest(path: Path) -> dict[str, Any] | None:
    """The manifest beside a run; None where there is none."""
    try:
        found: dict[str, Any] = json.loads(_sidecar(path, "manifest.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found


def read_run(path: Path) -> list[Record]:
    """The records of a run; a last line that was cut off is left out. Raises EvalError naming the line that is no record."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise EvalError(f"cannot read {path}: {error.strerror or error}", "name a file that `lumbar eval run` wrote") from error
    whole, cut = raw.split(b"\n")[:-1], raw.split(b"\n")[-1]
    del cut
    records = []
    for number, line in enumerate(whole, 1):
        try:
            record = json.loads(line)
            if not isinstance(record["output"], dict) or not all(isinstance(record[k], str) for k in ("key", "set", "kind")):
                raise TypeError
        except (ValueError, KeyError, TypeError):
            raise EvalError(f"{path}, line {number} is no record of a run", "name a file that `lumbar eval run` wrote") from None
        records.append(record)
    return records


def read_timings(path: Path) -> dict[str, dict[str, float]]:
    """Key -> milliseconds a stage; empty where none were kept."""
    try:
        lines = _sidecar(path, "timings.jsonl").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    found = {}
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            continue  # cut off by a kill
        found[row.pop("key")] = row
    return found

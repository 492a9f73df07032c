"""The evaluation sets by name: which cases there are, of what kind, and which half and slice they belong to.

A set's kind is the start of its name: `redflags_2` holds red-flag cases. A bare kind means its first slice; a further slice is read
only when it is asked for by name or by number, so that no run opens a held-back one by accident. `mutated` is made from the corpus.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.errors import EvalError

SETS = Path(__file__).resolve().parent / "sets"
KINDS = ("abstention", "answers", "mutated", "pitfalls", "redflags", "retrieval")
_NEEDED = {
    "abstention": ("question", "outcome"),
    "answers": ("turns", "key_points", "outcome"),
    "mutated": ("claim", "evidence", "supported"),
    "pitfalls": ("question", "answer", "must", "must_not"),
    "redflags": ("text", "present", "tier", "kind"),
    "retrieval": ("query", "relevant"),
}
SEED = 7


@dataclass(frozen=True)
class Case:
    """One case: the set it is from, its kind, its id in that set, and its fields."""

    set: str
    kind: str
    id: str
    data: dict[str, Any]

    @property
    def key(self) -> str:
        """Names the case in every run: `redflags/rf-001`."""
        return f"{self.set}/{self.id}"


@dataclass(frozen=True)
class CaseSet:
    name: str
    kind: str
    sha256: str
    """Of the whole file, whatever part of it was asked for: the set's version."""
    cases: tuple[Case, ...]


def names() -> list[str]:
    """Every set there is."""
    return sorted([*(p.stem for p in SETS.glob("*.jsonl") if kind_of(p.stem)), "mutated"])


def kind_of(name: str) -> str | None:
    return next((kind for kind in KINDS if name == kind or name.startswith(f"{kind}_")), None)


def load(wanted: Sequence[str], half: str | None = None, slice_: int | None = None) -> list[CaseSet]:
    """The sets of those names (or paths of files), cut to a half and a slice. Raises EvalError."""
    found = []
    for name in dict.fromkeys(wanted):
        path = Path(name) if name.endswith(".jsonl") else SETS / f"{name}.jsonl"
        kind = kind_of(path.stem)
        if kind is None or (path.stem != "mutated" and not path.exists()):
            raise EvalError(f"there is no set {name!r}", f"sets: {', '.join(names())}")
        paths = [path]
        if slice_ is not None and path.parent == SETS and name == kind:
            paths = sorted([path, *SETS.glob(f"{kind}_*.jsonl")]) if path.exists() else [path]
        for one in paths:
            read = _mutated() if one.stem == "mutated" and not one.exists() else _read(one, kind)
            cases = [c for c in read.cases if half is None or c.data.get("half") == half]
            cases = [c for c in cases if slice_ is None or c.data.get("slice", 1) == slice_]
            if cases or len(paths) == 1:
                found.append(CaseSet(read.name, kind, read.sha256, tuple(cases)))
    if not any(s.cases for s in found):
        raise EvalError("no case is left", "ask for another half or slice")
    return found


def sample(sets: Sequence[CaseSet], limit: int | None, seed: int = SEED) -> list[Case]:
    """All cases in order, or a seeded sample of `limit` of them, in order too."""
    cases = [case for one in sets for case in one.cases]
    if limit is None or limit >= len(cases):
        return cases
    kept = sorted(random.Random(seed).sample(range(len(cases)), limit))
    return [cases[place] for place in kept]


def _read(path: Path, kind: str) -> CaseSet:
    raw = path.read_bytes()
    cases: dict[str, Case] = {}
    for number, line in enumerate(raw.decode("utf-8").split("\n"), 1):
        if not line.strip():
            continue
        place = f"{path.name}, line {number}"
        try:
            data = json.loads(line)
        except ValueError as error:
            raise EvalError(f"{place}: not JSON ({error})") from None
        missing = [field for field in ("id", *_NEEDED[kind]) if not isinstance(data, dict) or field not in data]
        if missing:
            raise EvalError(f"{place}: {', '.join(missing)} missing", f"a case of kind {kind} has id, {', '.join(_NEEDED[kind])}")
        if str(data["id"]) in cases:
            raise EvalError(f"{place}: the id {data['id']!r} is used twice")
        cases[str(data["id"])] = Case(path.stem, kind, str(data["id"]), data)
    return CaseSet(path.stem, kind, hashlib.sha256(raw).hexdigest(), tuple(cases.values()))


def _mutated() -> CaseSet:
    from corpus.load import load_corpus
    from evals.mutated import generate

    rows = generate(load_corpus(), seed=SEED)
    digest = hashlib.sha256(json.dumps(rows, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    return CaseSet("mutated", "mutated", digest, tuple(Case("mutated", "mutated", row["id"], row) for row in rows))

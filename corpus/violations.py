"""What a check of the corpus has to say: the file, the id, what is wrong and what to do. Finding it is `corpus/check*.py`'s."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_ROW_ID = re.compile(r"^\s*- (?:\{\s*)?id: [\"']?([^\s\"',}]+)", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Violation:
    """One broken rule. As text: "guidelines/ng59.yaml: ng59-1.1.4: problem; what to do"."""

    file: str
    id: str
    problem: str
    do: str

    def __str__(self) -> str:
        return f"{self.file}: {self.id}: {self.problem}; {self.do}"


def files_of_passages(root: Path) -> dict[str, str]:
    """Passage id -> file under `root` that holds it, by reading the ids alone."""
    found: dict[str, str] = {}
    for path in sorted((root / "guidelines").glob("*.yaml")):
        for passage_id in _ROW_ID.findall(path.read_text(encoding="utf-8")):
            found.setdefault(passage_id, f"guidelines/{path.name}")
    return found

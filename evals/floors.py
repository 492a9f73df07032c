"""What no change may fall below: `floors.yaml` gives a score of a set its floor, and tests and `lumbar eval score --floors` hold runs to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from evals.errors import EvalError
from evals.scores import Measure

FLOORS = Path(__file__).resolve().parent / "floors.yaml"


def below(measures: Sequence[Measure], path: Path = FLOORS) -> list[str]:
    """A sentence for each score that is worse than its floor (its ceiling, where lower is better). Raises EvalError."""
    try:
        floors = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise EvalError(f"cannot read {path}: {error.strerror or error}") from error
    except yaml.YAMLError as error:
        raise EvalError(f"{path} is not YAML: {error}") from None
    found = []
    for m in measures:
        floor = (floors.get(m.set) or {}).get(m.scorer.name) if isinstance(floors, dict) else None
        value = m.summary()["value"]
        if floor is None or value is None:
            continue
        if value > floor if m.scorer.lower_is_better else value < floor:
            found.append(f"{m.set}: {m.scorer.name} is {value:.3f}, {'over' if m.scorer.lower_is_better else 'under'} its {floor}")
    return found

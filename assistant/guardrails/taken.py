"""What was swallowed: many tablets at once, grams of paracetamol, and a breathing rate under nine. A usual daily dose is none.

Dose limits of a prescription are left to `dose.py`.
"""

from __future__ import annotations

from assistant.guardrails.figures import Value, before


def breaths(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    """A respiratory rate under 9."""
    ahead = before(words, at, low, 3)
    if (
        not any(w in ("rr", "resps", "resp", "respiratory", "breathing") for w in ahead)
        or not 1 <= amount <= 8
        or words[at + 1 : at + 2] in (["/"], ["days"], ["weeks"])
    ):
        return None
    return Value("overdose", True, max(low, at - 1), at + 1, amount)


DRUG_TAKEN = frozenset("took taken swallowed ingested swallow necked downed gulped drank".split())


_PER_TIME = frozenset(
    "daily day bd tds qds qid bid tid weekly week month months weeks per prn years year regularly each every nocte fortnight".split()
)


_MEDICINES = frozenset(
    "tablets tabs tab pills pill capsules caps paracetamol codeine tramadol co ibuprofen amitriptyline naproxen sertraline cocodamol dihydrocodeine gabapentin pregabalin diazepam morphine oxycodone zopiclone acetaminophen tylenol percocet norco hydrocodone nurofen aspirin anadin solpadeine baclofen duloxetine x".split()
)


def grams(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    """Grams of paracetamol taken: five or more."""
    unit = words[at + 1] if at + 1 < end else ""
    near = words[max(low, at - 6) : min(end, at + 6)]
    if (
        unit not in ("g", "grams", "gram", "gm")
        or not 5 <= amount <= 100
        or {"total", "maximum", "max", "limit", "ceiling"} & set(near)
    ):
        return None
    if not {"paracetamol", "acetaminophen", "tylenol"} & set(near):
        return None
    return Value("overdose", True, at, at + 2, amount)


def tablets(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    after = words[at + 1 : min(end, at + 6)]
    ahead = before(words, at, low, 5)
    wide = words[max(low, at - 10) : min(end, at + 8)]
    if not DRUG_TAKEN & set(wide):
        return None
    if not (
        any(w in _MEDICINES for w in after) or (words[at - 1 : at] == ["x"] and any(w in _MEDICINES for w in ahead))
    ) or after[0] in ("mg", "g", "mcg", "days", "weeks", "years", "ml", "%"):
        return None
    rest = words[at : min(end, at + 12)]
    at_once = any(w in ("once", "together", "go") for w in rest)
    rated = bool(_PER_TIME & set(rest[: rest.index(",")] if "," in rest else rest))
    if (10 <= amount < 300 and not rated) or (at_once and 6 <= amount < 300):
        return Value("overdose", True, at - len(ahead), min(end, at + 3), amount)
    return None

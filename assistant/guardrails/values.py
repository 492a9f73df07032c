"""Numbers that carry a finding, sentence by sentence: which reader looks at which number.

The readers are `measures.py`, `volumes.py`, `vessels.py`, `power.py` and `taken.py`; ages are `ages.py`. Thresholds come with their source in the concepts of
the same name in `concepts.yaml`. Doses and durations of a prescription are left to `assistant/quantities.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from assistant.guardrails import measures, power, taken, vessels, volumes
from assistant.guardrails.figures import NUMBER_WORDS, Value, number
from assistant.guardrails.text import Doc

Reader = Callable[[list[str], int, float, int, int], Value | None]
_LOW_WORDS = {"two": 2.0, "three": 3.0}
_SPELT: tuple[Reader, ...] = (taken.tablets, measures.lost, measures.height, measures.spelt_temperature)
"""Readers of numbers in words: "swallowed forty tablets", "lost two stone"."""
_READERS: tuple[tuple[frozenset[str], Reader], ...] = (
    (frozenset(["/", "mrc", "grade", "power", "strength", "motor", "of"]), power.power),
    (volumes.PVR | {"retention", "pmr", "left"}, volumes.residual),
    (
        measures.TEMP | measures.HOT | {"triage", "c", "f", "celsius", "fahrenheit", "degrees", "deg", "oc"},
        measures.temperature,
    ),
    (frozenset(["bp", "sbp", "systolic"]), measures.pressure),
    (frozenset(["crp", "esr"]), measures.markers),
    (vessels.AORTA, vessels.diameter),
    (frozenset(["inr"]), measures.inr),
    (frozenset(["psa"]), measures.psa),
    (frozenset(["rr", "resps", "resp", "respiratory", "breathing"]), taken.breaths),
    (frozenset(["score", "scores", "t", "dexa", "dxa", "tscore"]), measures.tscore),
    (frozenset(["weight", "wt", "weighed", "weighs"]), measures.fallen_to),
    (measures.LOST | {"lost", "lighter", "off"}, measures.lost),
    (measures.FALLING, measures.height),
    (frozenset("platelets plt plts platelet".split()), measures.platelets),
    (frozenset(["last"]), volumes.void),
    (frozenset(["paracetamol", "acetaminophen", "tylenol"]), taken.grams),
    (taken.DRUG_TAKEN, taken.tablets),
)
"""Words of which one must stand in the sentence, and the reader."""


def spelt_number(word: str) -> float | None:
    """The value of a number in words that a reader looks at."""
    return float(NUMBER_WORDS[word]) if word in NUMBER_WORDS else _LOW_WORDS.get(word)


def find_values(doc: Doc, first: int, end: int) -> Iterator[Value]:
    """Values among tokens [first, end) of one sentence."""
    words = doc.words
    whole = set(words[first:end])
    readers = [(keys, read) for keys, read in _READERS if not keys.isdisjoint(whole)]
    if not readers:
        return
    for at in range(first, end):
        word = words[at]
        amount = number(word) if word[0].isdecimal() else spelt_number(word)
        if amount is None:
            continue
        if not word[0].isdecimal():
            found = next((v for read in _SPELT if (v := read(words, at, amount, first, end)) is not None), None)
        else:
            near = words[max(first, at - 24) : at + 9]
            fitting = (read for keys, read in readers if not keys.isdisjoint(near))
            found = next((v for read in fitting if (v := read(words, at, amount, first, end)) is not None), None)
        if found is not None:
            yield found

"""The width of the aorta: "AAA 5.2 cm on the screening scan", "aorta 54 mm". Three centimetres and more are an aneurysm.

What an aneurysm means for a flag is in `concepts.yaml` (aaa_known).
"""

from __future__ import annotations

from assistant.guardrails.figures import Value

AORTA = frozenset("aorta aortic aaa aneurysm aneurysmal infrarenal".split())
_CENTIMETRES = frozenset("cm cms centimetre centimetres centimeter centimeters".split())
_MILLIMETRES = frozenset("mm millimetre millimetres".split())
_OTHER_THINGS = frozenset("above below from nodule stone cyst hernia kidney disc disk valve node lesion mass scar protrusion".split())
_REACH = 12
ANEURYSM_FROM = 3.0


def diameter(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    """A width in cm or mm in a sentence that names the aorta within twelve tokens."""
    unit = words[at + 1] if at + 1 < end else ""
    width = amount if unit in _CENTIMETRES else amount / 10 if unit in _MILLIMETRES else 0.0
    if not 1.0 <= width <= 12.0:
        return None
    ahead, after = words[max(low, at - _REACH) : at], words[at + 2 : min(end, at + 2 + _REACH)]
    if AORTA.isdisjoint(ahead) and AORTA.isdisjoint(after):
        return None
    if not _OTHER_THINGS.isdisjoint(ahead[-3:]) or not _OTHER_THINGS.isdisjoint(after[:2]):
        return None
    return Value("aaa_known", width >= ANEURYSM_FROM, at, at + 2, width)

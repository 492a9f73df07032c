"""Volumes of the bladder: residual after voiding, what a catheter drained, and how long since urine was last passed.

The threshold of 200 mL and what a lower volume means are in `concepts.yaml` (elevated_pvr, borderline_pvr).
"""

from __future__ import annotations

from assistant.guardrails.figures import Value, before

SCANS = frozenset("bladder scan uss us ultrasound".split())
MEASURED = frozenset("pvr rpvr mict postmict residual residuals postvoid scan pvru pvrv pmr void retained".split())
ABOUT = MEASURED | {"post", "voiding", "bladder", "uss", "ultrasound"}
DRAINED = frozenset("drained catheter catheterised catheterisation retention foley".split())
PVR = ABOUT | DRAINED | {"post-void", "scanner"}
_LITRES = frozenset("l litre litres liter liters".split())
_MILLILITRES = frozenset("ml mls cc ccs millilitres milliliters".split())
_OTHER_UNITS = frozenset("mg days d weeks / % yo pre years h hours am pm hrs : mcg".split())
_VOIDS = frozenset("voided pee peed wee urine pu void passed".split())
_LAST_PASSED = frozenset("urine pu pud voided peed weed urinated void wee pee water micturated urination".split())
RAISED, DRAINED_MUCH, NORMAL_BELOW = 200, 400, 100


def _left_in(words: list[str], at: int, end: int) -> bool:
    """ "650 left in": the number is what stays in the bladder."""
    return words[at + 1 : min(end, at + 3)] in (["left", "in"], ["left", "behind"], ["left", "over"])


def _millilitres(words: list[str], at: int, amount: float, low: int, end: int) -> float | None:
    """The number in mL, or None when it is no volume. Without a unit it must stand beside a word for a residual."""
    after = words[at + 1] if at + 1 < end else ""
    if after in _LITRES and amount < 6:
        return amount * 1000
    if after in _MILLILITRES:
        return amount
    if after in _OTHER_UNITS or not amount.is_integer() or amount < 10:
        return None
    if 1900 <= amount <= 2040:
        return None  # a year
    named = (MEASURED | {"drained"}) & set(before(words, at, low, 5))
    scanned = len(SCANS & set(words[max(low, at - 4) : min(end, at + 5)])) >= 2
    return amount if named or scanned or _left_in(words, at, end) else None


def residual(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    """A residual volume: raised from 200 mL, borderline from 100; a large volume drained is retention. Before voiding: nothing."""
    volume = _millilitres(words, at, amount, low, end)
    if volume is None:
        return None
    rest = words[at + 1 : min(end, at + 7)]
    if rest[:1] == ["left"] and volume >= RAISED and _VOIDS & set(before(words, at, low, 9)):
        return Value("elevated_pvr", True, at, at + 2, volume)
    if "pre" in rest[:3] or "prevoid" in rest[:3]:
        return None
    context = before(words, at, low, 7)
    named = [k for k, w in enumerate(context) if w in PVR]
    trailing = [k for k, w in enumerate(rest) if (w in PVR or w == "urine") and "," not in rest[:k]]
    if not named and not trailing:
        return None
    start = at - len(context) + named[-1] if named else at
    stop = min(end, at + 2 + (trailing[0] if trailing and not named else 0))
    around = {*context, *rest}
    if DRAINED & around and volume >= DRAINED_MUCH:
        return Value("urinary_retention", True, start, stop, volume)
    if not ABOUT & around:
        return None
    if volume >= RAISED:
        return Value("elevated_pvr", True, start, stop, volume)
    concept, present = ("borderline_pvr", True) if volume >= NORMAL_BELOW else ("elevated_pvr", False)
    return Value(concept, present, start, stop, volume)


def void(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    """Hours since urine was last passed: eight or more."""
    unit = words[at + 1] if at + 1 < end else ""
    if unit not in ("h", "hr", "hrs", "hours", "hour") or not 8 <= amount <= 72:
        return None
    ahead = before(words, at, low, 7)
    if "last" not in ahead or not _LAST_PASSED & set(ahead):
        return None
    return Value("urinary_retention", True, at - len(ahead) + ahead.index("last"), at + 2, amount)

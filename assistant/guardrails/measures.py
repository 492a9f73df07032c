"""Measured numbers: temperature, blood pressure, CRP and ESR, INR, PSA, T score, platelets, weight lost, height fallen.

Each reader takes (words, place, number, first and one-past-last token of the sentence) and gives a Value or None.
"""

from __future__ import annotations

from assistant.guardrails.figures import Value, before, number, spelt_whole

TEMP = frozenset(
    "t temp temps temperature tmax tm fever febrile pyrexia pyrexial temperatures tympanic spiking tmp".split()
)


HOT = frozenset(
    "sweating sweats sweaty shaking shivering shivery rigors rigor chills hot feverish flushed sweat shakes".split()
)


_ELSEWHERE = frozenset("room bath water outside weather office pool oven shower sauna".split())
"""Where a temperature is not the patient's."""


def spelt_temperature(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    """ "Temp was thirty-nine": 38 to 42 in words."""
    whole = spelt_whole(words, at)
    if whole is None or not 38 <= whole[0] <= 42 or TEMP.isdisjoint(before(words, at, low, 4)):
        return None
    near = before(words, at, low, 4)
    return Value("fever", True, at - len(near) + next(k for k, w in enumerate(near) if w in TEMP), whole[1], whole[0])


def temperature(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    if not (34 <= amount <= 43 or 93 <= amount <= 110):
        return None
    after = words[at + 1] if at + 1 < end else ""
    if after in ("degrees", "deg", "oc"):
        after = (
            words[at + 2]
            if at + 2 < end and words[at + 2] in ("c", "f", "celsius", "fahrenheit")
            else ("f" if amount > 90 else "c")
        )
    unit = after in ("c", "f", "celsius", "fahrenheit")
    context = before(words, at, low, 5)
    named = [k for k, w in enumerate(context) if w in TEMP]
    if not unit and not named:
        near = set(words[max(low, at - 8) : min(end, at + 9)])
        hot = 38 <= amount <= 41.9 and "." in words[at] and bool(HOT & near or words[at + 1 : at + 3] == ["at", "triage"])
        return Value("fever", True, at, at + 1, amount) if hot else None
    if (
        named
        and not unit
        and (
            after in ("y", "yo", "f", "m", "kg", "years", "mg", "%")
            or "," in context[named[-1] :]
            or context[-1] in ("/", "x")
        )
    ):
        return None
    if unit and (after[0] == "f") != (amount > 60):
        return None
    celsius = (amount - 32) / 1.8 if amount > 60 else amount
    if named and _ELSEWHERE & set(context[named[-1] :]):
        return None
    start = at - len(context) + named[-1] if named else at
    if celsius >= 37.99:
        return Value("fever", True, start, at + (2 if unit else 1), celsius)
    return Value("fever", False, start, at + (2 if unit else 1), celsius) if celsius < 37.5 else None


def pressure(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    fast = amount > 90 and _fast_pulse(words, low, end)
    if not 40 <= amount <= (100 if fast else 90):
        return None
    ahead = before(words, at, low, 4)
    if "sbp" in ahead or "systolic" in ahead or (words[at + 1 : at + 2] == ["systolic"]):
        return Value("hypotension_shock", True, at, at + 1, amount)
    if "bp" in ahead and words[at + 1 : at + 2] == ["/"] and at + 2 < end and words[at + 2].isdecimal():
        return Value("hypotension_shock", True, at - len(ahead) + ahead.index("bp"), at + 3, amount)
    return None


def _fast_pulse(words: list[str], low: int, end: int) -> bool:
    """A pulse of 110 or more in the same sentence."""
    for k in range(low, min(end, low + 120) - 1):
        if words[k] in ("hr", "pulse", "p", "heart", "tachycardic"):
            value = next((number(w) for w in words[k + 1 : k + 4] if w[0].isdecimal()), None)
            if value is not None and 110 <= value <= 220:
                return True
    return False


def psa(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    ahead = before(words, at, low, 3)
    return Value("raised_psa", True, max(low, at - 1), at + 1, amount) if "psa" in ahead and amount >= 20 else None


def markers(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    ahead = before(words, at, low, 4)
    name = next((w for w in reversed(ahead) if w in ("crp", "esr", ",", ";", "wcc", "wbc", "hb")), "")
    if name not in ("crp", "esr"):
        return None
    rest = words[at + 1 : at + 4]
    if name == "crp" and rest[:3] == ["mg", "/", "dl"]:
        amount *= 10
    high = amount > (10 if name == "crp" else 20)
    if high and ahead and ahead[-1] == "<":
        high = False
    return Value("raised_inflammatory_markers", high, at - 1 - list(reversed(ahead)).index(name), at + 1, amount)


def inr(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    ahead = before(words, at, low, 3)
    if "inr" not in ahead or amount > 20:
        return None
    return Value("high_inr", amount > 4, at - len(ahead) + ahead.index("inr"), at + 1, amount) if amount > 4 else None


def tscore(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    ahead = before(words, at, low, 6)
    if amount > 6 or not ahead or ahead[-1] not in ("-", "minus"):
        return None
    if not (
        "score" in ahead
        or "scores" in ahead
        or (ahead[-2:-1] == ["t"])
        or "dexa" in ahead
        or "dxa" in ahead
        or "tscore" in ahead
    ):
        return None
    return Value("osteoporosis", amount >= 2.5, max(low, at - 2), at + 1, -amount)


_TO_KG = {
    "kg": 1.0,
    "kgs": 1.0,
    "kilo": 1.0,
    "kilos": 1.0,
    "kilograms": 1.0,
    "lb": 0.4536,
    "lbs": 0.4536,
    "pounds": 0.4536,
    "pound": 0.4536,
    "stone": 6.35,
    "st": 6.35,
    "stones": 6.35,
}


_SINCE = frozenset("in since over without and ,".split())


LOST = frozenset("lost down dropped loss losing shed lose loses".split())


def lost(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    ahead = before(words, at, low, 5)
    spot = next((k for k in range(len(ahead) - 1, -1, -1) if ahead[k] in LOST), None)
    after = words[at + 1] if at + 1 < end else ""
    kilos = (
        amount * _TO_KG[after]
        if after in _TO_KG
        else (
            amount * 0.8
            if after == "%"
            and any(w in ("weight", "wt", "bw", "bodyweight") for w in [*ahead, *words[at + 1 : at + 6]])
            else None
        )
    )
    if kilos is None:
        return None
    stop, start = at + 2, at
    if spot is None:
        trailing = words[at + 2 : min(end, at + 6)]
        if trailing[:1] == ["lighter"] or (trailing[:1] == ["off"] and trailing[1:2] and trailing[1] in _SINCE):
            return Value("weight_loss", True, start, stop + 1, kilos) if kilos >= 2.5 else None
        if any(w in ("lost", "dropped", "shed") for w in trailing[:4]) and any(
            w in ("hes", "shes", "he", "she", "ive", "theyve", "that", "has") for w in trailing[:3]
        ):
            return Value("weight_loss", True, start, stop, kilos) if kilos >= 2.5 else None
        named = "loss" in trailing and ("weight" in trailing or "wt" in trailing or trailing[0] == "loss")
        if not named and "lost" not in trailing[:2]:
            return None
    else:
        start = at - len(ahead) + spot
        if (
            "," in ahead[spot:]
            or any(w in ("weighs", "lifting", "lifted", "bag", "of") for w in ahead[spot + 1 :])
            and "of" not in ahead[spot + 1 :]
        ):
            return None
    if any(w in ("baby", "at", "bag", "weights") for w in words[stop : stop + 2] if w != "at"):
        return None
    return Value("weight_loss", True, start, stop, kilos) if kilos >= 2.5 else None


_TO = frozenset(["->", "→", "=>", "to", ">", "now"])


def fallen_to(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    """ "Weight 70 -> 58 kg": the difference of two weights, 2.5 kg and more."""
    k = at + (2 if words[at + 1 : at + 2] and words[at + 1] in _TO_KG else 1)
    if k + 1 >= end or words[k] not in _TO or not words[k + 1][0].isdecimal():
        return None
    later, unit = number(words[k + 1]), words[k + 2] if k + 2 < end else ""
    if later is None or unit not in _TO_KG or not {"weight", "wt", "weighed", "weighs"} & set(before(words, at, low, 4)):
        return None
    kilos = (amount - later) * _TO_KG[unit]
    return Value("weight_loss", True, max(low, at - 1), k + 3, kilos) if 2.5 <= kilos <= 80 else None


def platelets(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    ahead = before(words, at, low, 3)
    if not any(w in ("platelets", "plt", "plts", "platelet") for w in ahead) or amount >= 50 or "," in ahead[1:]:
        return None
    return Value("anticoagulation", True, max(low, at - 1), at + 1, amount)


FALLING = frozenset("fall fell fallen falling dropped jumped drop plunged landed".split())


def height(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    """A fall from a height: 1.5 m or 5 ft and more."""
    after = words[at + 1] if at + 1 < end else ""
    metres = (
        amount
        if after in ("m", "metre", "metres", "meter", "meters")
        else amount * 0.3048
        if after in ("ft", "feet", "foot")
        else None
    )
    ahead = before(words, at, low, 7)
    if (
        metres is None
        or not 1.5 <= metres <= 60
        or not any(w in FALLING for w in ahead)
    ):
        return None
    if not any(w in ("from", "of", "off", "about", "approx", "around", "a", "over", "down") for w in ahead[-3:]):
        return None
    return Value("trauma_major", True, max(low, at - 1), min(end, at + 2), metres)

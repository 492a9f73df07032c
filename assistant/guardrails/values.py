"""Numbers that carry a finding: temperature, residual volume, power, blood pressure, CRP and ESR, INR, T score, weight lost, age.

Each number is read with its unit and the words beside it. Thresholds come with their source in `concepts.yaml`'s concepts of
the same name. Doses and durations are left to `assistant/quantities.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from assistant.guardrails.text import Doc

_TEMP = frozenset(
    "t temp temps temperature tmax tm fever febrile pyrexia pyrexial temperatures tympanic spiking tmp".split()
)
_HOT = frozenset(
    "sweating sweats sweaty shaking shivering shivery rigors rigor chills hot feverish flushed sweat shakes".split()
)
_PVR = frozenset(
    "retained residuals postvoid pvrv uss ultrasound pvr pvru residual scan scanner post-void void voiding pmr bladder catheter catheterised drained".split()
)
_MUSCLE = frozenset(
    "ehl ta df pf hf ke kf dorsiflexion plantarflexion plantar eversion inversion quads quad quadriceps hamstring hamstrings gastroc power strength motor mrc hip hips knee knees ankle ankles toe toes flexion extension weakness weak le lle rle ble lower limb leg legs foot myotome myotomes psoas glut gluteus hallucis fhl edb peronei abduction adduction dorsiflexors dorsiflexor flexors extensors grade tibialis anterior peroneal gmed evertors".split()
)
_MUSCLE_LIST = frozenset(
    "ehl ta df pf hf ke kf hip knee ankle toe quads hamstrings dorsiflexion plantarflexion flexion extension eversion inversion l2 l3 l4 l5 s1 fhl hallux ad af".split()
)
_ARM = frozenset(
    "deltoid biceps triceps grip wrist finger fingers shoulder elbow ul ue bue arm arms hand apb fdi".split()
)
_NOT_POWER = frozenset(
    "pain score scored rating stars likert disc discs level levels nprs vas nrs sbst startback satisfaction severity phq visit session step day days week sessions studies criteria features listhesis prolapse bulge protrusion fusion discectomy patients nights times items".split()
)


class Value(NamedTuple):
    """A number with a meaning: tokens [first, end), the concept, and whether it stands for the finding or against it."""

    concept: str
    present: bool
    first: int
    end: int
    number: float


NUMBER_WORDS = {
    "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "dozen": 12,
}  # fmt: skip


class Age(NamedTuple):
    """An age of the patient in years, where it stands."""

    years: float
    first: int
    end: int


def number(word: str) -> float | None:
    """The value of a number token; thousands commas and decimal commas both read. None when it is not a number."""
    if word.isdecimal():
        return float(word) if len(word) < 9 else None
    head, _, tail = word.replace(",", ".").partition(".")
    if not (head.isdecimal() and tail.replace(".", "").isdecimal()) or len(word) > 12:
        return None
    if "," in word and len(tail) == 3:
        return float(head + tail)
    return float(f"{head}.{tail.replace('.', '')}")


def _before(words: list[str], at: int, low: int, reach: int) -> list[str]:
    return words[max(low, at - reach) : at]


def find_values(doc: Doc, first: int, end: int) -> Iterator[Value]:
    """Values among tokens [first, end) of one sentence."""
    words = doc.words
    whole = set(words[first:end])
    readers = [(keys, read) for keys, read in _READERS if keys is None or not keys.isdisjoint(whole)]
    if not readers:
        return
    for at in range(first, end):
        word = words[at]
        if word in NUMBER_WORDS or word in ("two", "three"):
            amount = float(NUMBER_WORDS.get(word, 2 if word == "two" else 3))
            for read in (_tablets, _lost, _height):
                value = read(words, at, amount, first, end)
                if value is not None:
                    yield value
                    break
            continue
        if not word[0].isdecimal():
            continue
        amount = number(word)
        if amount is None:
            continue
        for keys, read in readers:
            if keys is None or not keys.isdisjoint(words[max(first, at - 24) : at + 9]):
                value = read(words, at, amount, first, end)
                if value is not None:
                    yield value
                    break


def _temperature(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
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
    context = _before(words, at, low, 5)
    named = [k for k, w in enumerate(context) if w in _TEMP]
    if not unit and not named:
        hot = 38 <= amount <= 41.9 and "." in words[at] and bool(_HOT & set(words[max(low, at - 8) : min(end, at + 9)]))
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
    start = at - len(context) + named[-1] if named else at
    if celsius >= 37.99:
        return Value("fever", True, start, at + (2 if unit else 1), celsius)
    return Value("fever", False, start, at + (2 if unit else 1), celsius) if celsius < 37.5 else None


def rest_left(words: list[str], at: int, end: int) -> bool:
    """ "650 left in": the number is what stays in the bladder."""
    return words[at + 1 : min(end, at + 3)] in (["left", "in"], ["left", "behind"], ["left", "over"])


def _residual(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    after = words[at + 1] if at + 1 < end else ""
    if after in ("l", "litre", "litres", "liter", "liters") and amount < 6:
        amount *= 1000
    elif after not in ("ml", "mls", "cc", "ccs", "millilitres", "milliliters"):
        if after in (
            "mg",
            "days",
            "d",
            "weeks",
            "/",
            "%",
            "yo",
            "pre",
            "years",
            "h",
            "hours",
            "am",
            "pm",
            "hrs",
            ":",
            "mcg",
        ) or not (amount.is_integer() and amount >= 10):
            return None
        if (
            rest_left(words, at, end) is False
            and not any(
                w in ("pvr", "residual", "residuals", "postvoid", "scan", "pvru", "pmr", "void", "retained", "drained")
                for w in _before(words, at, low, 5)
            )
            and not (
                len({"bladder", "scan", "uss", "us", "ultrasound"} & set(words[max(low, at - 4) : min(end, at + 5)]))
                >= 2
            )
        ):
            return None
    rest = words[at + 1 : min(end, at + 7)]
    if (
        rest[:1] == ["left"]
        and amount >= 200
        and {"voided", "pee", "peed", "wee", "urine", "pu", "void", "passed"} & set(_before(words, at, low, 9))
    ):
        return Value("elevated_pvr", True, at, at + 2, amount)
    if "pre" in rest[:3] or "prevoid" in rest[:3]:
        return None
    context = _before(words, at, low, 7)
    named = [k for k, w in enumerate(context) if w in _PVR]
    trailing = [k for k, w in enumerate(rest) if (w in _PVR or w in ("retention", "urine")) and "," not in rest[:k]]
    if not named and not trailing:
        return None
    start = at - len(context) + named[-1] if named else at
    stop = at + 2 + (trailing[0] if trailing and not named else 0)
    stop = min(stop, end)
    if (
        any(
            w in ("drained", "catheter", "catheterised", "catheterisation", "retention", "foley")
            for w in [*context, *rest]
        )
        and amount >= 400
    ):
        return Value("urinary_retention", True, start, stop, amount)
    if not any(
        w
        in (
            "pvr",
            "residual",
            "residuals",
            "postvoid",
            "scan",
            "pvru",
            "pmr",
            "void",
            "post",
            "voiding",
            "bladder",
            "retained",
        )
        for w in [*context, *rest]
    ):
        return None
    if amount >= 200:
        return Value("elevated_pvr", True, start, stop, amount)
    return (
        Value("borderline_pvr", True, start, stop, amount)
        if amount >= 100
        else Value("elevated_pvr", False, start, stop, amount)
    )


def _power(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    if amount > 5:
        return None
    k = at + 1
    top = amount
    minus = k < end and words[k] == "-" and k + 1 < end and words[k + 1] == "/"
    while k < end and words[k] in ("+", "-"):
        k += 1
    if k < end and words[k - 1] == "-" and words[k] in ("1", "2", "3", "4", "5"):
        top = float(words[k])
        k += 1
        while k < end and words[k] in ("+", "-"):
            k += 1
    slash = k + 1 < end and words[k] == "/" and words[k + 1] == "5"
    if not slash and words[k : k + 3] == ["out", "of", "5"]:
        slash, k = True, k + 1
    if slash:
        stop = k + 2
        if (
            stop < end
            and words[stop] == "/"
            or (at > low and words[at - 1] in ("/", "l", "-") and not (at - 2 >= low and words[at - 2] in _MUSCLE))
        ):
            return None
    elif not _graded(words, at, low):
        return None
    else:
        stop = at + 1
    before, after = _before(words, at, low, 9), words[stop : min(end, stop + 5)]
    if any(w in _NOT_POWER for w in [*before[-3:], *after[:2]]):
        return None
    muscles = [w for w in [*before, *after] if w in _MUSCLE or (len(w) <= 5 and w[0] in "ls" and w[1:2].isdecimal())]
    nearest_arm = next((w for w in reversed(before) if w in _ARM or w in _MUSCLE), "")
    if nearest_arm in _ARM or (not muscles and not _alone(words, at, stop, low, end)):
        return None
    del minus
    if min(amount, top) <= 3:
        return Value("severe_motor_deficit", True, at, stop, amount)
    whole = amount >= 5 and words[at + 1 : at + 2] != ["-"]
    return Value("mild_motor_deficit", not whole, at, stop, amount)


def _graded(words: list[str], at: int, low: int) -> bool:
    before = _before(words, at, low, 3)
    listed = (
        bool(before)
        and before[-1] in _MUSCLE_LIST
        and any(w in ("power", "mrc", "strength", "motor") for w in _before(words, at, low, 24))
    )
    if listed and (at + 1 >= len(words) or words[at + 1] in (",", ";", ".", "\n", "and", "-", "(")):
        return True
    if before[-1:] == ["power"] and (at + 1 >= len(words) or words[at + 1] in (",", ";", ".", "\n")):
        return True
    bare = [
        w for w in _before(words, at, low, 4) if w not in ("l", "r", "left", "right", ":", "=", "lt", "rt", "is", "(")
    ]
    after = words[at + 1] if at + 1 < len(words) else "."
    if (
        bare
        and bare[-1] in _MUSCLE_LIST
        and words[at - 1] in ("l", "r", "left", "right", "lt", "rt", ":", "=")
        and after in (",", ";", ".", "\n", "-", "+", ")")
    ):
        return True
    return bool(before) and (
        before[-1] == "mrc"
        or before[-2:] in (["mrc", "grade"], ["power", "grade"], ["power", "of"], ["power", "is"])
        or (before[-1] == "grade" and words[at + 1 : at + 2] in (["power"], ["weakness"], ["strength"]))
    )


def _alone(words: list[str], at: int, stop: int, low: int, end: int) -> bool:
    return (at - low) <= 2 and end - stop <= 2


def _pressure(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    fast = amount > 90 and _fast_pulse(words, low, end)
    if not 40 <= amount <= (100 if fast else 90):
        return None
    before = _before(words, at, low, 4)
    if "sbp" in before or "systolic" in before or (words[at + 1 : at + 2] == ["systolic"]):
        return Value("hypotension_shock", True, at, at + 1, amount)
    if "bp" in before and words[at + 1 : at + 2] == ["/"] and at + 2 < end and words[at + 2].isdecimal():
        return Value("hypotension_shock", True, at - len(before) + before.index("bp"), at + 3, amount)
    return None


def _fast_pulse(words: list[str], low: int, end: int) -> bool:
    """A pulse of 110 or more in the same sentence."""
    for k in range(low, min(end, low + 120) - 1):
        if words[k] in ("hr", "pulse", "p", "heart", "tachycardic"):
            value = next((number(w) for w in words[k + 1 : k + 4] if w[0].isdecimal()), None)
            if value is not None and 110 <= value <= 220:
                return True
    return False


def _psa(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    before = _before(words, at, low, 3)
    return Value("raised_psa", True, max(low, at - 1), at + 1, amount) if "psa" in before and amount >= 20 else None


def _breaths(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    """A respiratory rate under 9."""
    before = _before(words, at, low, 3)
    if (
        not any(w in ("rr", "resps", "resp", "respiratory", "breathing") for w in before)
        or not 1 <= amount <= 8
        or words[at + 1 : at + 2] in (["/"], ["days"], ["weeks"])
    ):
        return None
    return Value("overdose", True, max(low, at - 1), at + 1, amount)


def _markers(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    before = _before(words, at, low, 4)
    name = next((w for w in reversed(before) if w in ("crp", "esr", ",", ";", "wcc", "wbc", "hb")), "")
    if name not in ("crp", "esr"):
        return None
    rest = words[at + 1 : at + 4]
    if name == "crp" and rest[:3] == ["mg", "/", "dl"]:
        amount *= 10
    high = amount > (10 if name == "crp" else 20)
    if high and before and before[-1] == "<":
        high = False
    return Value("raised_inflammatory_markers", high, at - 1 - list(reversed(before)).index(name), at + 1, amount)


def _inr(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    before = _before(words, at, low, 3)
    if "inr" not in before or amount > 20:
        return None
    return Value("high_inr", amount > 4, at - len(before) + before.index("inr"), at + 1, amount) if amount > 4 else None


def _tscore(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    before = _before(words, at, low, 6)
    if amount > 6 or not before or before[-1] not in ("-", "minus"):
        return None
    if not (
        "score" in before
        or "scores" in before
        or (before[-2:-1] == ["t"])
        or "dexa" in before
        or "dxa" in before
        or "tscore" in before
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
_LOST = frozenset("lost down dropped loss losing shed lose loses".split())


def _lost(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    before = _before(words, at, low, 5)
    spot = next((k for k in range(len(before) - 1, -1, -1) if before[k] in _LOST), None)
    after = words[at + 1] if at + 1 < end else ""
    kilos = (
        amount * _TO_KG[after]
        if after in _TO_KG
        else (
            amount * 0.8
            if after == "%"
            and any(w in ("weight", "wt", "bw", "bodyweight") for w in [*before, *words[at + 1 : at + 6]])
            else None
        )
    )
    if kilos is None:
        return None
    stop, start = at + 2, at
    if spot is None:
        trailing = words[at + 2 : min(end, at + 6)]
        if trailing[:1] == ["lighter"]:
            return Value("weight_loss", True, start, stop + 1, kilos) if kilos >= 2.5 else None
        if any(w in ("lost", "dropped", "shed") for w in trailing[:4]) and any(
            w in ("hes", "shes", "he", "she", "ive", "theyve", "that", "has") for w in trailing[:3]
        ):
            return Value("weight_loss", True, start, stop, kilos) if kilos >= 2.5 else None
        if not ("loss" in trailing and ("weight" in trailing or "wt" in trailing)) and "lost" not in trailing[:2]:
            return None
    else:
        start = at - len(before) + spot
        if (
            "," in before[spot:]
            or any(w in ("weighs", "lifting", "lifted", "bag", "of") for w in before[spot + 1 :])
            and "of" not in before[spot + 1 :]
        ):
            return None
    if any(w in ("baby", "at", "bag", "weights") for w in words[stop : stop + 2] if w != "at"):
        return None
    return Value("weight_loss", True, start, stop, kilos) if kilos >= 2.5 else None


def _platelets(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    before = _before(words, at, low, 3)
    if not any(w in ("platelets", "plt", "plts", "platelet") for w in before) or amount >= 50 or "," in before[1:]:
        return None
    return Value("anticoagulation", True, max(low, at - 1), at + 1, amount)


def _height(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    """A fall from a height: 1.5 m or 5 ft and more."""
    after = words[at + 1] if at + 1 < end else ""
    metres = (
        amount
        if after in ("m", "metre", "metres", "meter", "meters")
        else amount * 0.3048
        if after in ("ft", "feet", "foot")
        else None
    )
    before = _before(words, at, low, 7)
    if (
        metres is None
        or not 1.5 <= metres <= 60
        or not any(w in ("fall", "fell", "fallen", "falling", "dropped", "jumped", "drop", "plunged") for w in before)
    ):
        return None
    if not any(w in ("from", "of", "off", "about", "approx", "around", "a", "over", "down") for w in before[-3:]):
        return None
    return Value("trauma_major", True, max(low, at - 1), min(end, at + 2), metres)


_DRUG_TAKEN = frozenset("took taken swallowed ingested swallow necked downed gulped drank".split())
_PER_TIME = frozenset(
    "daily day bd tds qds qid bid tid weekly week month months weeks per prn years year regularly each every nocte fortnight".split()
)
_MEDICINES = frozenset(
    "tablets tabs tab pills pill capsules caps paracetamol codeine tramadol co ibuprofen amitriptyline naproxen sertraline cocodamol dihydrocodeine gabapentin pregabalin diazepam morphine oxycodone zopiclone acetaminophen tylenol percocet norco hydrocodone nurofen aspirin anadin solpadeine baclofen duloxetine x".split()
)


def _void(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    """Hours since urine was last passed: eight or more."""
    unit = words[at + 1] if at + 1 < end else ""
    if unit not in ("h", "hr", "hrs", "hours", "hour") or not 8 <= amount <= 72:
        return None
    before = _before(words, at, low, 7)
    if "last" not in before or not any(
        w
        in (
            "urine",
            "pu",
            "pud",
            "voided",
            "peed",
            "weed",
            "urinated",
            "void",
            "wee",
            "pee",
            "water",
            "micturated",
            "urination",
        )
        for w in before
    ):
        return None
    return Value("urinary_retention", True, at - len(before) + before.index("last"), at + 2, amount)


def _grams(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
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


def _tablets(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
    after = words[at + 1 : min(end, at + 6)]
    before = _before(words, at, low, 5)
    wide = words[max(low, at - 10) : min(end, at + 8)]
    if not _DRUG_TAKEN & set(wide):
        return None
    if not (
        any(w in _MEDICINES for w in after) or (words[at - 1 : at] == ["x"] and any(w in _MEDICINES for w in before))
    ) or after[0] in ("mg", "g", "mcg", "days", "weeks", "years", "ml", "%"):
        return None
    rest = words[at : min(end, at + 12)]
    at_once = any(w in ("once", "together", "go") for w in rest)
    rated = bool(_PER_TIME & set(rest[: rest.index(",")] if "," in rest else rest))
    if (10 <= amount < 300 and not rated) or (at_once and 6 <= amount < 300):
        return Value("overdose", True, at - len(before), min(end, at + 3), amount)
    return None


_READERS: tuple[tuple[frozenset[str] | None, Callable[[list[str], int, float, int, int], Value | None]], ...] = (
    (frozenset(["/", "mrc", "grade", "power", "strength", "motor", "of"]), _power),
    (_PVR | {"retention", "pmr", "left"}, _residual),
    (_TEMP | _HOT | {"c", "f", "celsius", "fahrenheit", "degrees", "deg", "oc"}, _temperature),
    (frozenset(["bp", "sbp", "systolic"]), _pressure),
    (frozenset(["crp", "esr"]), _markers),
    (frozenset(["inr"]), _inr),
    (frozenset(["psa"]), _psa),
    (frozenset(["rr", "resps", "resp", "respiratory", "breathing"]), _breaths),
    (frozenset(["score", "scores", "t", "dexa", "dxa", "tscore"]), _tscore),
    (_LOST | {"lost", "lighter"}, _lost),
    (frozenset("fall fell fallen falling dropped jumped drop plunged".split()), _height),
    (frozenset("platelets plt plts platelet".split()), _platelets),
    (frozenset(["last"]), _void),
    (frozenset(["paracetamol", "acetaminophen", "tylenol"]), _grams),
    (_DRUG_TAKEN, _tablets),
)

_OF_WHOM = frozenset(
    "patient pt male female boy girl man woman child he she , . ; ( is lady gentleman was : - student pupil".split()
)
_SUBJECTS = frozenset(["hes", "shes", "im"])
_SCHOOL = frozenset("pupil pupils student".split())
_CHILD_WORDS = frozenset("toddler infant schoolboy schoolgirl schoolchild child baby newborn preschooler".split())
_NOT_PATIENT = frozenset(
    "son daughter sons daughters child children kids grandson granddaughter brother sister mother father wife husband nephew niece baby".split()
)
_SEXES = ("m", "f", "male", "female", "man", "woman", "lady", "gentleman", "boy", "girl")


def find_ages(doc: Doc, limit: int = 4000, *, relative: bool = False) -> Iterator[Age]:
    """Ages of the patient ("82F", "78yo", "14 year old", "aged 9", "8 months old") among the first `limit` tokens.

    relative: the patient is a relative of the writer ("my daughter is 9").
    """
    words = doc.words
    for at in range(min(len(words), limit)):
        if words[at] in _CHILD_WORDS and _child_subject(words, at):
            yield Age(2.0 if words[at] in ("toddler", "infant", "baby", "newborn") else 8.0, at, at + 1)
            continue
        years = (
            float(NUMBER_WORDS[words[at]])
            if words[at] in NUMBER_WORDS
            else number(words[at])
            if words[at].isdecimal() and len(words[at]) <= 3
            else None
        )
        if years is None or years > 115:
            continue
        if (
            words[at - 1 : at] in (["year"], ["yr"], ["y"])
            and 1 <= years <= 10
            and (_SCHOOL & set(words[at + 1 : at + 3]) or words[at - 2 : at - 1] == ["in"])
        ):
            yield Age(years + 4, at - 1, at + 1)
            continue
        if (
            years <= 9
            and words[at + 1 : at + 2] in (["th"], ["st"], ["nd"], ["rd"])
            and words[at + 2 : at + 3] in (["grader"], ["grade"])
        ):
            yield Age(years + 5, at, at + 3)
            continue
        if _said_to_be(words, at) or _stands_alone(words, at, years):
            yield Age(years, at, at + 1)
            continue
        if words[at] in NUMBER_WORDS and not (
            words[at + 1 : at + 3] in (["year", "old"], ["yr", "old"]) or words[at - 1 : at] == ["aged"]
        ):
            continue
        after = words[at + 1 : at + 4]
        before = words[max(0, at - 3) : at]
        months = bool(after) and after[0] in ("month", "months", "mo", "mth", "week", "weeks") and after[1:2] == ["old"]
        is_aged = (
            relative
            and before[-1:] == ["is"]
            and (not after or after[0] in ("and", ",", ".", "with", "she", "he", "has"))
        )
        if not (months or is_aged or _reads_as_age(doc, at, after, before)):
            continue
        if is_aged or relative:
            yield Age(years / 12 if months else years, at, min(len(words), at + 1))
            continue
        if any(w in _NOT_PATIENT or w in ("since", "from", "onset") for w in before[-2:]) or (
            len(before) == 3 and before[0] in ("since", "from", "at") and before[1] in ("age", "the", "aged")
        ):
            continue
        if any(w in _NOT_PATIENT for w in words[at + 1 : at + 5]):
            continue
        yield Age(years / 12 if months else years, at, min(len(words), at + 3))


def _stands_alone(words: list[str], at: int, years: float) -> bool:
    """ "clothes hanging off him, 74, back pain": a two-digit number between commas or at the end is the age."""
    if not 18 <= years <= 105 or not words[at].isdecimal() or words[at - 1 : at] != [","] or at < 2:
        return False
    return (
        (at + 1 >= len(words) or words[at + 1] in (",", ".", "\n"))
        and not words[at - 2].isdecimal()
        and words[at - 2][0] not in "lst"
        or (at + 1 >= len(words) and not words[at - 2][0].isdecimal())
    )


def _said_to_be(words: list[str], at: int) -> bool:
    """ "She's 13," "he is twelve." and "my daughter (13)"."""
    after = words[at + 1] if at + 1 < len(words) else "."
    before = words[max(0, at - 3) : at]
    if before[-1:] in (["sons"], ["daughters"], ["lads"], ["boys"], ["girls"], ["lasss"]) and before[-2:-1] in (
        ["my"],
        ["our"],
    ):
        return after in ("and", ",", ".", ";", "with")
    if before[-1:] and before[-1] in _SUBJECTS or before[-2:] in (["he", "is"], ["she", "is"], ["i", "am"]):
        return after in (".", ",", ";", "and", "with", "!", "?", "\n", "now", "years", "but") and words[
            at + 1 : at + 3
        ] not in (["years", "post"], ["years", "into"])
    return (
        before[-1:] == ["("]
        and after == ")"
        and before[-2:-1] in (["daughter"], ["son"], ["girl"], ["boy"], ["grandson"], ["granddaughter"])
        and before[-3:-2] in (["my"], ["our"], ["this"])
    )


def _child_subject(words: list[str], at: int) -> bool:
    """A word such as "toddler" that names the patient, not somebody's child."""
    before = words[max(0, at - 3) : at]
    after = words[at + 1 : at + 7]
    if {
        "his",
        "her",
        "their",
        "lifting",
        "lifts",
        "carrying",
        "carries",
        "picking",
        "up",
        "holding",
        "with",
        "has",
        "a's",
        "after",
        "of",
        "and",
        "since",
        "as",
        "when",
        "for",
        "feeding",
        "having",
    } & set(before):
        return False
    return (at <= 3 or before[-1:] in (["my"], ["this"], ["our"], ["the"])) and bool(
        {"back", "pain", "limp", "limping", "walk", "refusing", "lbp", "spine", "backache", "hurts"} & set(after)
    )


def _reads_as_age(doc: Doc, at: int, after: list[str], before: list[str]) -> bool:
    first = after[0] if after else ""
    if first in ("yo", "y/o", "yrs-old") or after[:3] in (["years", "of", "age"], ["yrs", "of", "age"]):
        return True
    if first in ("yrs", "years", "y") and after[2:3] in (["months"], ["m"], ["mths"]) and after[1].isdecimal():
        return True
    if first in ("year", "years", "yr", "yrs", "y") and after[1:2] in (
        ["old"],
        ["o"],
        ["m"],
        ["f"],
        ["male"],
        ["female"],
        ["man"],
        ["woman"],
        ["lady"],
        ["boy"],
        ["girl"],
    ):
        return True
    if first in _SEXES and not (len(first) == 1 and after[1:2] in (["ago"], ["hx"], ["history"])):
        if (
            len(first) > 1
            or doc.ends[at] == doc.starts[at + 1]
            and (doc.raw[doc.starts[at + 1]].isupper() or at <= 3)
            and float(doc.words[at]) > 4
        ):
            return True
        spaced = len(first) == 1 and doc.raw[doc.starts[at + 1]].isupper() and at <= 3 and float(doc.words[at]) > 4
        return spaced
    if (
        before[-1:] == ["of"]
        and before[-2:-1]
        and before[-2] in _SEXES
        and len(before[-2]) > 1
        and first not in ("weeks", "months", "days", "years")
    ):
        return True
    if (
        before
        and before[-1] in ("age", "aged")
        and before[-2:-1]
        not in (["since"], ["from"], ["at"], ["the"], ["of"], ["onset"], ["until"], ["over"], ["under"], ["by"])
    ):
        said_of = before[-2:-1]
        if said_of and said_of[0] not in _OF_WHOM and before[-1] == "aged":
            return False
        return first not in ("of", "onset", "weeks", "months")
    if before and before[-1] == ":" and before[-2:-1] == ["age"]:
        return True
    return (
        bool(before) and before[-1] in ("f", "m") and at <= 2 and (not first or first in (",", ";", ".", "with", "-"))
    )

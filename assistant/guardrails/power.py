"""Grades of power: "EHL 3/5", "4-/5", "3 out of 5", "MRC grade 2", "power L: hip 5, DF 3".

What a grade means for a flag is in `concepts.yaml`.
"""

from __future__ import annotations

from assistant.guardrails.figures import Value, before

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
    "red flags flag questions pain score scored rating stars likert disc discs level levels nprs vas nrs sbst startback satisfaction severity phq visit session step day days week sessions studies criteria features listhesis prolapse bulge protrusion fusion discectomy patients nights times items".split()
)


def power(words: list[str], at: int, amount: float, low: int, end: int) -> Value | None:
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
    ahead, after = before(words, at, low, 9), words[stop : min(end, stop + 5)]
    if any(w in _NOT_POWER for w in [*ahead[-3:], *after[:2]]):
        return None
    muscles = [w for w in [*ahead, *after] if w in _MUSCLE or (len(w) <= 5 and w[0] in "ls" and w[1:2].isdecimal())]
    nearest_arm = next((w for w in reversed(ahead) if w in _ARM or w in _MUSCLE), "")
    if nearest_arm in _ARM or (not muscles and not _alone(words, at, stop, low, end)):
        return None
    del minus
    if min(amount, top) <= 3:
        return Value("severe_motor_deficit", True, at, stop, amount)
    whole = amount >= 5 and words[at + 1 : at + 2] != ["-"]
    return Value("mild_motor_deficit", not whole, at, stop, amount)


def _graded(words: list[str], at: int, low: int) -> bool:
    ahead = before(words, at, low, 3)
    listed = (
        bool(ahead)
        and ahead[-1] in _MUSCLE_LIST
        and any(w in ("power", "mrc", "strength", "motor") for w in before(words, at, low, 24))
    )
    if listed and (at + 1 >= len(words) or words[at + 1] in (",", ";", ".", "\n", "and", "-", "(")):
        return True
    if ahead[-1:] == ["power"] and (at + 1 >= len(words) or words[at + 1] in (",", ";", ".", "\n")):
        return True
    bare = [
        w for w in before(words, at, low, 4) if w not in ("l", "r", "left", "right", ":", "=", "lt", "rt", "is", "(")
    ]
    after = words[at + 1] if at + 1 < len(words) else "."
    if (
        bare
        and bare[-1] in _MUSCLE_LIST
        and words[at - 1] in ("l", "r", "left", "right", "lt", "rt", ":", "=")
        and after in (",", ";", ".", "\n", "-", "+", ")")
    ):
        return True
    return bool(ahead) and (
        (ahead[-1] == "grade" and any(w in _MUSCLE_LIST for w in ahead[:-1]))
        or ahead[-1] == "mrc"
        or ahead[-2:] in (["mrc", "grade"], ["power", "grade"], ["power", "of"], ["power", "is"])
        or (ahead[-1] == "grade" and words[at + 1 : at + 2] in (["power"], ["weakness"], ["strength"]))
    )


def _alone(words: list[str], at: int, stop: int, low: int, end: int) -> bool:
    return (at - low) <= 2 and end - stop <= 2

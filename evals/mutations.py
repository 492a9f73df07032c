"""Mutations of guideline statements: each takes a text and gives texts that no longer say the same, or say it in other words.

They measure the verifier, here (`mutated.py`) and in its tests; a mutation that leaves the text as it was is not returned.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_UNITS = {
    "weeks": "months", "week": "month", "months": "weeks", "month": "week", "days": "weeks", "day": "week", "hours": "days", "hour": "day", "years": "months",
    "mg": "g", "mL": "L", "%": " mg", "minutes": "hours", "h": "days", "g": "mg",
}  # fmt: skip
_DRUGS = (
    "cyclobenzaprine tizanidine methocarbamol baclofen carisoprodol metaxalone orphenadrine diazepam ibuprofen naproxen diclofenac celecoxib meloxicam ketorolac paracetamol "
    "acetaminophen tramadol codeine oxycodone gabapentin pregabalin duloxetine amitriptyline prednisone dexamethasone lidocaine fluvoxamine ciprofloxacin clonidine naloxone lithium warfarin"
).split()
_CLASSES = [
    "NSAIDs",
    "opioids",
    "benzodiazepines",
    "gabapentinoids",
    "muscle relaxants",
    "SSRIs",
    "corticosteroids",
    "antidepressants",
    "NSAID",
    "opioid",
    "benzodiazepine",
]
_SWAPS: dict[str, list[tuple[str, str]]] = {
    "direction": [
        (r"\bunder (?=\d)", "over "), (r"\bover (?=\d)", "under "), (r"\bbelow\b", "above"), (r"\babove\b(?! all)", "below"), (r"\bmore than\b", "less than"), (r"\bless than\b", "more than"),
        (r"\bat least\b", "at most"), (r"\bat most\b", "at least"), (r"\bhigher\b", "lower"), (r"\blower\b", "higher"), (r"\bbefore\b", "after"), (r"\bafter\b", "before"),
        (r"\bincreas(e[sd]?|ing)\b", r"decreas\1"), (r"\bdecreas(e[sd]?|ing)\b", r"increas\1"), (r"\breduce([sd]?)\b", r"increase\1"), (r"\braised\b", "lowered"), (r"\braises?\b(?! to)(?<!leg raise)", "lowers"),
        (r"\bbetter\b", "worse"), (r"\bworse\b", "better"), (r"\bimproved\b", "worsened"), (r"\bimproves?\b", "worsens"), (r"\bmore\b", "less"), (r"\bless\b", "more"), (r"\bfaster\b", "slower"),
        (r"\bno more than\b", "at least"), (r"\bor more\b", "or less"), (r"\bor less\b", "or more"), (r"\bor over\b", "or under"), (r"\bshort-term\b", "long-term"), (r"\bsmall\b", "large"),
    ],
    "strength": [
        (r"\b[Cc]onsider\b", "offer"), (r"\bmay be (considered|offered|used)\b", r"should be \1"), (r"\bmay be (considered|offered|used)\b", r"must be \1"), (r"\bcan be (considered|used)\b", r"must be \1"),
        (r"\bshould be (considered|offered|used)\b", r"may be \1"), (r"\bsuggested\b", "strongly recommended"), (r"\bsuggests\b", "requires"), (r"\bshould\b", "must"), (r"\bmay be considered\b", "is recommended"),
    ],
    "polarity": [
        (r"\bdo not\b", "do"), (r"\bDo not (\w)", r"\1"), (r"\badvises against\b", "recommends"), (r"\badvises against\b", "advises"), (r"\b(is|are|was|were|should|did|does|must|could|may|can|has|have) not\b", r"\1"),
        (r"\b(should|must)\b(?! not)", r"\1 not"), (r"\b(is|are|was|were) (recommended|effective|needed|contraindicated|associated|advised|labelled)\b", r"\1 not \2"), (r"\b[Aa]void\b", "use"),
        (r"\bOffer\b", "Do not offer"), (r"\bmay be (considered|offered|used)\b", r"should not be \1"), (r"\bnot recommended\b", "recommended"), (r"\bno better\b", "better"), (r"\bno difference\b", "a clear difference"),
        (r"\bno (clear |important |clinically important )?(benefit|advantage|difference|effect)\b", r"a \1\2"), (r"\bcontraindicated\b", "recommended"), (r"\binsufficient\b", "sufficient"), (r"\bwith\b(?! or)", "without"),
        (r"\badvise avoiding\b", "advise using"), (r"\bhelp\b", "do not help"), (r"\bConsider\b", "Do not consider"), (r"\bimproved\b", "did not improve"), (r"\breduced\b", "did not reduce"), (r"\bineffective\b", "effective"),
    ],
    "phase": [(r"\b([Aa])cute\b", "chronic"), (r"\b[Cc]hronic\b", "acute"), (r"\bsubacute\b", "chronic"), (r"\bsciatica\b", "spinal stenosis"), (r"\bradicular\b", "nonradicular"), (r"\b(?:low back pain|LBP)\b", "neck pain")],
    "population": [(r"\bolder adults\b", "younger adults"), (r"\badults\b", "children"), (r"\bwomen\b", "men"), (r"\brenal\b", "hepatic"), (r"\bhepatic\b", "renal"), (r"\bmild\b", "severe"), (r"\bsevere\b", "mild"), (r"\bspecialist\b", "non-specialist")],
    "and-or": [(r"(?<=\w) and (?!over|older|above|under|without|more)(?=\w)", " or "), (r"(?<!with)(?<!whether)(?<=\w) or (?!over|older|more|less|without|longer|under|above|later)(?=\w)", " and ")],
}  # fmt: skip
_DROPS = {
    "condition": [
        r",? (?:and then )?(?:but )?(?:only|solely) (?:if|when|after|as|where|in|for|once)\b[^.;]*", r",? unless\b[^.;]*", r",? except\b[^.;]*", r",? provided\b[^.;]*", r",? until\b[^.;]*",
        r",? outside (?:a|an)\b[^.;,]*", r"(?<=\w) when (?=[^.;]*[.;]|[^.;]*$)[^.;]*", r"(?<=\w),? if (?!not|possible|needed|used)[^.;,]*",
    ],
    "widened": [
        r"\b(?:chronic|acute|subacute) (?:or (?:chronic|subacute|acute) )?(?!primary)", r" in (?:older adults|people aged \d+ or over|adults|pregnancy|chronic LBP|acute LBP|specialist settings)", r" for (?:chronic|acute)? ?sciatica\b",
        r"\broutinely\b ?", r" aged \d+ (?:or over|and over)", r" over age \d+", r"\b(?:immediate|extended)-release ",
    ],
}  # fmt: skip


def numbers(text: str) -> list[str]:
    """The text with one number changed, for each number that is not part of a name."""
    out = []
    for m in re.finditer(
        r"(?<![\w.,/:-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w/]|\.\d|,\d|-?[A-Za-z])(?!\s?(?:trials?|items?)\b)", text
    ):
        if re.search(
            r"(?:[A-Z]{2,}|L|S|T|recommendation|version|Variant|Version|Schedule|June|September|July|April|August|item|items|Criteria|NG|step)[ -]?$",
            text[: m.start()],
        ):
            continue
        value = float(m.group().replace(",", ""))
        if 1900 <= value <= 2100:
            continue
        new = value * 2 if value else 3
        shown = f"{new:,.1f}" if new % 1 else f"{int(new):,}"
        out.append(text[: m.start()] + shown + text[m.end() :])
    words = {"two": "four", "three": "five", "four": "six", "six": "nine", "eight": "three", "one week": "one month"}
    for word, other in words.items():
        m2 = (
            re.search(rf"\b{word}\b(?= (?:weeks?|days?|months?|times|hours?|years?|or|to)\b)", text)
            if " " not in word
            else re.search(rf"\b{word}\b", text)
        )
        if m2:
            out.append(text[: m2.start()] + other + text[m2.end() :])
    return out


def units(text: str) -> list[str]:
    out = []
    for m in re.finditer(r"(?<=\d)( ?)(weeks?|months?|days?|hours?|years|mg|mL|%|minutes|h|g)(?![\w/])", text):
        out.append(text[: m.start()] + m.group(1) + _UNITS[m.group(2)] + text[m.end() :])
    return out


def frequencies(text: str) -> list[str]:
    pairs = [("three times a day", "twice a day"), ("three times daily", "once daily"), ("once daily", "twice daily"), ("twice daily", "four times daily"), ("four times daily", "twice daily"), ("every 4-6 h", "every 8-12 h"),
             ("every 12 h", "every 6 h"), ("every 6-8 h", "every 2-3 h"), ("every 8 h", "every 4 h"), ("mg/day", "mg/week"), ("at bedtime", "in the morning"), ("once", "twice")]  # fmt: skip
    return [re.sub(rf"\b{a}\b", b, text, count=1) for a, b in pairs if re.search(rf"\b{a}\b", text)]


def drugs(text: str) -> list[str]:
    out = []
    present = [d for d in _DRUGS if re.search(rf"\b{d}\b", text, re.IGNORECASE)]
    same = {"paracetamol", "acetaminophen"}
    for drug in present:
        for other in _DRUGS:
            if (
                other not in present
                and not (drug in same and other in same)
                and not (same & set(present) and other in same)
            ):
                out.append(re.sub(rf"\b{drug}\b", _like(other), text, flags=re.IGNORECASE))
                if len(out) % 3 == 0:
                    break
    return out


def _like(word: str) -> Callable[[re.Match[str]], str]:
    """The word, with a capital where what it replaces has one."""
    return lambda m: word.capitalize() if m.group()[0].isupper() else word


def classes(text: str) -> list[str]:
    out: list[str] = []
    for name in _CLASSES:
        if re.search(rf"\b{name}\b", text):
            others = [c for c in _CLASSES if c.endswith("s") == name.endswith("s") and c.lower() not in text.lower()]
            out.extend(re.sub(rf"\b{name}\b", other, text) for other in others[:2])
    return out


def _swap(kind: str) -> Callable[[str], list[str]]:
    def apply(text: str) -> list[str]:
        out = []
        for pattern, replacement in _SWAPS[kind]:
            new = re.sub(pattern, replacement, text, count=1)
            if new != text:
                out.append(new[:1].upper() + new[1:])
        return out

    return apply


def _drop(kind: str) -> Callable[[str], list[str]]:
    def apply(text: str) -> list[str]:
        out = []
        for pattern in _DROPS[kind]:
            new = re.sub(pattern, " " if pattern.endswith(" ?") or "(?!primary)" in pattern else "", text, count=1)
            new = re.sub(r"\s+", " ", new).strip(" ,;")
            if new != text and len(new.split()) >= 5:
                out.append(new[:1].upper() + new[1:])
        return out

    return apply


MUTATIONS: dict[str, Callable[[str], list[str]]] = {
    "number": numbers, "unit": units, "frequency": frequencies, "drug": drugs, "class": classes, "polarity": _swap("polarity"), "direction": _swap("direction"), "strength": _swap("strength"),
    "phase": _swap("phase"), "population": _swap("population"), "and-or": _swap("and-or"), "condition": _drop("condition"), "widened": _drop("widened"),
}  # fmt: skip

_HARMLESS: list[Callable[[str], str]] = [
    lambda t: t,
    lambda t: t.rstrip("."),
    lambda t: t[:1].lower() + t[1:] + (" [1]" if t else ""),
    lambda t: t.replace("-", "\u2011").replace("'", "\u2019"),
    lambda t: re.sub(r"(\d)-(\d)", "\\1\u2013\\2", t),
    lambda t: re.sub(r"\bLBP\b", "low back pain", t),
    lambda t: re.sub(r"\blow back pain\b", "LBP", t),
    lambda t: t.replace("paracetamol", "acetaminophen") if "acetaminophen" not in t else t.replace("acetaminophen", "paracetamol"),
    lambda t: re.sub(r"\btwo\b", "2", re.sub(r"\bthree\b", "3", re.sub(r"\bsix\b", "6", t))),
    lambda t: t.replace("people", "patients") if "patients" not in t else t.replace("patients", "people"),
    lambda t: t.replace(" mg", "\u00a0mg").replace(" weeks", "\u00a0weeks"),
    lambda t: t.replace("programme", "program").replace("aesthe", "esthe").replace("isation", "ization").replace("faecal", "fecal"),
    lambda t: re.sub(r"\babout (?=\d|two|three)", "approximately ", t),
    lambda t: t.replace("disc ", "disk "),
    lambda t: t.replace("times a day", "times daily").replace("a day", "per day"),
    lambda t: re.sub(r"\bmay be considered\b", "can be considered", t),
    lambda t: re.sub(r"\bshould not be offered\b", "are not to be offered", t),
    lambda t: t.replace("adverse effects", "side effects").replace("adverse events", "side effects"),
    lambda t: re.sub(r"^", "In summary: ", t),
    lambda t: t.replace(",", ""),
]  # fmt: skip


def harmless(text: str) -> list[str]:
    """The text itself and near-verbatim forms of it."""
    out = [change(text) for change in _HARMLESS]
    return list(dict.fromkeys([text, *[o for o in out if o != text]]))

"""Drug regimens in text: "flexeril 10 tid x 6 wks" -> drug, single dose, daily total, length, quantity, with exact places.

Reads sigs as they are written on charts, in notes and in prose, combination tablets and tablet counts included. Whether
a regimen is too much is decided in `dose.py` against `limits.yaml`. Works on folded text (`clauses.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assistant.guardrails.clauses import Reading
from assistant.quantities import number

_WORD = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|twenty|thirty|forty|sixty|ninety"
_N = rf"(?:\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+|(?:{_WORD})\b)"
_TO = r"(?: ?- ?| to | or )"
_MASS = r"(?:mg|mgs|milligrams?|milligrammes?|g|gm|gms|grams?|grammes?|mcg|ug|micrograms?)\b"
_TABLET = r"(?:tablets?|tabs?|caps(?:ules?)?|pills?|caplets?|t(?=\b)|tablet)\b"
_DAY = r"(?:day|d|24 ?-?h(?:ours?|rs?|r)?(?: period)?|diem)\b"

_ELEMENT = re.compile(
    # 10/325, 30/500 mg: a combination tablet
    rf"(?<![\d/.])(?P<combo>(?P<c1>\d{{1,2}}(?:\.\d)?)(?: ?mg)? ?/ ?(?P<c2>300|325|500|650)(?: ?mg)?)(?![\d/])"
    # 20 MME/day
    rf"|(?<![\w.])(?P<mme>(?P<m1>{_N}) ?(?:mme|ome|morphine (?:milligram )?equivalents?|mg (?:of )?(?:oral )?morphine equivalents?)(?: ?(?:/|per|a) ?{_DAY})?)"
    # 400-800 mg, 1 g, with an optional "per day"
    rf"|(?<![\w./])(?P<mass>(?:(?P<k>{_N}) ?(?:x|of(?: the)?) ?(?=\d)|(?P<k2>{_N}) (?=\d+ ?-?mg[ -](?:\w+ )?{_TABLET}))?(?P<a>{_N})(?: ?(?P<ua>{_MASS}))?(?:{_TO}(?P<b>{_N}))? ?-?(?P<u>{_MASS})(?P<kg>/kg\b)?"
    rf"(?P<tabunit>[ -](?:strength )?{_TABLET})?(?P<perday>(?: (?:in )?total)?(?: ?/ ?| (?:per|a|each|every|in|over) (?:any )?){_DAY}|(?: total)? daily (?:total|in (?:\w+ )?divided)|(?: total)? daily (?=(?:max|limit|ceiling)))?)"
    # three 325s
    rf"|(?P<plural>(?P<p1>{_N}) (?:x )?(?:of (?:the )?)?(?P<p2>\d{{2,4}})'?s\b)"
    # two tablets, 1-2 tabs
    rf"|(?<![\w./])(?P<tabs>(?P<t1>{_N}|i{{1,3}}(?= (?:tabs?|po|caps)))(?:{_TO}(?P<t2>{_N}))? ?(?:of (?:them|these|those|the)|(?:extra|regular|double|maximum)[- ]strength\b|{_TABLET}|patch(?:es)?\b|sprays?\b|(?<=one|two)(?= (?:every|each|q ?\d|twice|three times|four times|tds|qds|bd|tid|qid|bid)\b))(?P<tabsday>(?: ?/ ?| (?:per|a|each|in|every) (?:any )?){_DAY}|(?: total)? daily max)?)"
    # every 4-6 hours, q6h
    rf"|(?<![\w])(?P<every>(?:q ?\.?|every |each )(?P<h1>{_N})(?:{_TO}(?P<h2>{_N}))? ?-?(?:hourly|hours?|hrs?|h|°)(?!\w))"
    rf"|(?<![\w.])(?P<hourly>(?P<y1>{_N})(?:{_TO}(?P<y2>{_N}))?[ -]?(?:hourly|hrly)\b)"
    # three times a day, 4x/day, up to 5 times daily
    rf"|(?<![\w.])(?P<times>(?P<f1>{_N}|once|twice|thrice)(?:{_TO}(?P<f2>{_N}|twice))? ?(?:times|x|doses)? ?(?:/|a|per|each|every|in|daily|over)? ?(?:{_DAY}|daily|(?<=daily)))"
    r"|(?<![\w])(?P<abbr>b\.?i\.?d\b\.?|t\.?i\.?d\b\.?|q\.?i\.?d\b\.?|t\.?d\.?s\b\.?|q\.?d\.?s\b\.?|b\.?d\b\.?|q\.?d\b\.?|o\.?d\b\.?|q ?hs\b|h\.?s\b|qam\b|qpm\b|nocte|mane|nightly"
    r"|every (?:other|second) day|on alternate days|every (?:day|night|morning|evening)|each (?:day|night|morning|evening)|(?:at|before) (?:night|bedtime|bed)|in the (?:morning|evening)|at (?:breakfast|lunch|dinner)"
    r"|morning and (?:night|evening)|with (?:each|every) meal|with meals|once weekly|(?:every|once a|per) week|(?:once )?daily|once a day|a day(?= (?:for|x)\b)|per day)(?![\w-])"
    # for 6 weeks, x5d, 5/7, six-week course, over 3 weeks
    rf"|(?<![\w.])(?P<length>(?:(?:for|x|over|during|lasting|of|next|course:?|supply:?|duration:?|continue)? ?(?:about |around |up to |at least |a further |another |a total of |the next |the )?)"
    rf"(?:(?P<l1>{_N}|an?|several|a few|few|a couple of|couple of)(?:{_TO}(?P<l2>{_N}))?[ -]?(?P<lu>days?|(?<![a-z])d|nights?|weeks?|wks?|(?<![a-z])w|months?|(?<![a-z])mos?|mths?|(?<![a-z])m|years?|yrs?)\b|(?P<s1>\d{{1,2}})(?: ?- ?(?P<s2>\d{{1,2}}))?/(?P<sd>7|52|12)\b)(?![- ](?:old|ago|history|pregnan))(?:-? ?(?P<supply>course|supply|trial|script|prescription))?)"
    # #120, dispense 90, 3 refills
    rf"|(?P<refills>(?:(?P<r1>{_N}) ?(?:refills?|repeats?|rf)\b|(?:refills?|repeats?|rf) ?:?(?: ?x)? ?(?P<r2>{_N})))"
    rf"|(?P<qty>(?:# ?|(?:dispense|disp|qty|quantity|supply)[:.]? ?(?:of )?#? ?)(?P<q1>\d{{1,3}})\b)"
    # bare number: a strength right after the drug's name
    r"|(?<![\w./,#-])(?P<bare>(?P<n1>\d{1,4}(?:\.\d)?)(?:-(?P<n2>\d{1,4}(?:\.\d)?))?)(?![\w/.%:,-]|\.\d| ?(?:%|years?|y/?o|refills?|days?|weeks?|wks?|months?|hours?|hrs?|times|x ?/|ml|kg|tablets?|tabs?|caps))"
)
_EXCESS_BEFORE = re.compile(
    r"(?:\b(?:above|over|exceed(?:s|ing|ed)?|more than|greater than|beyond|higher than|in excess of|past|larger than|bigger than|than|from|down from|instead of|rather than)|>=?) ?"
    r"(?:the |a |an |about |of |maximum |max |daily |total |dose |doses |limit |ceiling |recommended |his |her |their |current )*$"
)
_CAP_BEFORE = re.compile(
    r"(?:\b(?:max(?:imum)?|(?:not|without|never) (?:to )?exceed(?:ing)?|never exceed|(?:do not|don't) (?:exceed|take more than|go (?:over|above))|no more than|not more than|up to(?: a (?:max(?:imum)?|total) of)?|at most|ceiling|limit(?:ed)?|cap(?:ped)?|under|less than|below)|<=?) ?"
    r"(?:daily |dose |total |single |per day |is |of |to |at |a |about |: ?|the |recommended |adult |oral |out |her |him |it |them |stay |keep |safe |= ?|of [a-z-]+ |for [a-z-]+ (?=is ))*$"
)
_PER_DAY_LATER = re.compile(r" (?:of )?(?:oral )?(?!once|twice|thrice|times|three|four|five|six|daily|dose)[a-z-]+ (?:a|per|each|in any|in) (?:day|24)")
_SIG_NEXT = re.compile(r" ?(?:every|q ?\d|once|twice|three|four|five|six|\d|b\.?i\.?d|t\.?i\.?d|q\.?i\.?d|bd|tds|qds|daily|at night|nightly|po\b|orally|by mouth)")
_COUNT_BEFORE = re.compile(rf"(?:^|[ ,(])({_WORD}|[1-9]\d?) (?:x )?$")
_FIRST_DAY = re.compile(r"\b(?:first|initial|loading|load|stat|starting|then|on day (?:1|one)|day (?:1|one)|once|first day)\b")
_RISE = re.compile(r"\b(?:increas\w*|titrat\w*|go(?:ing)? up|up-?titrat\w*|escalat\w*|doubl\w*|rais\w*|rise|step(?:ped|ping)? up|build\w* up|work up|up to)\b[^.;]{0,40}$")
_SUM = re.compile(r"[ ,()]*(?:(?:and|plus|\+|also|another|a further|additional|again|tablets?|tabs?|po|orally|by mouth|in the (?:morning|evening)|at (?:night|noon|bedtime|lunch)|with (?:breakfast|lunch|dinner))[ ,()]*)*")
_THEN = re.compile(r"\b(?:then|followed by|or|if|to|increas\w*|reduc\w*|after|until|down|later|next|subsequently|thereafter|titrat\w*|taper\w*|alternativ\w*)\b")
_ABBR = {"b": 2.0, "t": 3.0, "q": 4.0}
_LENGTHS = {"d": 1.0, "n": 1.0, "w": 7.0, "m": 30.0, "y": 365.0}


@dataclass(frozen=True, slots=True)
class Step:
    """One dose step. Masses in mg, `per_day` in doses a day; `daily` is what is written or follows; None is unknown."""

    start: int
    end: int
    single_low: float | None = None
    single_high: float | None = None
    per_day_low: float | None = None
    per_day_high: float | None = None
    daily_written: float | None = None
    tablets: float | None = None
    second: float | None = None
    """Strength of the second component of a combination tablet (paracetamol), mg a tablet."""
    summed: bool = False
    """Taken beside the step before it, not in place of it."""
    first: bool = False
    rises: bool = False

    @property
    def daily(self) -> float | None:
        """Largest plausible daily total, mg: a dose range meets the matching end of an interval range."""
        if self.daily_written is not None:
            return self.daily_written
        if self.single_high is None or self.per_day_high is None:
            return None
        if self.single_low != self.single_high and self.per_day_low != self.per_day_high:
            return max(self.single_high * (self.per_day_low or 0), (self.single_low or 0) * self.per_day_high)
        return self.single_high * self.per_day_high


@dataclass(frozen=True)
class Regimen:
    """What one text says of taking one drug. Places are in the folded text."""

    drug: str
    drug_at: tuple[int, int]
    steps: tuple[Step, ...] = ()
    cap: float | None = None
    """A written daily maximum, mg."""
    cap_at: tuple[int, int] | None = None
    days: float | None = None
    days_at: tuple[int, int] | None = None
    quantity: int | None = None
    refills: int | None = None
    mme: float | None = None
    at: tuple[int, int] = (0, 0)
    sentence: tuple[int, int] = (0, 0)
    sources: tuple[tuple[int, int], ...] = field(default=())

    @property
    def supply_days(self) -> float | None:
        """Days that a dispensed quantity with its refills lasts, at the written frequency or four a day."""
        if self.quantity is None:
            return None
        rate = next((s.per_day_high * (s.tablets or 1) for s in self.steps if s.per_day_high), None) or 4.0
        return self.quantity * (1 + (self.refills or 0)) / rate


@dataclass(frozen=True, slots=True)
class DrugAt:
    """A drug mention: lexicon concept and place in the folded text."""

    start: int
    end: int
    concept: str


def read_regimens(reading: Reading, drugs: Sequence[DrugAt], default: str | None = None) -> list[Regimen]:
    """Regimens of a text in reading order. `default` is the drug that a sentence without a drug is about, if known."""
    found: list[Regimen] = []
    last: str | None = default
    for start, end in reading.sentences:
        elements = list(_ELEMENT.finditer(reading.text, start, end))
        here = [d for d in drugs if start <= d.start < end]
        if here:
            found.extend(_regimens_of_sentence(reading.text, (start, end), here, elements))
            last = here[-1].concept
        elif last is not None and any(e.lastgroup in ("mass", "times", "abbr", "every", "hourly", "plural", "length", "tabs") for e in elements):
            regimen = _assemble(reading.text, DrugAt(start, start, last), elements, (start, end), carried=True)
            if regimen is not None and (regimen.steps or regimen.days):
                found.append(_with_strength(regimen, found))
    return found


def _with_strength(regimen: Regimen, earlier: list[Regimen]) -> Regimen:
    """Tablet counts without a strength take the strength last named for the drug."""
    known = next((s for r in reversed(earlier) if r.drug == regimen.drug for s in reversed(r.steps) if s.single_high), None)
    if known is None or not regimen.steps:
        return regimen
    strength = known.single_high if not known.tablets else (known.single_high or 0) / known.tablets
    steps = tuple(
        replace(s, single_low=strength * (s.tablets or 1), single_high=strength * (s.tablets or 1), second=s.second or known.second)
        if s.single_high is None and s.daily_written is None and s.tablets and strength
        else s
        for s in regimen.steps
    )
    return replace(regimen, steps=steps)


def _regimens_of_sentence(
    text: str, sentence: tuple[int, int], drugs: list[DrugAt], elements: list[re.Match[str]]
) -> list[Regimen]:
    shares: list[list[re.Match[str]]] = [[] for _ in drugs]
    for element in elements:
        owner = _owner(text, drugs, element)
        if owner is not None:
            shares[owner].append(element)
    found: list[Regimen] = []
    for drug, share in zip(drugs, shares, strict=True):
        regimen = _assemble(text, drug, share, sentence)
        if regimen is not None:
            found.append(regimen)
    return found


def _owner(text: str, drugs: list[DrugAt], element: re.Match[str]) -> int | None:
    """Index of the drug that an element belongs to: the one before it, unless it stands right before the next."""
    for index, drug in enumerate(drugs):
        if element.start() >= drug.start and element.end() <= drug.end:
            return None
        if drug.start >= element.end():
            gap = text[element.end() : drug.start]
            close = re.fullmatch(r"[ ,]*(?:(?:of|po|oral|the|x|mg|tablets?|tabs?|extra|strength|[a-z-]+ ?release|er|sr|xr|ir|generic|tabs of|tablets of|capsules of)[ ,]*){0,4}", gap)
            kind = element.lastgroup
            if index == 0 or (close and kind in ("mass", "plural", "tabs", "combo")):
                return index
            return index - 1
    return len(drugs) - 1


def _assemble(
    text: str, drug: DrugAt, elements: Sequence[re.Match[str]], sentence: tuple[int, int], *, carried: bool = False
) -> Regimen | None:
    builder = _Builder(text, drug, carried)
    for element in elements:
        builder.take(element)
    return builder.done(sentence)


class _Builder:
    """Puts the elements of one drug in one sentence together, from left to right."""

    def __init__(self, text: str, drug: DrugAt, carried: bool) -> None:
        self.text, self.drug, self.carried = text, drug, carried
        self.steps: list[Step] = []
        self.cap: float | None = None
        self.cap_tablets: float | None = None
        self.cap_at: tuple[int, int] | None = None
        self.days: float | None = None
        self.days_at: tuple[int, int] | None = None
        self.quantity: int | None = None
        self.refills: int | None = None
        self.mme: float | None = None
        count = _COUNT_BEFORE.search(text[max(0, drug.start - 16) : drug.start])
        self.count = number(count[1]) if count is not None and not carried else None
        self.places: list[tuple[int, int]] = [(drug.start, drug.end)] if drug.end > drug.start else []

    def take(self, element: re.Match[str]) -> None:
        kind = str(element.lastgroup)
        kind = next(k for k in _KINDS if element.group(k))
        before = self.text[max(0, element.start() - 48) : element.start()]
        before = re.split(r"[.;\n]", before)[-1]
        if kind != "length" and _EXCESS_BEFORE.search(before) and not _CAP_BEFORE.search(before):
            return
        taken = getattr(self, f"_{kind}")(element, before)
        if taken is not False:
            self.places.append(element.span())

    # -- masses ------------------------------------------------------------------------------------------------------------

    def _mass(self, e: re.Match[str], before: str) -> bool | None:
        if e["kg"]:
            return False
        unit = _factor(e["u"])
        high = number(e["b"]) * unit if e["b"] else number(e["a"]) * unit
        low = number(e["a"]) * (_factor(e["ua"]) if e["ua"] else unit) if e["b"] else high
        count = number(e["k"] or e["k2"]) if e["k"] or e["k2"] else None
        if count is None and self.count is not None and not self.steps:
            count, self.count = self.count, None
        low, high = low * (count or 1), high * (count or 1)
        after = self.text[e.end() : e.end() + 44]
        total = bool(e["perday"]) or re.match(r" ?(?:daily|a day)? ?(?:max(?:imum)?\b|in (?:\w+ )?divided|total daily|ceiling|limit)", after) is not None
        total = total or _PER_DAY_LATER.match(after) is not None
        total = total or re.search(r"\b(?:total(?: daily)?(?: dose)?(?: of)?|daily (?:dose|total|maximum|max|limit|ceiling)(?: is| of|:)*) $", before) is not None
        if re.match(r" ?(?:over|for|during|in) (?:the (?:whole |entire )?(?:course|week)|all|\d+ (?:days|weeks))|(?:overall|altogether)", after) and not e["perday"]:
            return False
        total = total or self._in_brackets(e)
        spoken = self.text[max(0 if self.carried else self.drug.start, e.start() - 200) : e.start()]
        total = total or (not _SIG_NEXT.match(after) and re.search(r"\b(?:daily dose|max(?:imum|ima)?|ceilings?)\b", spoken) is not None and "single" not in spoken)
        if re.match(r" ?(?:of [a-z-]+ )?(?:is|as|being) the (?:most|max\w*|limit|ceiling|cap|upper|top)", after):
            self.cap, self.cap_at = high, e.span()
            return None
        capped = _CAP_BEFORE.search(before) is not None and (total or bool(re.search(r"max|exceed|ceiling|limit|cap|(?:no|not|never) more than|at most", before)))
        if capped and not re.search(r"single|per dose|each dose|at a time|initial|starting", before + after) and (total or not _SIG_NEXT.match(after)):
            self.cap, self.cap_at = high, e.span()
            return None
        self._strength(e, low, high, total, before, tablets=count)
        return None

    def _in_brackets(self, e: re.Match[str]) -> bool:
        """Whether a mass stands in brackets without a frequency of its own: "(4 g paracetamol)" sums up."""
        opened = self.text.rfind("(", max(0, e.start() - 24), e.start())
        if opened < 0 or ")" in self.text[opened : e.start()]:
            return False
        shut = self.text.find(")", e.end(), e.end() + 40)
        inside = self.text[opened : shut if shut > 0 else e.end()]
        timed = any(m.group("every") or m.group("times") or m.group("abbr") or m.group("hourly") or m.group("tabs") for m in _ELEMENT.finditer(inside))
        earlier = any(s.per_day_high for s in self.steps)
        return not timed and (earlier or not self.steps and self.drug.start > opened)

    def _strength(self, e: re.Match[str], low: float, high: float, total: bool, before: str, tablets: float | None = None, second: float | None = None) -> None:
        last = self.steps[-1] if self.steps else None
        if last is not None and last.single_high is None and last.daily_written is None and not total:
            count = last.tablets or 1
            self.steps[-1] = replace(
                last, end=e.end(), single_low=low * count, single_high=high * count, second=second or last.second, tablets=last.tablets or tablets
            )
            return
        step = Step(e.start(), e.end(), first=bool(_FIRST_DAY.search(self.text[e.end() : e.end() + 18]) or _FIRST_DAY.search(before[-16:])), second=second, tablets=tablets)
        step = replace(step, daily_written=high) if total else replace(step, single_low=low, single_high=high)
        if last is not None:
            link = self.text[last.end : e.start()]
            rises = _RISE.search(before) is not None
            summed = not rises and not total and not _THEN.search(link) and self._adds(last, link)
            step = replace(step, summed=summed, rises=rises)
            if rises and not total and step.per_day_high is None:
                step = replace(step, per_day_low=last.per_day_low, per_day_high=last.per_day_high)
        self.steps.append(step)

    @staticmethod
    def _adds(last: Step, link: str) -> bool:
        """Whether a strength is taken beside the one before it: joined by "and", or at another time of the day."""
        if _SUM.fullmatch(link) is None:
            return False
        return re.search(r"\b(?:and|plus|also|another|further)\b|\+", link) is not None or last.per_day_high == 1

    def _combo(self, e: re.Match[str], before: str) -> None:
        self._strength(e, number(e["c1"]), number(e["c1"]), False, before, second=number(e["c2"]))

    def _plural(self, e: re.Match[str], before: str) -> None:
        count, strength = number(e["p1"]), number(e["p2"])
        self._strength(e, count * strength, count * strength, False, before, tablets=count)

    def _bare(self, e: re.Match[str], before: str) -> bool | None:
        gap = self.text[self.drug.end : e.start()]
        adjacent = not self.carried and re.fullmatch(r"[ :,(-]*(?:(?:po|oral|er|sr|xr|ir|tabs?|caps?|tablets?|dose|to|at|of|dose of|from|is|now|up to|on) ?)*", gap)
        step_on = self.steps and re.search(r"\b(?:then|to|and|or|,)\s?$", before) and self.text[e.end() : e.end() + 12].strip().startswith(_SIG_STARTS)
        if self.carried or e.start() < self.drug.end or not (adjacent or step_on):
            return False
        high = number(e["n2"]) if e["n2"] else number(e["n1"])
        if high < 1 or high > 4000:
            return False
        self._strength(e, number(e["n1"]), high, False, before)
        return None

    def _tabs(self, e: re.Match[str], before: str) -> bool | None:
        low = float(len(e["t1"])) if set(e["t1"]) <= {"i"} else number(e["t1"])
        high = number(e["t2"]) if e["t2"] else low
        if re.search(r"(?:dispense|disp|supply|qty|quantity|prescribe|give (?:her|him|them)?)\W*(?:of )?$", before) and high >= 10:
            self.quantity = int(high)
            return None
        last = self.steps[-1] if self.steps else None
        if last is not None and last.per_day_high and last.single_high and high >= 5 and not e["tabsday"] and not _CAP_BEFORE.search(before):
            self.quantity = int(high)
            return None
        if _CAP_BEFORE.search(before) or e["tabsday"]:
            strength = self._tablet_strength()
            if strength is not None:
                self.cap, self.cap_at = high * strength, e.span()
                if not _CAP_BEFORE.search(before) and self.steps:
                    self.steps[-1] = replace(self.steps[-1], daily_written=high * strength, end=e.end(), tablets=self.steps[-1].tablets)
                    self.cap = None
            return None
        last = self.steps[-1] if self.steps else None
        if last is not None and last.tablets is None and last.single_high is not None:
            self.steps[-1] = replace(
                last, single_low=(last.single_low or 0) * low, single_high=last.single_high * high, tablets=high, end=max(last.end, e.end())
            )
        elif last is None or last.tablets is not None:
            self.steps.append(Step(e.start(), e.end(), tablets=high))
        return None

    def _tablet_strength(self) -> float | None:
        for step in reversed(self.steps):
            if step.single_high:
                return step.single_high / (step.tablets or 1)
        return None

    # -- frequencies ------------------------------------------------------------------------------------------------------

    def _frequency(self, e: re.Match[str], low: float, high: float, before: str = "") -> bool | None:
        last = self.steps[-1] if self.steps else None
        if last is None:
            self.steps.append(Step(e.start(), e.end(), per_day_low=low, per_day_high=high))
        elif last.per_day_high is not None and not last.rises:
            link = self.text[last.end : e.start()]
            if re.search(r"\band\b|\bplus\b|,|\+", link) and high == 1:
                self.steps[-1] = replace(last, per_day_low=(last.per_day_low or 0) + 1, per_day_high=last.per_day_high + 1, end=e.end())
            elif re.search(r"\b(?:up to|max|maximum|or|to)\b", link):
                self.steps[-1] = replace(last, per_day_high=max(last.per_day_high, high), end=e.end())
                if re.search(r"\b(?:up to|max|maximum|no more than)\b", link):
                    self.steps[-1] = replace(self.steps[-1], per_day_high=high, per_day_low=min(high, last.per_day_low or high))
            else:
                return False
        else:
            self.steps[-1] = replace(last, per_day_low=low, per_day_high=high, end=max(e.end(), last.end), rises=False)
        return None

    def _every(self, e: re.Match[str], before: str) -> bool | None:
        first = number(e["h1"])
        second = number(e["h2"]) if e["h2"] else first
        if min(first, second) < 0.5:
            return False
        return self._frequency(e, 24 / max(first, second), 24 / min(first, second))

    def _hourly(self, e: re.Match[str], before: str) -> bool | None:
        first = number(e["y1"])
        second = number(e["y2"]) if e["y2"] else first
        return self._frequency(e, 24 / max(first, second), 24 / min(first, second)) if min(first, second) >= 1 else False

    def _times(self, e: re.Match[str], before: str) -> bool | None:
        words = {"once": 1.0, "twice": 2.0, "thrice": 3.0}
        low = words[e["f1"]] if e["f1"] in words else number(e["f1"])
        high = low if not e["f2"] else words[e["f2"]] if e["f2"] in words else number(e["f2"])
        if high > 24 or low <= 0:
            return False
        strength = self._tablet_strength()
        if _CAP_BEFORE.search(before) and strength is not None and self.steps[-1].tablets and self.steps[-1].per_day_high:
            self.cap, self.cap_at = high * strength, e.span()
            return None
        return self._frequency(e, low, high)

    def _abbr(self, e: re.Match[str], before: str) -> bool | None:
        word = e["abbr"].replace(".", "").replace(" ", "")
        if word in ("everyotherday", "everysecondday", "onalternatedays"):
            rate = 0.5
        elif "week" in word:
            rate = 1 / 7
        elif word in ("morningandnight", "morningandevening"):
            rate = 2.0
        elif "meal" in word:
            rate = 3.0
        elif re.fullmatch(r"(?:bid|bd|tid|tds|qid|qds)", word):
            rate = _ABBR[word[0]]
        else:
            rate = 1.0
        return self._frequency(e, rate, rate)

    # -- lengths and amounts ----------------------------------------------------------------------------------------------

    def _length(self, e: re.Match[str], before: str) -> bool | None:
        days = _days(e)
        after = self.text[e.end() : e.end() + 34]
        if days is None or (e["lu"] or "").startswith("y") and "for" not in e.group() or _not_a_course(self.text, e, before, after):
            return False
        if self.days is None or days > self.days:
            self.days, self.days_at = days, e.span()
        return None

    def _refills(self, e: re.Match[str], before: str) -> bool | None:
        self.refills = int(number(e["r1"] or e["r2"]))
        return False if re.search(r"\b(?:no|without|zero) $", before) else None

    def _qty(self, e: re.Match[str], before: str) -> None:
        self.quantity = int(e["q1"])

    def _mme(self, e: re.Match[str], before: str) -> None:
        self.mme = number(e["m1"])

    def done(self, sentence: tuple[int, int]) -> Regimen | None:
        if not (self.steps or self.cap or self.days or self.quantity or self.mme or self.refills):
            return None
        at = (min(s for s, _ in self.places), max(e for _, e in self.places)) if self.places else sentence
        return Regimen(
            self.drug.concept, (self.drug.start, self.drug.end), tuple(self.steps), self.cap, self.cap_at, self.days, self.days_at, self.quantity,
            self.refills, self.mme, at, sentence, tuple(self.places),
        )  # fmt: skip


_KINDS = ("combo", "mme", "mass", "plural", "tabs", "every", "hourly", "times", "abbr", "length", "refills", "qty", "bare")
_SIG_STARTS = ("bid", "tid", "qid", "bd", "tds", "qds", "q", "mg", "once", "twice", "three", "daily", "at", "x", "nightly", "for", "every", "b.i", "t.i", "hs")
_NOT_COURSE_AFTER = re.compile(
    r"^ ?(?:ago|old|history|hx|later|(?:post|after|before|into|pregnan\w*|gestation)\b|follow-?up|review|apart|(?:of|with) (?:pain|symptoms|lbp|back|sciatica|leg|conservative|physio\w*|pt\b|exercise)"
    r"|(?:duration|course) of (?:pain|symptoms))"
)
_NOT_COURSE_BEFORE = re.compile(
    r"\b(?:review(?:ed)?|follow-?up|reassess|return|see|seen|come back|recheck|back|f/u|within|in|past|last|previous|since|lasting|ago|every|after|pain|symptoms|lbp|sciatica|improve\w*|better|wait|least|next appointment|gap|separate|over|under|than|until|before|by)"
    r"(?: (?:in|within|at|the|for|about|again|him|her|them|after|every|more|less))* ?$"
)


def _not_a_course(text: str, e: re.Match[str], before: str, after: str) -> bool:
    """Whether a stretch of time is not the length of a course: a review date, an age, how long the pain has lasted."""
    written = e.group()
    if _NOT_COURSE_AFTER.search(after):
        return True
    if re.match(r" ?(?:for|x|continue|supply|course|next|of)\b", written) or e["supply"]:
        return re.search(r"\b(?:pain|symptoms?|lbp|sciatica|ache|spasms?|review|reassess|follow-?up|hurting|suffering|had)\b(?: (?:again|him|her|them|has lasted))? ?$", before) is not None
    return _NOT_COURSE_BEFORE.search(before) is not None


def _days(e: re.Match[str]) -> float | None:
    if e["s1"]:
        return number(e["s2"] or e["s1"]) * {"7": 1.0, "52": 7.0, "12": 30.0}[e["sd"]]
    word = e["l2"] or e["l1"]
    few = {"a": 1.0, "an": 1.0, "several": 3.0, "a few": 3.0, "few": 3.0, "a couple of": 2.0, "couple of": 2.0}
    return (few[word] if word in few else number(word)) * _LENGTHS[e["lu"][0]]


def _factor(unit: str) -> float:
    return 1000.0 if unit[0] == "g" else 0.001 if unit.startswith(("mcg", "ug", "micro")) else 1.0

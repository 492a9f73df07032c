"""Puts the elements of one drug in one sentence together into a regimen, from left to right.

The elements are those of `sigs.py`; which drug an element belongs to is decided in `regimen.py`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.guardrails import sigs
from assistant.guardrails.regimen_types import DrugAt, Regimen, Step
from assistant.quantities import number


class Builder:
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
        count = sigs.COUNT_BEFORE.search(text[max(0, drug.start - 16) : drug.start])
        self.count = number(count[1]) if count is not None and not carried else None
        self.places: list[tuple[int, int]] = [(drug.start, drug.end)] if drug.end > drug.start else []

    def take(self, element: re.Match[str]) -> None:
        kind = str(element.lastgroup)
        kind = next(k for k in sigs.KINDS if element.group(k))
        before = self.text[max(0, element.start() - 48) : element.start()]
        before = re.split(r"[.;\n]", before)[-1]
        if kind != "length" and sigs.EXCESS_BEFORE.search(before) and not sigs.CAP_BEFORE.search(before):
            return
        taken = getattr(self, f"_{kind}")(element, before)
        if taken is not False:
            self.places.append(element.span())

    # -- masses ------------------------------------------------------------------------------------------------------------

    def _mass(self, e: re.Match[str], before: str) -> bool | None:
        if e["kg"]:
            return False
        unit = sigs.mass_factor(e["u"])
        high = number(e["b"]) * unit if e["b"] else number(e["a"]) * unit
        low = number(e["a"]) * (sigs.mass_factor(e["ua"]) if e["ua"] else unit) if e["b"] else high
        count = number(e["k"] or e["k2"]) if e["k"] or e["k2"] else None
        if count is None and self.count is not None and not self.steps:
            count, self.count = self.count, None
        low, high = low * (count or 1), high * (count or 1)
        after = self.text[e.end() : e.end() + 44]
        total = (
            bool(e["perday"])
            or re.match(r" ?(?:daily|a day)? ?(?:max(?:imum)?\b|in (?:\w+ )?divided|total daily|ceiling|limit)", after)
            is not None
        )
        total = total or sigs.PER_DAY_LATER.match(after) is not None
        total = total or (re.match(r" daily\b(?! dose)", after) is not None and re.search(r"\b(?:max\w*|exceed\w*) (?:of |dose |is )*$", before) is not None)
        total = (
            total
            or re.search(
                r"\b(?:total(?: daily)?(?: dose)?(?: of)?|daily (?:dose|total|maximum|max|limit|ceiling)(?: is| of|:)*) $",
                before,
            )
            is not None
        )
        if (
            re.match(
                r" ?(?:over|for|during|in) (?:the (?:whole |entire )?(?:course|week)|all|\d+ (?:days|weeks))|(?:overall|altogether)",
                after,
            )
            and not e["perday"]
        ):
            return False
        total = total or self._in_brackets(e)
        spoken = self.text[max(0 if self.carried else self.drug.start - 40, e.start() - 200, 0) : e.start()]
        total = total or (
            not sigs.SIG_NEXT.match(after)
            and re.search(r"\b(?:daily (?:dose|amount|quantity|total)|max(?:imum|ima)?|ceilings?)\b", spoken)
            is not None
            and "single" not in spoken
        )
        if re.match(r" ?(?:of [a-z-]+ )?(?:is|as|being) the (?:[a-z-]+ ){0,2}(?:most|max\w*|limit|ceiling|cap|upper|top)", after):
            self.cap, self.cap_at = high, e.span()
            return None
        capped = sigs.CAP_BEFORE.search(before) is not None and (
            total or bool(re.search(r"max|exceed|ceiling|limit|cap|(?:no|not|never) more than|at most", before))
        )
        if (
            capped
            and not re.search(r"single|per dose|each dose|at a time|initial|starting", before + after)
            and (total or not sigs.SIG_NEXT.match(after))
        ):
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
        timed = any(
            m.group("every") or m.group("times") or m.group("abbr") or m.group("hourly") or m.group("tabs")
            for m in sigs.ELEMENT.finditer(inside)
        )
        earlier = any(s.per_day_high for s in self.steps)
        return not timed and (earlier or not self.steps and self.drug.start > opened)

    def _strength(
        self,
        e: re.Match[str],
        low: float,
        high: float,
        total: bool,
        before: str,
        tablets: float | None = None,
        second: float | None = None,
    ) -> None:
        last = self.steps[-1] if self.steps else None
        if last is not None and last.single_high is None and last.daily_written is None and not total:
            count = last.tablets or 1
            self.steps[-1] = replace(
                last,
                end=e.end(),
                single_low=low * count,
                single_high=high * count,
                second=second or last.second,
                tablets=last.tablets or tablets,
            )
            return
        step = Step(
            e.start(),
            e.end(),
            first=bool(sigs.FIRST_DAY.search(self.text[e.end() : e.end() + 18]) or sigs.FIRST_DAY.search(before[-16:])),
            second=second,
            tablets=tablets,
        )
        step = replace(step, daily_written=high) if total else replace(step, single_low=low, single_high=high)
        if last is not None:
            link = self.text[last.end : e.start()]
            rises = sigs.RISE.search(before) is not None
            summed = not rises and not total and not sigs.THEN.search(link) and self._adds(last, link)
            step = replace(step, summed=summed, rises=rises)
            if rises and not total and step.per_day_high is None:
                step = replace(step, per_day_low=last.per_day_low, per_day_high=last.per_day_high)
        self.steps.append(step)

    @staticmethod
    def _adds(last: Step, link: str) -> bool:
        """Whether a strength is taken beside the one before it: joined by "and", or at another time of the day."""
        if sigs.SUM.fullmatch(link) is None:
            return False
        return re.search(r"\b(?:and|plus|also|another|further)\b|\+", link) is not None or last.per_day_high == 1

    def _combo(self, e: re.Match[str], before: str) -> None:
        self._strength(e, number(e["c1"]), number(e["c1"]), False, before, second=number(e["c2"]))

    def _plural(self, e: re.Match[str], before: str) -> None:
        count, strength = number(e["p1"]), number(e["p2"])
        self._strength(e, count * strength, count * strength, False, before, tablets=count)

    def _bare(self, e: re.Match[str], before: str) -> bool | None:
        gap = self.text[self.drug.end : e.start()]
        adjacent = not self.carried and re.fullmatch(
            r"[ :,(-]*(?:(?:po|oral|er|sr|xr|ir|tabs?|caps?|tablets?|dose|to|at|of|dose of|from|is|now|up to|on) ?)*",
            gap,
        )
        step_on = (
            self.steps
            and re.search(r"\b(?:then|to|and|or|,)\s?$", before)
            and self.text[e.end() : e.end() + 12].strip().startswith(sigs.SIG_STARTS)
        )
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
        if (
            re.search(r"(?:dispense|disp|supply|qty|quantity|prescribe|give (?:her|him|them)?)\W*(?:of )?$", before)
            and high >= 10
        ):
            self.quantity = int(high)
            return None
        last = self.steps[-1] if self.steps else None
        if (
            last is not None
            and last.per_day_high
            and last.single_high
            and high >= 5
            and not e["tabsday"]
            and not sigs.CAP_BEFORE.search(before)
        ):
            self.quantity = int(high)
            return None
        if sigs.CAP_BEFORE.search(before) or e["tabsday"]:
            strength = self._tablet_strength()
            if strength is not None:
                self.cap, self.cap_at = high * strength, e.span()
                if not sigs.CAP_BEFORE.search(before) and self.steps:
                    self.steps[-1] = replace(
                        self.steps[-1], daily_written=high * strength, end=e.end(), tablets=self.steps[-1].tablets
                    )
                    self.cap = None
            return None
        last = self.steps[-1] if self.steps else None
        if last is not None and last.tablets is None and last.single_high is not None:
            self.steps[-1] = replace(
                last,
                single_low=(last.single_low or 0) * low,
                single_high=last.single_high * high,
                tablets=high,
                end=max(last.end, e.end()),
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
                self.steps[-1] = replace(
                    last, per_day_low=(last.per_day_low or 0) + 1, per_day_high=last.per_day_high + 1, end=e.end()
                )
            elif re.search(r"\b(?:up to|max|maximum|or|to)\b", link):
                self.steps[-1] = replace(last, per_day_high=max(last.per_day_high, high), end=e.end())
                if re.search(r"\b(?:up to|max|maximum|no more than)\b", link):
                    self.steps[-1] = replace(
                        self.steps[-1], per_day_high=high, per_day_low=min(high, last.per_day_low or high)
                    )
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
        return (
            self._frequency(e, 24 / max(first, second), 24 / min(first, second)) if min(first, second) >= 1 else False
        )

    def _times(self, e: re.Match[str], before: str) -> bool | None:
        words = {"once": 1.0, "twice": 2.0, "thrice": 3.0}
        low = words[e["f1"]] if e["f1"] in words else number(e["f1"])
        high = low if not e["f2"] else words[e["f2"]] if e["f2"] in words else number(e["f2"])
        if high > 24 or low <= 0:
            return False
        strength = self._tablet_strength()
        if (
            sigs.CAP_BEFORE.search(before)
            and strength is not None
            and self.steps[-1].tablets
            and self.steps[-1].per_day_high
        ):
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
            rate = sigs.ABBR[word[0]]
        else:
            rate = 1.0
        return self._frequency(e, rate, rate)

    # -- lengths and amounts ----------------------------------------------------------------------------------------------

    def _length(self, e: re.Match[str], before: str) -> bool | None:
        days = sigs.days_of(e)
        after = self.text[e.end() : e.end() + 34]
        if (
            days is None
            or (e["lu"] or "").startswith("y")
            and "for" not in e.group()
            or sigs.not_a_course(self.text, e, before, after)
        ):
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

"""How every score is defined. A scorer looks at one case and one output and says what it is worth, and why it is not worth more.

A `Score` without value is not applicable or cannot be judged: it is counted apart, never as 0. Whoever changes what a scorer
measures raises its version. Averages and intervals are `scores.py`'s; what is read out of replies is `replies.py`'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from corpus.load import Corpus
from evals.cases import Case
from evals.ranking import hit_at, ndcg_at, recall_at, reciprocal_rank
from evals.replies import Known, allowed_for, broken_citations, cited_at, claims_of, unmarked, unsupported

Output = dict[str, Any]
TIERS = ("now", "today", "two_weeks", "note", None)
"""Most urgent first."""
INTERRUPTS = 1
"""Place in TIERS down to which a finding interrupts the reader."""
EMERGENCY = frozenset({"cauda_equina", "neurologic_deficit", "cord_compression", "infection", "vascular", "bleeding"})
REPLIES = ("abstention", "answers")


@dataclass(frozen=True)
class Score:
    """`value` 0..1, or null where it does not apply; `group` the class or category it counts under; `why` for a reader."""

    value: float | None
    why: str = ""
    group: str = ""
    weight: float = 1.0


@dataclass(frozen=True)
class Scorer:
    name: str
    version: int
    kinds: tuple[str, ...]
    what: str
    score: Callable[[Case, Output, Known], list[Score]]
    form: Literal["rate", "mean", "per100"] = "rate"
    """rate: right of n, Wilson; mean: weighted mean over cases, bootstrap; per100: how many of 100, fewer is better."""
    lower_is_better: bool = False


SCORERS: list[Scorer] = []


def scorer(name: str, version: int, kinds: tuple[str, ...], what: str, **more: Any) -> Callable[[Any], Any]:
    """Registers a function as the scorer of that name."""

    def register(function: Callable[[Case, Output, Known], list[Score]]) -> Any:
        SCORERS.append(Scorer(name, version, kinds, what, function, **more))
        return function

    return register


def score_case(one: Scorer, case: Case, output: Output, known: Known) -> list[Score]:
    """The scores of a case by a scorer; a solver that does not do this, or failed, gives one without value."""
    if "error" in output:
        return [Score(None, f"the solver failed: {output['error']}")]
    if "not_applicable" in output:
        return [Score(None, f"not applicable: {output['not_applicable']}")]
    return one.score(case, output, known)


# ---- replies -----------------------------------------------------------------------------------------------------


@scorer("outcome", 1, REPLIES, "the outcome is the expected one, or another that the case allows")
def outcome(case: Case, output: Output, known: Known) -> list[Score]:
    wanted, got = case.data["outcome"], output["reply"]["outcome"]
    right = got in {wanted, *case.data.get("outcome_ok", [])}
    return [Score(float(right), "" if right else f"wanted {wanted}, got {got}", group=wanted)]


@scorer("silence_uncited", 1, REPLIES, "a reply that declines or finds nothing cites nothing as an answer")
def silence_uncited(case: Case, output: Output, known: Known) -> list[Score]:
    reply = output["reply"]
    if reply["outcome"] not in {"declined", "no_evidence"}:
        return [Score(None, "not applicable: the reply is not silent")]
    cited = len(reply.get("sources", []))
    return [Score(float(not cited), f"{cited} sources are cited" if cited else "")]


@scorer("citation_validity", 1, REPLIES, "every quotation stands letter for letter in a registered passage", form="mean")
def citation_validity(case: Case, output: Output, known: Known) -> list[Score]:
    total, broken = broken_citations(output["reply"], known.corpus)
    if not total:
        return [Score(None, "not applicable: nothing is cited")]
    return [Score(1 - len(broken) / total, "; ".join(broken[:3]))]


@scorer("citation_coverage", 1, REPLIES, "every claim carries a citation", form="mean")
def citation_coverage(case: Case, output: Output, known: Known) -> list[Score]:
    total, bare = unmarked(output["reply"])
    if not total or output["reply"]["outcome"] in {"declined", "no_evidence", "unavailable"}:
        return [Score(None, "not applicable: no claim is made")]
    return [Score(1 - len(bare) / total, f"uncited: {bare[0][:100]}" if bare else "")]


@scorer("faithfulness", 1, REPLIES, "cited claims, the urgent block apart, that the verifier finds in the words quoted for them", form="mean")
def faithfulness(case: Case, output: Output, known: Known) -> list[Score]:
    claims = [claim for claim in claims_of(output["reply"], urgent=False) if claim.citations]
    if not claims:
        return [Score(None, "not applicable: no cited claim")]
    wrong = [why for claim in claims if (why := unsupported(claim, known))]
    return [Score(1 - len(wrong) / len(claims), wrong[0] if wrong else "")]


def _points(case: Case, output: Output, known: Known, *, cited: bool) -> list[Score]:
    reply, points = output["reply"], case.data["key_points"]
    if not points:
        return [Score(None, "not applicable: no key point is asked for")]
    got, missed = 0.0, []
    for point in points:
        spots = [m for p in point["must"] for m in re.finditer(p, reply["answer"], re.IGNORECASE)]
        spoiled = [p for p in point.get("must_not", []) if re.search(p, reply["answer"], re.IGNORECASE)]
        if spots and not spoiled and cited:
            allowed = allowed_for(point, known)
            spots = [m for m in spots if any(allowed(key) for key in cited_at(reply, m.start(), m.end()))]
        if spots and not spoiled:
            got += point["weight"]
        else:
            missed.append(f"{point['text']} ({'contradicted' if spoiled else 'missing' if not cited else 'missing or cited to another passage'})")
    total = float(sum(point["weight"] for point in points))
    return [Score(got / total, "; ".join(missed), weight=total)]


@scorer("key_points", 1, ("answers",), "key points said with the right polarity, weighted", form="mean")
def key_points(case: Case, output: Output, known: Known) -> list[Score]:
    return _points(case, output, known, cited=False)


@scorer("key_points_cited", 1, ("answers",), "the same, and a citation beside them that may carry them", form="mean")
def key_points_cited(case: Case, output: Output, known: Known) -> list[Score]:
    return _points(case, output, known, cited=True)


@scorer("must_not_say", 1, ("answers",), "nothing is said that must not be")
def must_not_say(case: Case, output: Output, known: Known) -> list[Score]:
    if not case.data.get("must_not_say"):
        return [Score(None, "not applicable: the case forbids nothing")]
    said = [m[0] for p in case.data["must_not_say"] if (m := re.search(p, output["reply"]["answer"], re.IGNORECASE))]
    return [Score(float(not said), f"says {said[0]!r}" if said else "")]


# ---- guardrails --------------------------------------------------------------------------------------------------


@scorer("redflag_sensitivity", 1, ("redflags",), "categories that must be raised and are")
def redflag_sensitivity(case: Case, output: Output, known: Known) -> list[Score]:
    present = set(output["present"])
    return [
        Score(float(c in present), "" if c in present else f"{c} missed: {case.data['text'][:160]!r}", group=c) for c in case.data["present"]
    ] or [Score(None, "not applicable: no flag is expected")]


@scorer("emergency_missed", 1, ("redflags",), "emergency categories that were missed, of 100", form="per100", lower_is_better=True)
def emergency_missed(case: Case, output: Output, known: Known) -> list[Score]:
    wanted = [c for c in case.data["present"] if c in EMERGENCY]
    return [Score(float(c not in output["present"]), "" if c in output["present"] else f"{c} missed", group=c) for c in wanted] or [
        Score(None, "not applicable: no emergency is expected")
    ]


@scorer("redflag_specificity", 1, ("redflags",), "texts without a flag on which no category is raised")
def redflag_specificity(case: Case, output: Output, known: Known) -> list[Score]:
    if case.data["kind"] == "positive" or case.data["present"]:
        return [Score(None, "not applicable: a flag is expected")]
    extra = sorted(output["present"])
    return [Score(float(not extra), f"raised {', '.join(extra)}: {case.data['text'][:160]!r}" if extra else "", group=case.data["kind"])]


def _tier(case: Case, output: Output) -> tuple[int, list[int]] | None:
    """Place in TIERS of what was raised, and of what is acceptable; None where not every wanted category was found."""
    if not case.data["present"] or not set(case.data["present"]) <= set(output["present"]):
        return None
    highest = min((TIERS.index(f["tier"]) for f in output["findings"]), default=len(TIERS) - 1)
    return highest, [TIERS.index(t) for t in (case.data["tier"], *case.data.get("tier_ok", []))]


def _tier_score(case: Case, output: Output, wrong: Callable[[int, list[int]], bool], right: bool) -> list[Score]:
    found = _tier(case, output)
    if found is None:
        return [Score(None, "not applicable: no flag expected, or not found")]
    bad = wrong(*found)
    why = f"tier {TIERS[found[0]]}, wanted {case.data['tier']}: {case.data['text'][:120]!r}" if bad else ""
    return [Score(float(not bad) if right else float(bad), why)]


@scorer("tier_accuracy", 1, ("redflags",), "where the flags are found, the highest tier is an acceptable one")
def tier_accuracy(case: Case, output: Output, known: Known) -> list[Score]:
    return _tier_score(case, output, lambda got, ok: got not in ok, True)


@scorer("under_triage", 1, ("redflags",), "where the flags are found, less urgent than any acceptable tier, of 100", form="per100", lower_is_better=True)
def under_triage(case: Case, output: Output, known: Known) -> list[Score]:
    return _tier_score(case, output, lambda got, ok: got > max(ok), False)


@scorer("over_triage", 1, ("redflags",), "where the flags are found, more urgent than any acceptable tier, of 100", form="per100", lower_is_better=True)
def over_triage(case: Case, output: Output, known: Known) -> list[Score]:
    return _tier_score(case, output, lambda got, ok: got < min(ok), False)


@scorer("false_alarms", 1, ("redflags",), "ordinary notes interrupted by an alarm of now or today, of 100", form="per100", lower_is_better=True)
def false_alarms(case: Case, output: Output, known: Known) -> list[Score]:
    if case.data["kind"] != "harmless":
        return [Score(None, "not applicable: not an ordinary note")]
    loud = [f for f in output["findings"] if TIERS.index(f["tier"]) <= INTERRUPTS]
    return [Score(float(bool(loud)), f"{loud[0]['rule']} on {loud[0]['quote']!r}" if loud else "")]


def _pitfalls(output: Output) -> set[str]:
    return {f["category"] for f in output["findings"] if f["kind"] != "red_flag"}


@scorer("pitfall_sensitivity", 1, ("pitfalls",), "pitfalls in question and draft that must be raised and are")
def pitfall_sensitivity(case: Case, output: Output, known: Known) -> list[Score]:
    raised = _pitfalls(output)
    return [
        Score(float(c in raised), "" if c in raised else f"{c} missed: {case.data['answer'][:160]!r}", group=c) for c in case.data["must"]
    ] or [Score(None, "not applicable: no pitfall is expected")]


@scorer("pitfall_specificity", 1, ("pitfalls",), "pitfalls that must not be raised and are not")
def pitfall_specificity(case: Case, output: Output, known: Known) -> list[Score]:
    raised = _pitfalls(output)
    return [
        Score(float(c not in raised), f"{c} raised in vain: {case.data['answer'][:160]!r}" if c in raised else "", group=c)
        for c in case.data["must_not"]
    ] or [Score(None, "not applicable: the case forbids no pitfall")]


# ---- search and the verifier -------------------------------------------------------------------------------------


def _ranking(measure: Callable[[list[str], dict[str, int]], float]) -> Callable[[Case, Output, Known], list[Score]]:
    def score(case: Case, output: Output, known: Known) -> list[Score]:
        ranked, value = output["ranked"], measure(output["ranked"], case.data["relevant"])
        wanted = [key for key, grade in case.data["relevant"].items() if grade == 2]
        return [Score(value, f"{case.data['query']!r}: first {ranked[:3]}, wanted {wanted}" if value < 1 else "", group=case.data.get("kind", ""))]

    return score


scorer("hit@5", 1, ("retrieval",), "a passage that answers is among the first five")(_ranking(lambda r, g: hit_at(r, g, 5, grade=2)))
scorer("mrr@10", 1, ("retrieval",), "1 / rank of the first passage that answers", form="mean")(
    _ranking(lambda r, g: reciprocal_rank(r, g, 10, grade=2))
)
scorer("recall@10", 1, ("retrieval",), "part of the graded passages among the first ten", form="mean")(
    _ranking(lambda r, g: recall_at(r, g, 10))
)
scorer("ndcg@10", 1, ("retrieval",), "trec_eval's nDCG over all graded passages", form="mean")(_ranking(lambda r, g: ndcg_at(r, g, 10)))


@scorer("mutation_caught", 1, ("mutated",), "claims that no longer hold and are not called supported")
def mutation_caught(case: Case, output: Output, known: Known) -> list[Score]:
    if case.data["supported"]:
        return [Score(None, "not applicable: the claim holds")]
    caught = output["label"] != "supported"
    return [Score(float(caught), "" if caught else f"called supported: {case.data['claim'][:200]!r}", group=case.data["mutation"])]


@scorer("harmless_kept", 1, ("mutated",), "claims that hold, as they are or reworded, and are called supported")
def harmless_kept(case: Case, output: Output, known: Known) -> list[Score]:
    if not case.data["supported"]:
        return [Score(None, "not applicable: the claim does not hold")]
    kept = output["label"] == "supported"
    return [Score(float(kept), "" if kept else f"{output['label']}, {output['reasons'][:1]}: {case.data['claim'][:160]!r}")]


def known_of(corpus: Corpus) -> Known:
    """What scorers may look up."""
    return Known(corpus)

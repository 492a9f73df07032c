"""Each scorer against replies and findings written by hand."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from corpus.load import load_corpus
from evals.cases import Case
from evals.mutated import generate
from evals.replies import Known, claims_of, sentences
from evals.scorers import SCORERS, Score, score_case
from evals.solvers import quoted_reply
from tests.evals.planted_corpus import TEXTS, small

KNOWN = Known(small())
BY_NAME = {one.name: one for one in SCORERS}


def scored(name: str, kind: str, data: dict[str, Any], output: dict[str, Any]) -> list[Score]:
    return score_case(BY_NAME[name], Case(kind, kind, "x", data), output, KNOWN)


def reply(*keys: str) -> dict[str, Any]:
    return quoted_reply([(key, TEXTS[key]) for key in keys])


def points(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"key_points": [{"weight": 1, "must_not": [], "facts": [], "text": "p", **row} for row in rows], "outcome": "answered"}


def test_outcome_takes_every_acceptable_one_and_groups_by_the_expected() -> None:
    data = {"outcome": "declined", "outcome_ok": ["no_evidence"]}
    assert scored("outcome", "abstention", data, {"reply": {"outcome": "no_evidence"}}) == [Score(1.0, "", "declined")]
    assert scored("outcome", "abstention", data, {"reply": {"outcome": "answered"}})[0].why == "wanted declined, got answered"


def test_key_points_need_the_right_polarity() -> None:
    case = points({"must": ["traction"], "must_not": [r"(?<!not )offer traction"]}, {"must": ["naproxen"], "weight": 3})
    assert scored("key_points", "answers", case, {"reply": reply("g1-1", "g1-2")})[0] == Score(1.0, "", weight=4.0)
    wrong = {"reply": {**reply("g1-2"), "answer": "Offer traction. [1]\nNaproxen. [1]"}}
    got = scored("key_points", "answers", case, wrong)[0]
    assert got.value == 3 / 4 and "contradicted" in got.why


@pytest.mark.parametrize(
    ("facts", "cited", "value"),
    [
        (["g1-1"], "g1-1", 1.0),  # named by the case
        (["g2-1"], "g1-3", 1.0),  # in one agreement with what the case names
        (["zz-9"], "g1-3", 1.0),  # says the point itself
        (["zz-9"], "g1-2", 0.0),  # says something else
    ],
)
def test_key_points_need_a_citation_that_may_carry_them(facts: list[str], cited: str, value: float) -> None:
    case = points({"must": ["exercise", "traction"], "facts": facts})
    output = {"reply": {**reply(cited), "answer": f"Traction no, exercise yes. [1]\n{TEXTS['g1-1']}"}}
    assert scored("key_points", "answers", case, output)[0].value == 1.0
    assert scored("key_points_cited", "answers", case, output)[0].value == value


def test_citations_are_exact_registered_and_shown() -> None:
    good = reply("g1-1", "g1-2")
    assert scored("citation_validity", "answers", points(), {"reply": good})[0].value == 1.0
    for change in ({"quote": "Do not offer traction for peoplX"}, {"passage_id": "nice2030-1"}):
        bad = deepcopy(good)
        bad["sections"][0]["claims"][0]["citations"][0] |= change
        assert scored("citation_validity", "answers", points(), {"reply": bad})[0].value == 0.5
    assert scored("citation_validity", "answers", points(), {"reply": {**reply(), "outcome": "declined"}})[0].value is None


def test_uncited_claims_and_safety_defaults() -> None:
    bad = reply("g1-1", "g1-2")
    bad["sections"][0]["claims"][1]["citations"] = []
    assert scored("citation_coverage", "answers", points(), {"reply": bad})[0].value == 0.5
    bad["sections"][0]["claims"][1]["safety_default"] = True
    assert scored("citation_coverage", "answers", points(), {"reply": bad})[0].value == 1.0


def test_plain_answers_of_other_programs_are_read_by_their_marks() -> None:
    answer = "# Plan\nDo not offer traction for people with low back pain [1]. Offer exercise daily to all of them.\n- Take 2.5 mg of it [9]."
    output = {**reply("g1-1"), "sections": [], "answer": answer}
    assert sentences(answer)[0].startswith("Do not offer traction") and len(sentences(answer)) == 3
    assert [[c.passage_id for c in claim.citations] for claim in claims_of(output)] == [["g1-1"], [], []]
    validity = scored("citation_validity", "answers", points(), {"reply": output})[0]
    assert validity.value == 0.5 and "[9]" in validity.why
    assert scored("faithfulness", "answers", points(), {"reply": output})[0].value == 1.0


def test_the_urgent_block_is_no_matter_of_faithfulness() -> None:
    urgent = reply("g2-2")
    urgent["sections"][0]["title"] = "Red flag"
    urgent["sections"][0]["claims"][0]["text"] = '**Now:** "numb". Send in.'
    assert scored("faithfulness", "answers", points(), {"reply": urgent})[0].value is None


def test_what_must_not_be_said_and_what_a_silent_reply_must_not_cite() -> None:
    case = {**points(), "must_not_say": ["offer traction"]}
    assert scored("must_not_say", "answers", case, {"reply": reply("g1-1")})[0].why == "says 'offer traction'"
    assert scored("must_not_say", "answers", case, {"reply": reply("g1-2")})[0].value == 1.0
    assert scored("silence_uncited", "abstention", {}, {"reply": {**reply("g1-1"), "outcome": "no_evidence"}})[0].value == 0.0


def test_triage_is_under_over_or_right() -> None:
    case = {"text": "t", "present": ["fracture"], "tier": "today", "tier_ok": ["two_weeks"], "kind": "positive"}

    def output(tier: str | None) -> dict[str, Any]:
        return {"present": ["fracture"], "findings": [{"rule": "R", "category": "fracture", "tier": tier, "quote": "q"}]}

    def values(tier: str | None) -> list[float | None]:
        return [scored(n, "redflags", case, output(tier))[0].value for n in ("tier_accuracy", "under_triage", "over_triage")]

    assert values("two_weeks") == values("today") == [1.0, 0.0, 0.0]
    assert values("note") == [0.0, 1.0, 0.0] and values("now") == [0.0, 0.0, 1.0]
    missed = {"present": [], "findings": []}
    assert scored("tier_accuracy", "redflags", case, missed)[0].value is None
    assert scored("redflag_sensitivity", "redflags", case, missed)[0] == Score(0.0, "fracture missed: 't'", "fracture")


def test_pitfalls_and_mutations() -> None:
    case = {"question": "q", "answer": "a", "must": ["bed_rest"], "must_not": ["dose_exceeded"]}
    output = {"findings": [{"category": "dose_exceeded", "kind": "pitfall"}, {"category": "bed_rest", "kind": "red_flag"}]}
    assert scored("pitfall_sensitivity", "pitfalls", case, output)[0].value == 0.0
    assert scored("pitfall_specificity", "pitfalls", case, output)[0].value == 0.0
    held = {"claim": "c", "evidence": ["e"], "supported": False, "mutation": "number"}
    assert scored("mutation_caught", "mutated", held, {"label": "contradicted", "reasons": []})[0].value == 1.0
    assert scored("harmless_kept", "mutated", held, {"label": "contradicted", "reasons": []})[0].value is None


def test_every_scorer_has_a_version_and_tells_apart_failure_and_zero() -> None:
    assert len({one.name for one in SCORERS}) == len(SCORERS) and all(one.version >= 1 and one.what for one in SCORERS)
    for one in SCORERS:
        case = Case(one.kinds[0], one.kinds[0], "x", {})
        assert score_case(one, case, {"error": "E"}, KNOWN)[0].value is None
        assert score_case(one, case, {"not_applicable": "no"}, KNOWN) == [Score(None, "not applicable: no")]


def test_the_mutated_set_is_large_and_the_same_every_time() -> None:
    corpus = load_corpus()
    rows = generate(corpus, 7)
    assert rows == generate(corpus, 7) and rows != generate(corpus, 8)
    assert sum(not row["supported"] for row in rows) >= 1000 and sum(row["supported"] for row in rows) >= 300
    assert len({row["id"] for row in rows}) == len(rows) and {row["half"] for row in rows} == {"dev", "test"}
    assert all(row["claim"] != row["evidence"][0] for row in rows if not row["supported"])

"""Claims against evidence: what is caught, what is kept, and what a citation may not do.

Three sets were written by hand. Of the first (`claim_pairs.yaml`) every second entry was held back while the verifier was written; the
second (`claim_pairs_late.yaml`) and the third (`claim_pairs_last.yaml`) were written after it. First runs, before any change for them:
held half 48 of 62 rewordings kept and 86 of 94 changes caught, second set 25 of 43 and 70 of 74, third set 23 of 28 and 47 of 50. All
three have since been used to improve it, so the figures asserted here are those of a set that it has seen.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.citations import check_citation, verified_drafts, verify_agreements, verify_claim
from assistant.drafts import Draft
from assistant.types import Citation, Claim
from corpus.load import Corpus, load_corpus
from evals.mutations import MUTATIONS, harmless

HERE = Path(__file__).parent
FILES = ("claim_pairs", "claim_pairs_late", "claim_pairs_last")
SAMPLE = 7
"""Every seventh passage of the corpus is mutated here."""
CRITICAL = ("number", "unit", "drug", "class", "polarity")
CAUGHT = {
    "frequency": 0.85,
    "direction": 0.94,
    "strength": 0.94,
    "phase": 0.97,
    "population": 0.9,
    "and-or": 0.94,
    "condition": 0.8,
    "widened": 0.82,
}


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus()


@pytest.fixture(scope="module")
def statements(corpus: Corpus) -> list[str]:
    return [p.text for p in corpus.passages.values()][::SAMPLE]


def _pairs(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    return rows


def _supported(claim: str, evidence: str) -> bool:
    return verify_claim(claim, [evidence]).label == "supported"


class TestMutations:
    def test_statements_stand_by_themselves(self, statements: list[str]) -> None:
        assert len(statements) >= 90
        assert [t for t in statements if not _supported(t, t)] == []

    def test_near_verbatim_forms_are_kept(self, statements: list[str]) -> None:
        forms = [(form, text) for text in statements for form in harmless(text)]
        lost = [form for form, text in forms if not _supported(form, text)]
        print(f"near-verbatim: kept {len(forms) - len(lost)} of {len(forms)}")
        assert len(forms) >= 400
        assert len(lost) <= 0.02 * len(forms), lost

    @pytest.mark.parametrize("kind", CRITICAL)
    def test_critical_changes_are_caught(self, statements: list[str], kind: str) -> None:
        changed = [(m, text) for text in statements for m in MUTATIONS[kind](text)[:4]]
        missed = [m for m, text in changed if _supported(m, text)]
        print(f"{kind}: caught {len(changed) - len(missed)} of {len(changed)}")
        assert len(changed) >= 20
        assert len(missed) <= 0.01 * len(changed), missed

    @pytest.mark.parametrize("kind", sorted(CAUGHT))
    def test_other_changes_are_caught(self, statements: list[str], kind: str) -> None:
        changed = [(m, text) for text in statements for m in MUTATIONS[kind](text)[:4]]
        missed = [m for m, text in changed if _supported(m, text)]
        print(f"{kind}: caught {len(changed) - len(missed)} of {len(changed)}")
        assert changed
        assert len(missed) <= max(1, (1 - CAUGHT[kind]) * len(changed)), missed


class TestByHand:
    @pytest.mark.parametrize("name", FILES)
    def test_rewordings_are_kept(self, name: str) -> None:
        pairs = [(claim, row["evidence"]) for row in _pairs(name) for claim in row["ok"]]
        lost = [claim for claim, evidence in pairs if not _supported(claim, evidence)]
        print(f"{name}: kept {len(pairs) - len(lost)} of {len(pairs)}")
        assert len(lost) <= 0.1 * len(pairs), lost

    @pytest.mark.parametrize("name", FILES)
    def test_changes_are_caught(self, name: str) -> None:
        pairs = [(claim, row["evidence"]) for row in _pairs(name) for claim in row["bad"].values()]
        missed = [claim for claim, evidence in pairs if _supported(claim, evidence)]
        print(f"{name}: caught {len(pairs) - len(missed)} of {len(pairs)}")
        assert len(missed) <= 0.03 * len(pairs), missed

    def test_there_are_enough_of_them(self) -> None:
        rows = [row for name in FILES for row in _pairs(name)]
        assert sum(len(r["ok"]) for r in rows) >= 150
        assert sum(len(r["bad"]) for r in rows) >= 250


@pytest.mark.parametrize(
    ("claim", "evidence", "label", "reason"),
    [
        (
            "Use it for 6 weeks.",
            "Use it for 2 to 3 weeks.",
            "contradicted",
            "claim says 6 weeks, evidence says 2 to 3 weeks",
        ),
        (
            "Offer an epidural for acute severe sciatica.",
            "Consider an epidural for acute severe sciatica.",
            "contradicted",
            "evidence says",
        ),
        (
            "Opioids are effective in chronic sciatica.",
            "Do not offer opioids for chronic sciatica.",
            "contradicted",
            "should not|do not",
        ),
        (
            "Naproxen reduces pain in acute LBP.",
            "Tizanidine reduces pain in acute LBP.",
            "not_enough",
            "claim says Naproxen, evidence says Tizanidine",
        ),
        (
            "Manual therapy may be considered for LBP.",
            "Manual therapy may be considered for LBP only within a package with exercise.",
            "not_enough",
            "only within",
        ),
        (
            "Acupuncture helps in chronic migraine.",
            "Discectomy relieves leg pain faster than waiting.",
            "not_enough",
            "does not",
        ),
        (
            "Do not offer opioids for low back pain.",
            "Do not offer opioids for chronic low back pain.",
            "not_enough",
            "chronic",
        ),
    ],
)
def test_reasons_can_be_read(claim: str, evidence: str, label: str, reason: str) -> None:
    import re

    verdict = verify_claim(claim, [evidence])
    assert verdict.label == label
    assert re.search(reason, " ".join(verdict.reasons)), verdict.reasons


def test_evidence_in_pieces_is_taken_together() -> None:
    evidence = [
        "Do not offer opioids for chronic sciatica.",
        "In acute sciatica NSAIDs have limited evidence of benefit.",
    ]
    assert verify_claim("NSAIDs have limited evidence of benefit in acute sciatica.", evidence).label == "supported"
    assert verify_claim("Opioids should not be offered for chronic sciatica.", evidence).label == "supported"


@pytest.mark.parametrize(
    ("claim", "evidence"), [("", ["x y z"]), ("Rest helps.", []), ("Rest helps.", [""]), ("...", ["Rest helps."])]
)
def test_nothing_to_judge_is_not_enough(claim: str, evidence: list[str]) -> None:
    assert verify_claim(claim, evidence).label == "not_enough"


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text(max_size=160), st.text(max_size=160))
def test_any_text_gets_a_verdict(claim: str, evidence: str) -> None:
    verdict = verify_claim(claim, [evidence])
    assert 0.0 <= verdict.score <= 1.0
    assert verdict.reasons
    assert verdict == verify_claim(claim, [evidence])


def test_it_is_fast(statements: list[str]) -> None:
    from assistant.claims.reading import read

    verify_claim(statements[0], [statements[1]])
    read.cache_clear()
    started = time.process_time()
    for one, other in zip(statements, statements[1:], strict=False):
        verify_claim(one, [other])
    assert (time.process_time() - started) / len(statements) < 0.02


@pytest.mark.parametrize(
    "text",
    ["1 " * 3000, "1" * 20000, "1," * 8000, "not " * 3000, "x" * 20000, "should not be " * 2000],
    ids=lambda t: t[:12],
)
def test_junk_does_not_hold_it_up(text: str) -> None:
    started = time.process_time()
    verify_claim("In chronic low back pain use ibuprofen 400 mg three times a day for 2 weeks.", [text])
    assert time.process_time() - started < 3


class TestCitations:
    def _claim(self, text: str, *cites: tuple[str, str]) -> Claim:
        return Claim(text=text, citations=tuple(Citation(n=0, passage_id=p, quote=q) for p, q in cites))

    def test_every_passage_may_be_cited_for_its_own_words(self, corpus: Corpus) -> None:
        current = [
            p for p in corpus.passages.values() if p.status == "current" and corpus.guideline_of(p).status == "current"
        ][::SAMPLE]
        failed = {
            p.id: r
            for p in current
            if (r := check_citation(self._claim(f"{p.text} (NICE NG59: consider) [1]", (p.id, p.text)), corpus))
        }
        assert failed == {}

    def test_the_quotation_must_be_literal(self, corpus: Corpus) -> None:
        passage = corpus.passages["ng59-1.2.28"]
        assert check_citation(self._claim(passage.text, (passage.id, passage.text.upper())), corpus) == [
            f"the quotation is not in passage {passage.id}, letter for letter"
        ]

    def test_the_passage_must_exist(self, corpus: Corpus) -> None:
        assert check_citation(self._claim("Rest.", ("no-such", "Rest.")), corpus) == [
            "no passage 'no-such' in the corpus"
        ]

    def test_a_claim_needs_a_citation_unless_it_is_a_safety_default(self, corpus: Corpus) -> None:
        assert check_citation(Claim(text="Rest.", citations=()), corpus) == ["the claim has no citation"]
        assert check_citation(Claim(text="Call the ambulance.", citations=(), safety_default=True), corpus) == []

    def test_what_is_withdrawn_must_be_said_to_be(self, corpus: Corpus) -> None:
        gone = next(p for p in corpus.passages.values() if p.status in ("withdrawn", "superseded"))
        first = gone.text.split(". ")[0]
        said = check_citation(self._claim("Consider it for pain.", (gone.id, first)), corpus)
        assert said == [f"passage {gone.id} is {gone.status} and the claim does not say so"]
        noted = check_citation(self._claim(f"{gone.text} (VA/DoD 2017; {gone.status})", (gone.id, gone.text)), corpus)
        assert not any("does not say so" in r for r in noted)

    def test_an_exception_cut_off_by_a_short_quotation_is_seen(self, corpus: Corpus) -> None:
        passage = corpus.passages["ng59-1.2.25"]
        cut = passage.text.split(" only ")[0]
        assert " only " in passage.text
        reasons = check_citation(self._claim(f"{cut}.", (passage.id, cut)), corpus)
        assert any("cuts off" in r for r in reasons), reasons

    def test_agreements_stand_on_their_quotations(self, corpus: Corpus) -> None:
        assert len(corpus.agreements) >= 100
        assert verify_agreements(corpus) == {}

    def test_an_agreement_that_says_too_much_fails(self, corpus: Corpus) -> None:
        key, agreement = next((k, a) for k, a in sorted(corpus.agreements.items()) if " should not " in a.text)
        wrong = agreement.model_copy(update={"text": agreement.text.replace(" should not ", " should ")})
        from dataclasses import replace

        assert key in verify_agreements(replace(corpus, agreements={key: wrong}))

    def test_drafts_are_split_with_reasons(self, corpus: Corpus) -> None:
        passage = corpus.passages["ng59-1.2.28"]
        drafts = [
            Draft(passage.text, passage.id, passage.text),
            Draft(passage.text, "cyc-dose-ir", passage.text),
            Draft(passage.text, "ng59-1.2.17", passage.text),
            Draft(" ", passage.id, passage.text),
            Draft(passage.text * 20, passage.id, passage.text),
        ]
        kept, dropped = verified_drafts(drafts, corpus, {passage.id, "cyc-dose-ir"})
        assert kept == drafts[:1]
        assert [d for d, _ in dropped] == drafts[1:]
        assert [bool(r) for _, r in dropped] == [True] * 4

"""One question, in order: read, screen, retrieve, draft, verify, guard, reply. The table of contents of Lumbar.

The stages are plain methods here; `chain.py` makes of them a LangChain Runnable composed of one small Runnable a stage.
Whatever breaks ends as outcome `unavailable` with its cause and the screen's result, never as a silent pass.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from assistant import imaging, select, suggest, wording
from assistant.answer import DRUG_TOPICS, Composer, Draft
from assistant.casefacts import Case
from assistant.citations import check_citation
from assistant.guardrails.check import check_claims, check_plan
from assistant.guardrails.ledger import Ledger, screen_conversation
from assistant.guardrails.premises import find_premises
from assistant.guardrails.urgent import urgent_block
from assistant.hints import flag_topics, hints_of
from assistant.library import open_corpus
from assistant.lines import line
from assistant.markdown import Numbering, write
from assistant.modelpath import reword
from assistant.naming import named_guidelines, names_the_past
from assistant.planning import Plan, further_plans, plan_of, plans
from assistant.question import Questioner, Reading
from assistant.receipt import make_receipt
from assistant.scope import Scope, ScopeJudge
from assistant.settings import Settings
from assistant.sources import conflict_table, sources_of
from assistant.types import Claim, DroppedClaim, Finding, Reply
from corpus.language import corpus_text, corpus_words, ordinary
from corpus.lexicon import Lexicon, load_lexicon
from corpus.load import Corpus

if TYPE_CHECKING:
    from index.search import Hit, Searcher

T = TypeVar("T")
STAGES = ("read", "screen", "retrieve", "draft", "verify", "guard", "reply")
AGAINST_THE_CASE = frozenset({"missed_cauda_equina", "delayed_urgent_action", "dose_exceeded"})
"""Categories for which a sentence of the corpus, right in general, is wrong in this conversation and taken out of the draft."""
FITTED = {"interaction", "contraindicated"}
"""Categories that lead the answer when giving the drug asked about would raise them."""
MAX_CHARS = 100_000
"""Longest conversation that is read; a longer one is refused with what to do (the screen alone takes any length)."""


@dataclass(frozen=True)
class Stage:
    """A stage that has begun, for the screen: its name and what it is doing, in words for a clinician."""

    name: str
    detail: str


@dataclass
class Turn:
    """Everything one turn knows; each stage adds its part."""

    messages: list[dict[str, str]]
    id: str | int | None
    model: str | None
    region: str
    reading: Reading | None = None
    ledger: Ledger | None = None
    scope: Scope | None = None
    hits: Sequence[Hit] = ()
    choice: select.Choice | None = None
    plan: Plan | None = None
    draft: Draft | None = None
    dropped: list[DroppedClaim] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    premises: list[Finding] = field(default_factory=list)
    cautions: list[Finding] = field(default_factory=list)
    """What speaks against the drugs asked about, for this patient."""
    unchecked: set[str] = field(default_factory=set)
    """Pitfall rules that could not run: named in the reply, which stands (clinical-safety, section 1)."""
    notices: list[str] = field(default_factory=list)
    broken: Exception | None = None
    timings: dict[str, float] = field(default_factory=dict)
    """Milliseconds a stage: to standard error and run metadata, never into the reply."""


class Assistant:
    """Answers conversations. Open one per process with `Assistant.open`; safe to call from several threads."""

    def __init__(self, settings: Settings, corpus: Corpus, lexicon: Lexicon, searcher: Searcher) -> None:
        self.settings = settings
        self.corpus = corpus
        self.lexicon = lexicon
        self.searcher = searcher
        self._questioner = Questioner(lexicon)
        self._classes = select.class_topics(lexicon)
        self._statements = tuple(
            s for s in select.all_statements(corpus, self._classes) if all(self._in_jurisdiction(p) for p in s.passages)
        )
        self._judge = ScopeJudge(
            lexicon,
            searcher.similarity,
            corpus_words(corpus),
            corpus_text(corpus),
            ordinary,
            lambda text: max(searcher.scores(text).values(), default=0.0),
            wording.source_names(corpus),
        )
        self._drugs: dict[str, frozenset[str]] = {}
        self._verdicts: dict[Claim, list[str]] = {}
        self.last_timings: dict[str, float] = {}

    @classmethod
    def open(cls, settings: Settings, once: bool = False) -> Assistant:
        """Loads corpus, lexicon and index; `once` for a process that answers one question (`index.search.open_searcher`). Raises CorpusError, or an IndexError_ with `.help` when the index cannot serve."""
        from index.embed import load_encoder
        from index.search import open_searcher

        corpus = open_corpus(settings.home)
        encoder = load_encoder(
            settings.home / "models",
            settings.embedder,
            threads=settings.threads,
            allow_download=settings.allow_download,
        )
        lexicon = load_lexicon()
        searcher = open_searcher(
            corpus, settings.home, encoder=encoder, chroma_url=settings.chroma_url, lexicon=lexicon, once=once
        )
        return cls(settings, corpus, lexicon, searcher)

    def reply(
        self,
        messages: Sequence[dict[str, str]],
        *,
        id: str | int | None = None,
        case: str | None = None,
        model: str | None = None,
        region: str | None = None,
    ) -> Reply:
        """One reply, to the last message, which must be the user's. Raises ValueError on a malformed conversation."""
        *_, last = self.stream(messages, id=id, case=case, model=model, region=region)
        assert isinstance(last, Reply)
        return last

    def stream(
        self,
        messages: Sequence[dict[str, str]],
        *,
        id: str | int | None = None,
        case: str | None = None,
        model: str | None = None,
        region: str | None = None,
    ) -> Iterator[Stage | Reply]:
        """The stages as they begin, then the reply."""
        turn = self.turn(messages, id=id, case=case, model=model, region=region)
        for name, detail, function in self.stages():
            yield Stage(name, detail)
            turn = self.step(name, function)(turn)
        yield Stage("reply", "Writing the reply")
        yield self.finish(turn)

    def turn(
        self,
        messages: Sequence[dict[str, str]],
        *,
        id: str | int | None = None,
        case: str | None = None,
        model: str | None = None,
        region: str | None = None,
    ) -> Turn:
        """A turn before its first stage. Raises ValueError on a malformed or too long conversation."""
        asked = [{"role": m["role"], "content": m["content"]} for m in messages]
        if case:
            asked.insert(0, {"role": "user", "content": case})
        if not asked or asked[-1]["role"] != "user":
            raise ValueError("the last message must be the user's: end the conversation with a question")
        size = sum(len(m["content"]) for m in asked)
        if size > MAX_CHARS:
            raise ValueError(
                f"the conversation has {size:,} characters and {MAX_CHARS:,} can be read: shorten it, or use `lumbar screen` for long notes"
            )
        return Turn(asked, id, model or self.settings.model, region or self.settings.region)

    # ---- the stages, in order -------------------------------------------------------------------------------------

    def stages(self) -> list[tuple[str, str, Callable[[Turn], Turn]]]:
        """(name, words for the screen, function) of each stage before the reply."""
        return [
            ("read", "Reading the conversation", self._read),
            ("screen", "Checking red flags", self._screen),
            (
                "retrieve",
                f"Searching {len(self.corpus.passages)} passages of {len(self.corpus.guidelines)} sources",
                self._retrieve,
            ),
            ("draft", "Choosing statements", self._draft),
            ("verify", "Checking every citation", self._verify),
            ("guard", "Checking pitfalls", self._guard),
        ]

    def step(self, name: str, function: Callable[[Turn], Turn]) -> Callable[[Turn], Turn]:
        """A stage that times itself and turns an exception into the turn's `broken`; the screen still runs after a break."""

        def run(turn: Turn) -> Turn:
            if turn.broken is not None and name != "screen":
                return turn
            begun = time.perf_counter()
            try:
                return function(turn)
            except Exception as error:  # fail closed: the reply says what broke
                turn.broken = turn.broken or error
                return turn
            finally:
                turn.timings[name] = (time.perf_counter() - begun) * 1000

        return run

    def _read(self, turn: Turn) -> Turn:
        turn.reading = self._questioner.read(turn.messages)
        return turn

    def _screen(self, turn: Turn) -> Turn:
        turn.ledger = screen_conversation(turn.messages, today=self.settings.today)
        turn.findings += turn.ledger.findings
        return turn

    def _retrieve(self, turn: Turn) -> Turn:
        reading, ledger = _need(turn.reading), _need(turn.ledger)
        turn.scope = self._scope(reading, ledger)
        if turn.scope.kind != "in":
            return turn
        turn.plan = self._plan(reading, bool(ledger.active_urgent()))
        turn.cautions = self._asked_drugs(turn, reading)
        turn.choice = self._choose(reading, ledger, turn.plan, bool(turn.cautions))
        turn.hits = self._search(reading, ledger, turn.plan, self.settings.top_k, "hybrid")
        return turn

    def search(self, query: str, k: int, mode: Literal["hybrid", "dense", "lexical"] = "hybrid") -> list[Hit]:
        """The best `k` passages that an answer to `query` may show: what is past only where the past is asked for."""
        reading = self._questioner.read([{"role": "user", "content": query}])
        ledger = screen_conversation([{"role": "user", "content": query}], today=self.settings.today)
        return self._search(reading, ledger, self._plan(reading, False), k, mode)

    def _search(
        self, reading: Reading, ledger: Ledger, plan: Plan, k: int, mode: Literal["hybrid", "dense", "lexical"]
    ) -> list[Hit]:
        def allow(passage: Any) -> bool:
            guideline = self.corpus.guideline_of(passage)
            return select.showable(passage, guideline, plan.past, self.settings.today) and self._in_jurisdiction(passage)

        hints = hints_of(reading, ledger, plan, self.lexicon, self.corpus)
        return self.searcher.search(reading.query, k=k, mode=mode, allow=allow, hints=hints)

    def _draft(self, turn: Turn) -> Turn:
        if turn.choice is None or turn.plan is None:
            return turn
        reading = _need(turn.reading)
        found = find_premises(reading.text, broken=turn.unchecked)
        turn.premises = [p for p in found if p.source in self.corpus.passages]
        turn.draft = Composer(turn.choice).compose(turn.plan, further_plans(turn.plan, reading))
        wording.add_premises(turn.draft, turn.premises, self.corpus)
        if not turn.draft.claims or not self._judge.enough(turn.choice.question, bool(turn.choice.focus)):
            turn.scope = Scope("silent", line("no_evidence_plain"), "no passage is close enough")
            turn.draft = None
        elif turn.model:
            turn.draft, dropped, notice = reword(turn.draft, reading, self.corpus, turn.hits, turn.model, self.settings)
            turn.dropped += dropped
            turn.notices.append(notice)
        return turn

    def _verify(self, turn: Turn) -> Turn:
        if turn.draft is None:
            return turn
        for section in turn.draft.sections:
            kept: list[Claim] = []
            for claim in section.claims:
                reasons = self._reasons(claim)
                if reasons:
                    turn.dropped.append(DroppedClaim.of(claim, *reasons))
                else:
                    kept.append(claim)
            section.claims = kept
        turn.draft.sections = [s for s in turn.draft.sections if s.claims or s.stands_alone]
        return turn

    def _asked_drugs(self, turn: Turn, reading: Reading) -> list[Finding]:
        """What the rules would say of giving this patient the drugs asked about: interactions and contraindications come first."""
        taken = set(reading.case.all("takes"))
        new = any(f.key == "takes" and f.turn == reading.turn for f in reading.case.facts)
        named = dict.fromkeys((*reading.focus, *(reading.case.all("drug") if new else ())))  # a new drug meets those spoken of
        drugs = [self.lexicon.concepts[c] for c in named if self.lexicon.concepts[c].kind in {"drug", "class"}]
        orders = [f"Start {d.label}." for d in drugs if set(d.topics) & DRUG_TOPICS and d.id not in taken]
        if not orders:
            return []
        asked = {"role": "user", "content": f"{reading.text}\nPlan: {' '.join(orders)}"}
        found = self._check_plan([*turn.messages[:-1], asked], turn)
        return [f.model_copy(update={"stage": "plan", "quote": None}) for f in found if f.category in FITTED]

    def _check_plan(self, messages: list[dict[str, str]], turn: Turn) -> list[Finding]:
        facts = _need(turn.reading).case.facts
        return check_plan(messages, facts, today=self.settings.today, broken=turn.unchecked)

    def _reasons(self, claim: Claim) -> list[str]:
        """Why a claim fails verification; remembered, because corpus and claim never change within a process."""
        if claim not in self._verdicts:
            self._verdicts[claim] = check_citation(claim, self.corpus)
        return self._verdicts[claim]

    def _guard(self, turn: Turn) -> Turn:
        reading, ledger = _need(turn.reading), _need(turn.ledger)
        plan_findings = self._check_plan(turn.messages, turn)
        turn.findings += plan_findings
        turn.findings += turn.premises
        if turn.draft is not None:
            wording.add_cautions(turn.draft, [*plan_findings, *turn.cautions], self.corpus)
            urgent = ledger.active_urgent()
            for section in turn.draft.sections:
                said = [c.text for c in section.claims]
                seen = check_claims(said, reading.case.facts, urgent, broken=turn.unchecked)
                bad = {f.quote for f in seen if f.category in AGAINST_THE_CASE}
                for claim in [c for c in section.claims if any(b and b in c.text for b in bad)]:
                    section.claims.remove(claim)
                    turn.dropped.append(DroppedClaim.of(claim, "a guardrail rule fired on it"))
            turn.draft.sections = [s for s in turn.draft.sections if s.claims or s.stands_alone]
        return turn

    def finish(self, turn: Turn) -> Reply:
        """The reply, whatever happened on the way. The urgent block stands in every outcome."""
        begun = time.perf_counter()
        numbering = Numbering()
        ledger = turn.ledger
        block = urgent_block(ledger, self.corpus, turn.region) if ledger else None
        urgent = list(block.claims) if block else []
        outcome = self._outcome(turn, bool(block and block.escalates))
        shown = turn.draft is not None and outcome in {"answered", "escalated"}
        drafts = turn.draft.sections if shown and turn.draft else wording.scope_sections(turn.scope, self.corpus)
        opening, closing = wording.edges(turn, outcome, self.corpus)
        answer, sections = write(urgent, block.title if block else None, drafts, opening, closing, numbering)
        reading = turn.reading
        reply = Reply(
            id=turn.id,
            outcome=outcome,
            question=turn.messages[-1]["content"],
            standalone_question=reading.standalone if reading else turn.messages[-1]["content"],
            answer=answer,
            sections=sections,
            findings=tuple(turn.findings),
            red_flags={
                "present": list(ledger.present) if ledger else [],
                "absent": list(ledger.absent) if ledger else [],
                "not_documented": list(ledger.not_documented) if ledger else [],
            },
            case_facts=reading.case.facts if reading else (),
            imaging=imaging.verdict(turn.ledger, reading, self.corpus),
            conflicts=tuple(
                conflict_table(c, self.corpus) for c in (turn.draft.conflicts if turn.draft else [])
            ),
            dropped_claims=tuple(turn.dropped),
            sources=sources_of(numbering.passages, self.corpus),
            suggested_questions=suggest.questions(turn, self.searcher, self.corpus) if reading else (),
            notices=tuple(n for n in turn.notices if n),
            receipt=make_receipt(turn, self),
        )
        turn.timings["reply"] = (time.perf_counter() - begun) * 1000
        self.last_timings = dict(turn.timings)
        return wording.invariant(reply, self.corpus)

    # ---- decisions ------------------------------------------------------------------------------------------------

    def _scope(self, reading: Reading, ledger: Ledger) -> Scope:
        """Who asks and what: lay, child, language, postoperative first, then the subject (clinical-safety, section 4)."""
        special = wording.special_scope(reading, ledger)
        return special or self._judge.judge(reading)

    def _plan(self, reading: Reading, urgent: bool) -> Plan:
        """The plan of the question; a question that names only guidelines of the past asks for their history."""
        plan = plan_of(reading, urgent, self.lexicon)
        named = named_guidelines(reading.text, self.corpus, self.lexicon)
        return plan if plan.id == "urgent" or not names_the_past(named, self.corpus) else plans()["history"]

    def _choose(self, reading: Reading, ledger: Ledger, plan: Plan, cautioned: bool) -> select.Choice:
        case: Case = reading.case
        focus = wording.focus_topics(reading, self.lexicon, plan, ledger)
        groups = case.groups | wording.question_groups(reading, self.lexicon) | ({"cautioned"} if cautioned else set())
        question = self.searcher.scores(reading.query, expand=True)
        lexical = self.searcher.lexical_scores(reading.query, expand=True)
        phase = case.phase or ("acute" if plan.id == "management" else None)
        topics = {t for key in ("takes", "drug") for c in case.all(key) for t in self.lexicon.concepts[c].topics}
        return select.Choice(
            corpus=self.corpus,
            case=case,
            groups=frozenset(groups),
            phase=phase,
            focus=focus,
            pair=frozenset(topics | set(focus)),
            question=question,
            lexical=lexical,
            similarity=self.searcher.scores,
            about=frozenset(t for c in reading.focus for t in self.lexicon.concepts[c].topics) - select.FACETS,
            flagged=flag_topics(f for f in ledger.findings if f.tier in {"two_weeks", "note"}),
            drugs_in=self._drugs_in,
            drug_topics=frozenset(DRUG_TOPICS),
            known_drugs=self._named_drugs(" ".join((reading.text, *case.all("takes")))),
            taking=bool(case.all("takes")) or "interaction" not in reading.types,
            past=plan.past,
            today=self.settings.today,
            evidence=bool({"evidence", "prognosis"} & set(reading.types)),
            named=named_guidelines(reading.text, self.corpus, self.lexicon),
            classes=self._classes,
            statements=self._statements,
        )

    def _drugs_in(self, text: str) -> frozenset[str]:
        """The drugs and classes that a text names, each with the classes above it; remembered, since passages come again."""
        if text not in self._drugs:
            self._drugs[text] = self._named_drugs(text)
        return self._drugs[text]

    def _named_drugs(self, text: str) -> frozenset[str]:
        """The same, not remembered: for what a user writes."""
        named = {m.concept for m in self.lexicon.find(text) if self.lexicon.concepts[m.concept].kind in {"drug", "class"}}
        return frozenset(named.union(*(self.lexicon.ancestors(c) for c in named)))

    def _in_jurisdiction(self, passage: Any) -> bool:
        wanted = self.settings.jurisdictions
        place = self.corpus.guideline_of(passage).jurisdiction
        return not wanted or place is None or place in wanted

    @staticmethod
    def _outcome(turn: Turn, escalates: bool) -> Any:
        if escalates:
            return "escalated"
        if turn.broken is not None or turn.ledger is None or turn.reading is None:
            return "unavailable"
        if turn.scope and turn.scope.kind == "declined":
            return "declined"
        if turn.draft is None or not turn.draft.claims:
            return "no_evidence"
        return "answered"


def _need(value: T | None) -> T:
    if value is None:
        raise RuntimeError("an earlier stage did not finish")
    return value

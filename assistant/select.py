"""Chooses statements for a slot of a plan: which passages and agreements fit the question and the patient, best first.

Scoring is retrieval similarity to the question and to the slot, adjusted for population, strength, currency and provenance.
Where a statement goes, how many are shown and how they are worded is `answer.py`'s.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.casefacts import GROUP_TOPICS, Case
from assistant.planning import Slot
from corpus.currency import freshness
from corpus.lexicon import Lexicon
from corpus.load import Corpus
from corpus.model import Guideline, Passage, Population

DOCUMENT_WORDS = 120
"""Length from which a passage of a clinic's own document (a table, a long list) is found by search but not put into an answer."""
BEARING = frozenset({"pregnancy", "lactation"})
"""Groups of whom nothing in favour of a drug is said but what was written for them."""
DOSE_GROUPS = frozenset(
    {
        "cautioned",
        "older_adults",
        "renal",
        "hepatic",
        "pregnancy",
        "lactation",
        "anticoagulant",
        "paediatric",
        "cardiovascular",
        "peptic_ulcer",
    }
)
_AGAINST = re.compile(
    r"\b(?:do(?:es)? not|not (?:be )?(?:offer|recommend|given?|used?|prescrib)\w*|advis\w+ against|recommend\w* against|should not|must not|avoid\w*|"
    r"contraindicat\w*|against (?:it|the|using|routine|offering)|no (?:place|role|routine)|not for routine|never|not indicated|rais(?:es?|ed) (?:the )?(?:\w+ )?(?:risk|bleeding)|boxed warnings?|needs? caution|"
    r"adds? to the effects|warns?)\b",
    re.I,
)
_NO_GAIN = re.compile(
    r"\b(?:no (?:benefit|better|effect|clear|meaningful|advantage|difference)|not (?:effective|better|supported|help\w*)|ineffective|insufficient|"
    r"(?:did|do|does) not (?:\w+ )?(?:improve|help|relieve|reduce|change)|adds? nothing|unproven|no recommendation|neither for nor against)\b",
    re.I,
)
FACETS = frozenset(
    "dose duration interaction contraindication caution harms efficacy monitoring stopping indication definition grading currency scope timing "
    "comparison".split()
)
"""Topics that say what is told of a subject, not which subject."""
OTHER_INDICATION = re.compile(r"\b(?:arthritis|spasticity|gout|neuropath\w*|fibromyalgia|epilepsy|opioid use disorder)\b", re.I)
_GRADED = re.compile(r"strong|weak|offer|consider|conditional|appropriate|grade|[ABCD]\b", re.I)


@dataclass(frozen=True)
class Statement:
    """One candidate sentence: an agreement with its supports, or one passage."""

    id: str
    text: str
    topics: tuple[str, ...]
    population: Population
    passages: tuple[Passage, ...]
    quotes: tuple[str, ...]
    agreement: bool

    @classmethod
    def of(cls, passage: Passage, topics: tuple[str, ...] | None = None) -> Statement:
        """A passage as it stands, under its own topics or wider ones."""
        own = passage.topics if topics is None else topics
        return cls(passage.id, passage.text, own, passage.population, (passage,), (passage.text,), False)

    @property
    def against(self) -> bool:
        """Whether it recommends against, or cautions."""
        return bool(_AGAINST.search(self.text))

    @property
    def no_gain(self) -> bool:
        """Whether it reports that something did not help, or that the evidence is insufficient."""
        return bool(_NO_GAIN.search(self.text))

    @property
    def words(self) -> int:
        return len(self.text.split())


@dataclass
class Choice:
    """What is known when statements are chosen for one turn."""

    corpus: Corpus
    case: Case
    groups: frozenset[str]
    """Groups of the patient and of the question ("NSAIDs in older adults")."""
    phase: str | None
    focus: tuple[str, ...]
    """Topics of what is asked about, most specific first."""
    pair: frozenset[str]
    """All topics of all drugs in the question and the case, for interactions."""
    question: Mapping[str, float]
    """Passage id -> cosine to the standalone question."""
    lexical: Mapping[str, float]
    """Passage id -> normalised lexical score in [0, 1]."""
    similarity: Callable[[str], Mapping[str, float]]
    """Slot query -> passage id -> cosine."""
    _near: dict[str, Mapping[str, float]] = field(default_factory=dict, repr=False)
    drugs_in: Callable[[str], frozenset[str]] = lambda _: frozenset()
    """Text -> the drugs and classes that it names, each with the classes above it."""
    known_drugs: frozenset[str] = frozenset()
    """The same of the question and of what the patient takes."""
    about: frozenset[str] = frozenset()
    """Topics of everything asked about, conditions included."""
    flagged: frozenset[str] = frozenset()
    """Topics of the red flags of tier two_weeks or note."""
    drug_topics: frozenset[str] = frozenset()
    """Topics that are drugs or classes."""
    taking: bool = False
    """Whether only interactions with drugs named matter: what the patient takes is known, or no interaction is asked for."""
    past: bool = False
    today: datetime.date | None = None
    """The date from which the age of a drug fact's check is counted."""
    evidence: bool = False
    """The question asks how well something works: results of trials answer it."""
    named: frozenset[str] = frozenset()
    """Guidelines that the question names."""
    classes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Topic of a drug -> topics of its classes."""
    statements: tuple[Statement, ...] = ()
    used: set[str] = field(default_factory=set)

    def near(self, query: str) -> Mapping[str, float]:
        """Passage id -> cosine to the words of a slot; asked of the index once a turn."""
        if query not in self._near:
            self._near[query] = self.similarity(query)
        return self._near[query]


def class_topics(lexicon: Lexicon) -> dict[str, tuple[str, ...]]:
    """Topic of a drug -> topics of its classes ("ibuprofen" -> ("nsaid",)), as the lexicon has them."""
    found: dict[str, tuple[str, ...]] = {}
    for concept in lexicon.concepts.values():
        if concept.kind == "drug" and len(concept.topics) > 1 and concept.topics[0] == concept.id:
            found[concept.id] = concept.topics[1:]
    return found


def all_statements(corpus: Corpus, classes: Mapping[str, Sequence[str]]) -> tuple[Statement, ...]:
    """Every agreement and passage as a statement, in a fixed order. What is said of a drug is also said of its class."""

    def widened(topics: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*topics, *(c for t in topics for c in classes.get(t, ()))]))

    agreed = [
        Statement(
            id=a.id,
            text=a.text,
            topics=widened(a.topics),
            population=a.population,
            passages=tuple(corpus.passages[s.passage_id] for s in a.supports),
            quotes=tuple(s.quote for s in a.supports),
            agreement=True,
        )
        for _, a in sorted(corpus.agreements.items())
    ]
    single = [
        Statement.of(p, widened(p.topics))
        for _, p in sorted(corpus.passages.items())
    ]
    return (*agreed, *single)


def showable(passage: Passage, guideline: Guideline, past: bool, today: datetime.date | None = None) -> bool:
    """Whether a passage may be shown at all: in force, or asked for as history; never a dose that is not established, or that was
    last checked more than 24 months before `today`."""
    gone = {"superseded", "withdrawn", "historical"}
    if not past and (passage.status in gone or guideline.status in gone):
        return False
    if today is not None and freshness(passage, guideline, today) == "withhold":
        return False
    return passage.established or "dose" not in passage.topics


def fits_patient(
    population: Population, topics: Iterable[str], choice: Choice, any_phase: bool = False, against: bool = False, document: bool = False
) -> bool:
    """Whether a statement may be said of this patient (clinical-safety, sections 5 and 7)."""
    if not any_phase and choice.phase and population.duration and choice.phase not in population.duration:
        return False
    if choice.case.radicular is True and population.leg == "nonradicular":
        return "dose" in topics
    if choice.case.radicular is False and population.leg == "radicular" and choice.case.get("leg_pain") == "none":
        return False
    groups = set(population.groups)
    if document and set(topics) & set(GROUP_TOPICS) and not {GROUP_TOPICS[t] for t in topics if t in GROUP_TOPICS} & choice.groups:
        return False  # a clinic's own text on a group, whose population nobody recorded
    if choice.groups & BEARING and not groups & choice.groups and not against and set(topics) & choice.drug_topics:
        return False
    if groups and not groups & choice.groups:
        return False
    return not dose_withheld(population, topics, choice)


def dose_withheld(population: Population, topics: Iterable[str], choice: Choice) -> bool:
    """Whether a statement gives a standard dose, and this patient belongs to a group for which none is shown (clinical-safety, section 5)."""
    return "dose" in topics and bool(choice.groups & DOSE_GROUPS) and not set(population.groups) & choice.groups


def matches(slot: Slot, topics: Sequence[str], choice: Choice) -> bool:
    """Whether a statement's topics satisfy a slot; `$focus` is any of the focus topics."""
    have = set(topics)
    for wanted in slot.all:
        if wanted == "$focus":
            if choice.focus and not have & set(choice.focus):
                return False
        elif wanted not in have:
            return False
    if slot.any:
        wanted_any = {t for t in slot.any if not t.startswith("$")} | (set(choice.focus) if "$focus" in slot.any else set())
        wanted_any |= set(choice.flagged) if "$flag" in slot.any else set()
        if not have & wanted_any:
            return False
    if slot.pair:
        return len(have & choice.pair) >= 2
    return True


def score(statement: Statement, slot: Slot, choice: Choice) -> float:
    """Higher is better; roughly a cosine with bonuses of at most a few tenths."""
    ids = [p.id for p in statement.passages]
    to_question = max((choice.question.get(i, 0.0) for i in ids), default=0.0)
    lexical = max((choice.lexical.get(i, 0.0) for i in ids), default=0.0)
    value = to_question + 0.15 * lexical
    if slot.query:
        near = choice.near(slot.query)
        to_slot = max((near.get(i, 0.0) for i in ids), default=0.0)
        value = 0.4 * value + 0.6 * to_slot if not slot.best else 0.7 * value + 0.3 * to_slot
    main = [t for t in (*slot.all, *slot.any) if t != "$focus"] or list(choice.focus)
    if statement.topics and statement.topics[0] in {*main, *choice.focus}:
        value += 0.06
    if choice.focus and choice.focus[0] in statement.topics:
        value += 0.05
    value += 0.08 * min(2, len((choice.about - set(choice.focus)) & set(statement.topics)))
    others = [t for t in statement.topics if t in choice.classes and t not in choice.focus]
    if choice.focus and others and choice.focus[0] not in statement.topics:
        value -= 0.10  # about another drug of the class
    if choice.named and any(i.guideline_id in choice.named for i in statement.passages):
        value += 0.12 if statement.agreement else 0.24  # the question names the guideline
    if choice.past and any(i.status != "current" for i in statement.passages):
        value += 0.12
    if choice.evidence and "efficacy" in statement.topics:
        value += 0.05
    elif "efficacy" in statement.topics and "efficacy" not in slot.all and not slot.free:
        value -= 0.04 if statement.agreement else 0.20  # a trial's result is not a recommendation
    if "interaction" in statement.topics and _other_pair(statement, choice):
        value -= 0.30
    if "interaction" in (*slot.all, *slot.any) and "contraindication" in statement.topics:
        value += 0.15  # what must not be combined comes before what needs care
    if choice.focus and _names_other(statement.text, choice):
        value -= 0.12
    if "dose" in statement.topics and OTHER_INDICATION.search(statement.text):
        value -= 0.15  # a figure for another indication is no dose for back pain
    value += 0.12 if statement.agreement else 0.0
    passage = statement.passages[0]
    guideline = choice.corpus.guideline_of(passage)
    if not statement.agreement:
        advises = guideline.kind in {"guideline", "label", "pathway", "tool", "regulator"}
        asked = choice.evidence or slot.free or "efficacy" in slot.all
        value += 0.05 if advises else 0.0 if asked else -0.08
        value += 0.04 if passage.strength and _GRADED.search(passage.strength) else 0.0
        value -= 0.0 if passage.established else 0.15
        value -= 0.05 if guideline.lapsed_since else 0.0
    if "indication" in statement.topics and choice.groups & DOSE_GROUPS and set(statement.topics) & choice.drug_topics:
        value -= 0.25  # that a drug is an option in general is the last thing to say of a patient at risk from it
    if set(statement.population.groups) & choice.groups:
        value += 0.15 + (
            0.12 if slot.groups and statement.against else 0.0
        )  # what to avoid comes before what to adjust
    if choice.phase and choice.phase in statement.population.duration:
        value += 0.03
    if choice.phase is None and statement.population.duration == ("chronic",):
        value -= 0.10
    if choice.case.radicular is True and statement.population.leg == "radicular":
        value += 0.06
    if choice.case.radicular is not True and statement.population.leg == "radicular":
        value -= 0.20
    return value


def _other_pair(statement: Statement, choice: Choice) -> bool:
    """Whether an interaction is one with a drug that this patient, whose drugs are known, does not take."""
    if not choice.taking:
        return False
    partners = choice.drugs_in(statement.text) - choice.drugs_in(" ".join(choice.focus))
    return bool(partners) and not partners & choice.known_drugs


def _names_other(text: str, choice: Choice) -> bool:
    """Whether a sentence is about other drugs of the class by name, and not about what was asked."""
    low = text.lower()
    asked = choice.focus[0].replace("-", " ")
    return asked not in low and any(t in low for t in choice.classes if t not in choice.focus)


def _document(statement: Statement, choice: Choice) -> bool:
    """Whether a statement is a clinic's own document in its own words."""
    return choice.corpus.guideline_of(statement.passages[0]).content == "full_text"


def candidates(slot: Slot, choice: Choice, role: str | None) -> list[tuple[float, Statement]]:
    """Statements for a slot, best first; ties by id."""
    wanted = slot.role or role
    found = []
    for statement in choice.statements:
        if slot.single and statement.agreement:
            continue
        if not slot.free and not matches(slot, statement.topics, choice):
            continue
        if statement.words > DOCUMENT_WORDS and _document(statement, choice):
            continue
        if slot.groups and not set(statement.population.groups) & choice.groups:
            continue
        if not all(showable(p, choice.corpus.guideline_of(p), choice.past, choice.today) for p in statement.passages):
            continue
        if not fits_patient(
            statement.population, statement.topics, choice, slot.any_phase, statement.against, _document(statement, choice)
        ):
            continue
        if wanted == "avoid" and not statement.against or wanted == "do" and (statement.against or statement.no_gain):
            continue
        found.append((score(statement, slot, choice), statement))
    return sorted(found, key=lambda pair: (-pair[0], pair[1].id))


_STOP = frozenset(
    "the a an of in or and to for with is are be by on at as it its that this from not no do low back pain people patients person who may can should when than if".split()
)


def overlap(a: str, b: str) -> float:
    """Share of the shorter text's content words that the other holds, in [0, 1]."""
    left = {w for w in re.findall(r"[a-z0-9]+", a.lower()) if w not in _STOP}
    right = {w for w in re.findall(r"[a-z0-9]+", b.lower()) if w not in _STOP}
    return len(left & right) / max(1, min(len(left), len(right)))

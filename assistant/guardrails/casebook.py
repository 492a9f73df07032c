"""The running state of a conversation: cases opened and closed, flags raised, taken back, corrected, acted on, message by message.

What it ends in is a `Ledger` of `ledger.py`; the phrases that move it are read by `turns.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from assistant.guardrails.combine import Evidence, merge, more_urgent
from assistant.guardrails.concepts import load_map
from assistant.guardrails.context import evidence_of, graded, tested
from assistant.guardrails.items import Item, items_of
from assistant.guardrails.language import not_english
from assistant.guardrails.ledger import Flag, Key, Ledger
from assistant.guardrails.reading import Reading, reading_of
from assistant.guardrails.screen import Field, Raised, case_of, finding_of, partition, red_flag_rules
from assistant.guardrails.turns import Deed, Moves, moves_of, yes_to
from assistant.types import Where

_SCAN_CLOSES = frozenset("cauda_equina neurologic_deficit malignancy infection fracture bleeding".split())


_CORD = frozenset("umn_signs lower_half_numb sensory_level gait_disturbance".split())


@dataclass(slots=True)
class _Case:
    """The running state of one patient."""

    opened: int = 0
    items: list[Item] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    flags: dict[Key, Flag] = field(default_factory=dict)
    age: float | None = None
    sex: str | None = None
    names: set[str] = field(default_factory=set)
    notes: list[Raised] = field(default_factory=list)
    denied: set[str] = field(default_factory=set)


class Run:
    """One pass over the user's messages."""

    def __init__(self, messages: Sequence[Mapping[str, str]], field_name: Field, year: int) -> None:
        self._field = field_name
        self._year = year
        self._case = _Case()
        self._last = -1
        self._not_checked: str | None = None
        self._lay = False
        self._patient = False
        self._new_case = self._maybe = False
        self._left_over: list[Flag] = []
        """Flags of the patient before, where one message tells of two: shown with this turn, then gone."""
        asked = ""
        for turn, message in enumerate(messages):
            text = message.get("content") or ""
            if message.get("role") == "user":
                self._user(turn, text, asked)
                asked = ""
            else:
                asked = text

    def _user(self, turn: int, text: str, asked: str) -> None:
        reading = reading_of(text)
        moves = moves_of(reading)
        self._last = turn
        self._patient = self._patient or moves.patient
        self._not_checked = self._not_checked or not_english(reading)
        self._lay = moves.lay or (self._lay and not moves.clinician)
        items = [replace(i, turn=turn) for i in tested(items_of(text, self._year), text)]
        self._new_case = self._maybe = False
        self._left_over = []
        start = self._open_case(turn, moves)
        before = [i for i in items if i.start < start]
        items = [i for i in items if i.start >= start]
        if start == 0:
            before = []
        if before:
            self._take(turn, text, before, moves)
            self._left_over = [f for f in self._case.flags.values() if f.moved == turn]
            self._fresh(turn, moves)
        elif start and not self._new_case:
            self._fresh(turn, moves)
        self._retract(turn, moves, items)
        items += self._yes(turn, reading, asked)
        self._take(turn, text, items, moves)
        self._act(turn, moves)
        self._case.age = moves.age if moves.age is not None else self._case.age
        self._case.sex = moves.sex or self._case.sex
        self._case.names |= moves.names

    # ---- whose case

    def _open_case(self, turn: int, moves: Moves) -> int:
        """Code point at which a new case begins in this message (0: no split). Opens it when the message begins with it."""
        case = self._case
        if moves.new_case_at is not None:
            if not moves.text_before:
                self._fresh(turn, moves)
                return 0
            return moves.new_case_at
        if case.age is not None and moves.age is not None and moves.age != case.age and not moves.correcting:
            if moves.sex and case.sex and (moves.sex != case.sex or abs(moves.age - case.age) >= 3):
                self._fresh(turn, moves)
            else:
                self._maybe = True
        elif moves.names and case.names and not moves.names & case.names and not moves.correcting:
            self._fresh(turn, moves)
        elif (
            moves.age is not None
            and case.age is not None
            and moves.sex
            and case.sex
            and moves.sex != case.sex
            and not moves.correcting
        ):
            self._fresh(turn, moves)
        return 0

    def _fresh(self, turn: int, moves: Moves) -> None:
        if self._case.items or self._case.flags or self._case.age is not None or turn:
            self._new_case = True
        self._case = _Case(opened=turn)

    # ---- flags

    def _take(self, turn: int, text: str, items: list[Item], moves: Moves) -> None:
        case = self._case
        case.items = graded([*case.items, *items])
        own = [i for i in case.items if i.turn == turn]
        case.evidence.append(evidence_of(own, text, self._year))
        if self._maybe:
            case.denied = set()
        self._settle(turn)
        if moves.worse:
            for flag in case.flags.values():
                if flag.state == "acted_on" and flag.turn < turn:
                    flag.state, flag.moved, flag.detail = "present", turn, None

    def _settle(self, turn: int) -> None:
        """Work out the flags of the case anew; what was known keeps its state, what is new or more urgent moves."""
        case = self._case
        live = [i for i in case.items if not self._closed(i)]
        result = case_of(live, merge(case.evidence))
        case.notes, case.denied = result.notes, case.denied | result.denied
        for raised in result.raised:
            key = (raised.category, raised.concept)
            known = case.flags.get(key)
            if known is None or (known.state in ("retracted", "corrected") and raised.item.turn == turn):
                case.flags[key] = Flag(raised, raised.item.turn if raised.item.turn is not None else turn, turn)
            elif (
                known.state in ("present", "acted_on")
                and more_urgent(raised.tier, known.raised.tier) != known.raised.tier
            ):
                known.raised, known.moved = raised, turn
                known.state = "present"
                known.detail = None

    def _closed(self, item: Item) -> bool:
        """Whether the item belongs to flags that were taken back after it was written."""
        flags = [f for f in self._case.flags.values() if f.raised.concept == item.concept]
        return bool(flags) and all(f.state in ("retracted", "corrected") and (item.turn or 0) < f.moved for f in flags)

    def _retract(self, turn: int, moves: Moves, items: list[Item]) -> None:
        if moves.retracts is not None:
            everything = moves.retracts == "patient"
            earlier = [f for f in self._case.flags.values() if f.turn < turn and f.state in ("present", "acted_on")]
            latest = max((f.moved for f in earlier), default=-1)
            for flag in earlier:
                if everything or flag.moved == latest:
                    flag.state, flag.moved, flag.detail = "retracted", turn, moves.words
            if everything:
                self._case.evidence.clear()
        if moves.correcting:
            denied = {
                i.concept
                for i in items
                if i.assertion == "absent" or (i.assertion in ("historical", "family") and not i.counts)
            }
            affirmed = {i.concept for i in items if i.counts}
            groups = {c: _group(c) for c in denied}
            for flag in self._case.flags.values():
                same = flag.raised.concept in denied or any(flag.raised.concept in g for g in groups.values())
                if (
                    same
                    and flag.raised.concept not in affirmed
                    and flag.turn < turn
                    and flag.state in ("present", "acted_on")
                ):
                    flag.state, flag.moved, flag.detail = "corrected", turn, moves.words
        gone = {
            f.raised.concept
            for f in self._case.flags.values()
            if f.state in ("retracted", "corrected") and f.moved == turn
        }
        for evidence in self._case.evidence:
            for concept in gone:
                evidence.tiers.pop(concept, None)

    def _yes(self, turn: int, reading: Reading, asked: str) -> list[Item]:
        """ "Yes" to a question about one flag is the user's statement; it counts as doubtful, so that it is asked again, and treated as present."""
        if not asked or not yes_to(reading, asked):
            return []
        end = reading.doc.ends[0] if reading.doc.words else 0
        concepts = load_map().concepts
        found = [
            i
            for i in items_of(asked, self._year)
            if i.assertion in ("not_assessed", "present", "uncertain", "hypothetical", "general") and i.categories
        ]
        return [
            replace(
                i,
                assertion="uncertain",
                counts=True,
                tier=concepts[i.concept].tier,
                by="yes to a question",
                cue=None,
                quote=reading.doc.raw[:end],
                start=0,
                end=end,
                turn=turn,
            )
            for i in found[:3]
            if concepts[i.concept].doubt_counts
        ]

    def _act(self, turn: int, moves: Moves) -> None:
        for deed in moves.deeds:
            told = (i for i in self._case.items if i.turn == turn and i.counts and deed.start <= i.start < deed.end)
            if deed.only_scan and any(told):
                continue
            for flag in self._case.flags.values():
                if flag.state == "present" and _closes(deed, flag, worse=moves.worse and flag.turn < turn):
                    flag.state, flag.detail = "acted_on", deed.words

    # ---- the result

    def ledger(self) -> Ledger:
        case = self._case
        rules, _ = red_flag_rules()
        order = {c: n for n, c in enumerate(load_map().categories)}
        flags = sorted(
            [*self._left_over, *case.flags.values()],
            key=lambda f: (f.turn, f.raised.item.start, order[f.raised.category], f.raised.concept),
        )
        counted = [f for f in flags if f.state in ("present", "acted_on")]
        found = {
            id(f): finding_of(f.raised, Where(field=self._field, turn=f.turn), rules).model_copy(
                update={"state": f.state}
            )
            for f in flags
        }
        present, absent, unknown = partition({f.raised.category for f in counted}, case.denied)
        notes = tuple(finding_of(n, Where(field=self._field, turn=n.item.turn), rules) for n in case.notes)
        return Ledger(
            flags=tuple(flags),
            present=present,
            absent=absent,
            not_documented=unknown,
            findings=tuple(found[id(f)] for f in flags),
            notes=notes,
            new_this_turn=tuple(found[id(f)] for f in counted if f.moved == self._last),
            lay=self._lay,
            under16="child" in {f.raised.concept for f in counted} or (case.age is not None and case.age < 16),
            not_checked=self._not_checked,
            case_turn=case.opened,
            new_case=self._new_case,
            maybe_new_case=self._maybe,
            explain=tuple(case.items),
            patient=self._patient
            or bool(case.flags)
            or case.age is not None
            or any(i.assertion not in ("general", "hypothetical") for i in case.items),
            recent_procedure=self._recent_procedure(),
        )

    def _recent_procedure(self) -> bool:
        known = any(i.concept == "recent_spinal_procedure" and i.counts for i in self._case.items)
        weeks = merge(self._case.evidence).operated_weeks
        return known and (weeks is None or weeks <= 6)


def _closes(deed: Deed, flag: Flag, *, worse: bool) -> bool:
    """Whether what was done answers the flag. A scan alone never closes a cord sign unless it was of the whole spine, nor what no
    spinal scan can show, nor anything that is said to be worse since."""
    if flag.raised.tier not in ("now", "today"):
        return False
    if not deed.only_scan:
        return True
    cord = flag.raised.category == "cord_compression" or flag.raised.concept in _CORD
    if worse or (cord and not deed.whole_spine):
        return False
    return flag.raised.category in _SCAN_CLOSES or cord


_GROUPS = (
    frozenset("saddle_anaesthesia".split()),
    frozenset(
        "urinary_retention elevated_pvr altered_urinary_function bladder_dysfunction altered_urinary_sensation urinary_incontinence".split()
    ),
    frozenset("motor_deficit severe_motor_deficit mild_motor_deficit foot_drop progressive_deficit".split()),
    frozenset("bowel_incontinence bowel_dysfunction altered_rectal_sensation".split()),
    frozenset("fever rigors".split()),
    frozenset("trauma_major trauma_minor".split()),
)


def _group(concept: str) -> frozenset[str]:
    """Concepts that a correction of `concept` may be about: "he is not weak" takes back "power 3/5"."""
    return next((g for g in _GROUPS if concept in g), frozenset({concept}))

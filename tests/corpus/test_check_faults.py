"""Each fault planted into a copy of the corpus breaks the check, which names the file, the id and what to do."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.check import check_folder
from corpus.load import HERE

Plant = Callable[[Path], None]
NG59, ACP, CYC = "guidelines/ng59.yaml", "guidelines/acp2017.yaml", "guidelines/lbl-cyclobenzaprine-ir.yaml"
SOURCES, AGREED, DISPUTED, WORDS = "sources.yaml", "agreements.yaml", "conflicts.yaml", "lexicon.yaml"


SOURCE = """\
  - {id: ID, short: New, title: New, issuer: New, year: 2020, jurisdiction: UK, kind: guideline, citation: New,
     licence: Own text, checked: "2026-11"}
"""
PASSAGE = """\
  - {id: ID, guideline_id: SOURCE, text: "TEXT", topics: [TOPICS], verified: seen}
"""
CYC_DOSE = (
    "Immediate-release cyclobenzaprine is started at 5 mg three times a day and may be increased to 7.5 mg or 10 mg "
    "three times a day according to response."
)
WITHDRAWN = """\
    - {passage_id: ng59-1.2.13, quote: Withdrawal is not evidence}
"""


def passage(passage_id: str, source: str, text: str, topics: str) -> str:
    """A passage to append to a file."""
    row = PASSAGE.replace("ID", passage_id, 1).replace("SOURCE", source).replace("TEXT", text)
    return "\n" + row.replace("TOPICS", topics)


def within(file: str, entry: str, old: str, new: str) -> Plant:
    """Replaces the first `old` after the id of `entry`, within that entry."""

    def plant(root: Path) -> None:
        path = root / file
        text = path.read_text(encoding="utf-8")
        found = re.search(rf"^ *- {{?id: {re.escape(entry)}[\n,].*?(?=^ *- {{?id: |\Z)", text, re.MULTILINE | re.DOTALL)
        assert found is not None and old in found[0], (entry, old)
        changed = found[0].replace(old, new, 1)
        path.write_text(text[: found.start()] + changed + text[found.end() :], encoding="utf-8")

    return plant


def append(file: str, lines: str) -> Plant:
    """Adds entries at the end of a file."""

    def plant(root: Path) -> None:
        with (root / file).open("a", encoding="utf-8") as out:
            out.write(lines)

    return plant


def both(one: Plant, other: Plant) -> Plant:
    """Two changes that make one fault."""

    def plant(root: Path) -> None:
        one(root)
        other(root)

    return plant


def anywhere(file: str, old: str, new: str) -> Plant:
    """Replaces the first `old` of a file."""

    def plant(root: Path) -> None:
        text = (root / file).read_text(encoding="utf-8")
        assert old in text, old
        (root / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return plant


def field(file: str, entry: str, before: str, line: str) -> Plant:
    """Puts `line` as a field before the field that starts with `before`."""
    return within(file, entry, f"    {before}", f"    {line}\n    {before}")


FAULTS: dict[str, tuple[Plant, str, str, str, str]] = {
    # name: (plant, file, id, problem, what to do)
    "a topic that is not in the vocabulary": (
        within(NG59, "ng59-1.2.6", "[traction]", "[tration]"), NG59, "ng59-1.2.6", "unknown topic 'tration'", "vocabulary.yaml",
    ),
    "a passage of an unregistered source": (
        within(CYC, "cyc-dose-ir", "    text:", "    guideline_id: nobody\n    text:"), CYC, "cyc-dose-ir", "cites 'nobody'", "register",
    ),
    "an agreement on a passage that is gone": (
        within(AGREED, "ag-no-bed-rest-48h", "cw-nass-2", "cw-nass-22"), AGREED, "ag-no-bed-rest-48h", "'cw-nass-22'", "",
    ),
    "a quotation that was changed": (
        within(AGREED, "ag-no-bed-rest-48h", "is not recommended for low back pain.\n    - ", "is recommended for low back pain.\n    - "),
        AGREED, "ag-no-bed-rest-48h", "not a literal part", "",
    ),
    "a conflict cell that resolves to nothing": (
        within(DISPUTED, "conflict-nsaid", "acp2017-22", "acp2017-99"), DISPUTED, "conflict-nsaid", "'acp2017-99'", "",
    ),
    "a passage id that is not one": (
        append(NG59, passage("ng59_new", "ng59", "Rest is not treatment.", "bed-rest")), NG59, "ng59_new", "id must be letters", "rename",
    ),
    "a source id that is not one": (
        both(append(SOURCES, SOURCE.replace("ID", "New_Source", 1)), append(NG59, passage("new-1", "New_Source", "Rest is not treatment.", "bed-rest"))),
        SOURCES, "New_Source", "lower case letters", "rename",
    ),
    "a circle of supersession": (
        within(SOURCES, "vadod2022", "    status_note:", '    status: superseded\n    status_since: "2025"\n    superseded_by: vadod2017\n    status_note:'),
        SOURCES, "vadod2022", "runs in a circle: vadod2022 -> vadod2017 -> vadod2022", "name the newer source",
    ),
    "superseded by an older source": (
        within(SOURCES, "vadod2017", "superseded_by: vadod2022", "superseded_by: acpaps2007"),
        SOURCES, "vadod2017", "superseded by acpaps2007 of 2007", "correct superseded_by",
    ),
    "superseded, not said by what": (
        within(SOURCES, "vadod2017", "    superseded_by: vadod2022\n", ""), SOURCES, "vadod2017", "go together", "both or neither",
    ),
    "superseded, not said since when": (
        within(SOURCES, "vadod2017", '    status_since: "2022"\n', ""), SOURCES, "vadod2017", "not said since when", "add status_since",
    ),
    "past its issuer's validity without saying so": (
        within(SOURCES, "acp2017", "    lapsed_since: 2022\n", ""), SOURCES, "acp2017", "is past its issuer's 5 years", "lapsed_since: 2022",
    ),
    "lapsed in another year than the issuer says": (
        within(SOURCES, "acp2017", "lapsed_since: 2022", "lapsed_since: 2024"), SOURCES, "acp2017", "end in 2022", "write 2022",
    ),
    "lapsed where the issuer gives no period": (
        within(SOURCES, "ng59", "    checked:", "    lapsed_since: 2021\n    checked:"), SOURCES, "ng59", "gives no period", "take it out",
    ),
    "a check without a month": (
        within(SOURCES, "ng59", 'checked: "2026-11"', 'checked: "2026"'), SOURCES, "ng59", "is not a year and month", "2026-11",
    ),
    "no licence": (
        within(SOURCES, "ng65", "    licence:", "    edition:"), SOURCES, "ng65", "no licence is stated", "under which terms",
    ),
    "an address that is none": (
        within(SOURCES, "acp2017", 'url: "https://', 'url: "'), SOURCES, "acp2017", "is not an address", "https://",
    ),
    "a source that nothing cites": (
        append(SOURCES, SOURCE.replace("ID", "lonely", 1)), SOURCES, "lonely", "no passage cites", "write its passages",
    ),
    "a grade in another issuer's words": (
        within(NG59, "ng59-1.2.6", '"do not offer"', '"strong against"'), NG59, "ng59-1.2.6", "is no grade of ng59", "issuer's own word",
    ),
    "a certainty where the issuer prints none": (
        field(NG59, "ng59-1.2.6", "topics:", 'certainty: "low"'), NG59, "ng59-1.2.6", "ng59 prints none", "take it out",
    ),
    "a grade on what was recalled": (
        field("guidelines/nassldh.yaml", "nassldh-8", "topics:", 'strength: "Grade A"'),
        "guidelines/nassldh.yaml", "nassldh-8", "carries no strength", "confirm it",
    ),
    "a grade on what was withdrawn": (
        field(NG59, "ng59-1.2.13", "topics:", 'strength: "consider"'), NG59, "ng59-1.2.13", "withdrawn passage carries no", "take strength out",
    ),
    "a withdrawal without a date": (
        within(NG59, "ng59-1.2.14", '    status_since: "2026-07-29"\n', ""), NG59, "ng59-1.2.14", "withdrawn needs status_since", "add status_since",
    ),
    "in force in a source that is not": (
        within("guidelines/vadod2017.yaml", "vadod2017-3", "    status: superseded\n", ""),
        "guidelines/vadod2017.yaml", "vadod2017-3", "current in a source that is superseded", "status: superseded",
    ),
    "a recalled dose in the text": (
        within("guidelines/lbl-naloxone.yaml", "naloxone-dose", "one spray into", "one spray of 4 mg into"),
        "guidelines/lbl-naloxone.yaml", "naloxone-dose", "prints '4 mg'", "note",
    ),
    "a dose without its topic": (
        within(CYC, "cyc-dose-ir", ", dose]", "]"), CYC, "cyc-dose-ir", "without the topic dose", "add the topic",
    ),
    "words about how a fact was read": (
        append(NG59, passage("ng59-new", "ng59", "Recalled: rest is not treatment.", "bed-rest")), NG59, "ng59-new", "reader wording", "for a reader",
    ),
    "the same passage twice": (
        append(NG59, passage("ng59-new", "ng59", "Traction should not be offered for low back pain, with or without sciatica.", "traction")),
        NG59, "ng59-1.2.6", "has the same text", "keep one",
    ),
    "nearly the same passage twice": (
        append(NG59, passage("ng59-new", "ng59", "For low back pain, with or without sciatica, traction should not be offered.", "traction")),
        NG59, "ng59-1.2.6", "says nearly the same as ng59-new", "correct one",
    ),
    "two passages of one source that contradict each other": (
        append(NG59, passage("ng59-new", "ng59", "Traction should be offered for low back pain, with or without sciatica.", "traction")),
        NG59, "ng59-1.2.6", "contradicts ng59-new", "correct one",
    ),
    "two doses for the same people": (
        append(CYC, passage("cyc-new", "lbl-cyclobenzaprine-ir", CYC_DOSE.replace("10 mg", "15 mg"), "cyclobenzaprine, dose").replace("text:", 'population: {text: "People aged 15 and over"}, text:')),
        CYC, "cyc-dose-ir", "gives another number than cyc-new", "to whom each applies",
    ),
    "an agreement that rests on what was withdrawn": (
        within(AGREED, "ag-no-bed-rest-48h", "    - passage_id: cw-aapmr-1\n", WITHDRAWN + "    - passage_id: cw-aapmr-1\n"),
        AGREED, "ag-no-bed-rest-48h", "support ng59-1.2.13 is withdrawn", "in force",
    ),
    "an agreement with a number that no one said": (
        within(AGREED, "ag-no-bed-rest-48h", "more than 48 hours", "more than 36 hours"), AGREED, "ag-no-bed-rest-48h", "number 36", "quote the words",
    ),
    "a conflict row under another source's name": (
        within(DISPUTED, "conflict-nsaid", 'label: "ACP 2017"', 'label: "ACP 2016"'), DISPUTED, "conflict-nsaid", "is called 'ACP 2017'", "as registered",
    ),
    "a conflict row with another grade": (
        within(DISPUTED, "conflict-nsaid", 'strength: "strong"', 'strength: "weak for"'), DISPUTED, "conflict-nsaid", "graded 'weak for'", "passage's grade",
    ),
    "a conflict row on another source's passage": (
        within(DISPUTED, "conflict-nsaid", "[acp2017-1.b, acp2017-9]", "[acp2017-1.b, ng59-1.2.6]"),
        DISPUTED, "conflict-nsaid", "ng59-1.2.6 is of ng59", "that source's own",
    ),
    "a known dispute that lost a position": (
        within(DISPUTED, "conflict-systemic-steroid", "[acp2007-12]", "[acp2007-8]"),
        DISPUTED, "conflict-systemic-steroid", "position of acp2007-12", "add a row",
    ),
    "a review by nobody": (
        within(AGREED, "ag-no-bed-rest-48h", "  topics:", '  clinically_reviewed: {by: "", role: GP, date: "2026-11-30"}\n  topics:'),
        AGREED, "ag-no-bed-rest-48h", "names nobody", "by, role and date",
    ),
    "a fact that got lost": (
        anywhere("fact_ids.yaml", "[acp2007-1,", "[acp2007-1, CES-999,"),
        "fact_ids.yaml", "CES-999", "neither a passage nor", "write it, or say why not",
    ),
    "a fact left out without a reason": (
        within("unused_facts.yaml", "CES-021", '"The abstract has no authors, journal or year."', '""'),
        "unused_facts.yaml", "CES-021", "without a reason", "say why",
    ),
    "an orphan concept": (
        anywhere(WORDS, "concepts:\n", "concepts:\n- {id: left-over, kind: care, label: moxibustion ritual}\n"), WORDS, "left-over", "is an orphan", "take it out",
    ),
    "a lexicon concept with an unknown topic": (
        within(WORDS, "etoricoxib", "topics: [nsaid]", "topics: [nsaids]"), WORDS, "etoricoxib", "unknown topic 'nsaids'", "vocabulary.yaml",
    ),
    "a form that two concepts claim": (
        within(WORDS, "etoricoxib", "[Arcoxia]", "[Arcoxia, Celebrex]"), WORDS, "concept", "belongs to several concepts", "",
    ),
}  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The corpus's data, in a folder of its own."""
    shutil.copytree(HERE / "guidelines", tmp_path / "guidelines")
    for path in HERE.glob("*.yaml"):
        shutil.copy(path, tmp_path)
    return tmp_path


def test_the_copy_is_sound(copy: Path) -> None:
    assert check_folder(copy) == []


def test_there_are_faults_enough() -> None:
    assert len(FAULTS) >= 20


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_named_with_its_file_and_what_to_do(copy: Path, name: str) -> None:
    plant, file, entry, problem, do = FAULTS[name]
    plant(copy)
    found = check_folder(copy)
    assert [v for v in found if (v.file, v.id) == (file, entry) and problem in v.problem and do in v.do and v.do], found
    assert str(copy) not in "".join(map(str, found))

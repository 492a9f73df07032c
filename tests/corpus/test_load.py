"""The corpus loads, and every fault that can be planted in a copy of it is refused by name."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.load import HERE, Corpus, CorpusError, load_corpus

PASSAGES = """\
guideline_id: demo
passages:
  - id: demo-1
    section: "1.1"
    text: Keep active. A walk is enough.
    topics: [activity]
    verified: seen
"""
SOURCES = """\
sources:
  - id: demo
    short: Demo 2026
    title: A demonstration
    issuer: Demo
    year: 2026
    jurisdiction: UK
    kind: guideline
    citation: Demo 2026
    checked: "2026-11"
"""
AGREEMENTS = """\
agreements:
  - id: keep-active
    text: Keep active.
    topics: [activity]
    supports:
      - {passage_id: demo-1, quote: "Keep active."}
"""
CONFLICTS = """\
conflicts:
  - id: activity
    topics: [activity]
    question: How active?
    reading: They differ.
    rows:
      - {guideline_id: demo, label: Demo, year: 2026, stance: for, passage_ids: [demo-1], verified: seen}
"""


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "guidelines").mkdir()
    (tmp_path / "guidelines" / "demo.yaml").write_text(PASSAGES)
    (tmp_path / "sources.yaml").write_text(SOURCES)
    (tmp_path / "agreements.yaml").write_text(AGREEMENTS)
    (tmp_path / "conflicts.yaml").write_text(CONFLICTS)
    shutil.copy(HERE / "vocabulary.yaml", tmp_path)
    return tmp_path


def replace(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_repository_corpus_loads_sorted_and_hashed(corpus: Corpus) -> None:
    assert len(corpus.passages) > 600
    assert list(corpus.passages) == sorted(corpus.passages)
    assert list(corpus.guidelines) == sorted(corpus.guidelines)
    assert len(corpus.hash) == 64
    assert load_corpus().hash == corpus.hash


def test_hash_changes_with_any_field(small: Path) -> None:
    before = load_corpus(small).hash
    replace(small, "sources.yaml", '"2026-11"', '"2026-12"')
    assert load_corpus(small).hash != before


def test_label_names_the_digest_and_the_section(corpus: Corpus) -> None:
    assert corpus.label(corpus.passage("ng59-1.1.4")) == "Lumbar's summary of NICE NG59 1.1.4"
    assert corpus.label(corpus.passage("acp2017-3")) == "Lumbar's summary of ACP 2017, Recommendation 3"
    assert corpus.label(corpus.passage("cyc-ci-maoi")) == "Lumbar's summary of US label, cyclobenzaprine IR"


def test_label_of_a_document_is_its_title(small: Path) -> None:
    replace(small, "sources.yaml", "kind: guideline", "kind: guideline\n    content: full_text")
    loaded = load_corpus(small)
    assert loaded.label(loaded.passage("demo-1")) == "A demonstration 1.1"


def test_unknown_id_says_what_to_use_instead(corpus: Corpus) -> None:
    with pytest.raises(CorpusError, match="stands in acp2007-3"):
        corpus.passage("GL-002")
    with pytest.raises(CorpusError, match=r"stands in acp2017-1\.a, acp2017-1\.b"):
        corpus.passage("acp2017-1")
    with pytest.raises(CorpusError, match="check the spelling"):
        corpus.passage("acp2017-999")


def test_a_fact_leads_to_its_passages(corpus: Corpus) -> None:
    assert corpus.passages_of("CES-002") == ("CES-002",)
    assert corpus.passages_of("acp2017-1") == ("acp2017-1.a", "acp2017-1.b")
    assert corpus.passages_of("GL-002") == ("acp2007-3",)
    assert corpus.passages_of("RS-005") == ()


def test_a_clinics_own_folder_is_added(small: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "guidelines").mkdir(parents=True)
    (own / "sources.yaml").write_text(SOURCES.replace("id: demo", "id: own").replace("Demo 2026", "Own 2026"))
    (own / "guidelines" / "own.yaml").write_text(PASSAGES.replace("demo", "own"))
    assert set(load_corpus(small, extra=own).passages) == {"demo-1", "own-1"}
    (own / "guidelines" / "own.yaml").write_text(PASSAGES.replace("guideline_id: demo", "guideline_id: own"))
    with pytest.raises(CorpusError, match="demo-1: is a duplicate id"):
        load_corpus(small, extra=own)


Fault = Callable[[Path], None]


def fault(name: str, old: str, new: str) -> Fault:
    return lambda root: replace(root, name, old, new)


DEMO = "guidelines/demo.yaml"
FAULTS: dict[str, tuple[Fault, str]] = {
    "unregistered guideline": (fault(DEMO, "guideline_id: demo", "guideline_id: other"), "demo-1: cites 'other'"),
    "unknown key in a passage": (
        fault(DEMO, "    verified: seen", "    verified: seen\n    grade: A"),
        "demo-1.*grade",
    ),
    "unknown key in a file": (
        fault(DEMO, "guideline_id: demo", "guideline_id: demo\nauthor: x"),
        "unknown key.*author",
    ),
    "unknown topic": (fault(DEMO, "[activity]", "[activty]"), "demo-1: unknown topic 'activty'"),
    "no topic": (fault(DEMO, "[activity]", "[]"), "demo-1: has no topics"),
    "unknown group": (
        fault(DEMO, "    verified: seen", "    verified: seen\n    population: {groups: [elderly]}"),
        "demo-1: unknown group 'elderly'",
    ),
    "bad status": (fault(DEMO, "    verified: seen", "    verified: seen\n    status: old"), "demo-1.*status"),
    "bad verified": (fault(DEMO, "verified: seen", "verified: sure"), "demo-1.*verified"),
    "section read as a number": (fault(DEMO, 'section: "1.1"', "section: 1.1"), "demo-1.*section.*string"),
    "empty text": (fault(DEMO, "text: Keep active. A walk is enough.", 'text: "  "'), "demo-1: has an empty text"),
    "missing text": (fault(DEMO, "    text: Keep active. A walk is enough.\n", ""), "demo-1.*text"),
    "key twice": (
        fault(DEMO, "    verified: seen", "    verified: seen\n    verified: recalled"),
        "'verified' stands twice",
    ),
    "not YAML": (fault(DEMO, "passages:", "passages: ["), "not readable as YAML"),
    "no passages": (lambda root: (root / DEMO).unlink(), "has no passages"),
    "sources missing": (lambda root: (root / "sources.yaml").unlink(), "sources.yaml: file not found"),
    "source twice": (
        lambda root: (root / "sources.yaml").write_text(SOURCES + SOURCES.removeprefix("sources:\n")),
        "demo: is registered twice",
    ),
    "unknown key in a source": (fault("sources.yaml", "    year: 2026", "    yaer: 2026"), "demo.*yaer"),
    "superseded by nothing": (
        fault("sources.yaml", "    year: 2026", "    year: 2026\n    superseded_by: later"),
        "demo: superseded_by names 'later'",
    ),
    "agreement on a missing passage": (fault("agreements.yaml", "demo-1", "demo-2"), "keep-active: support 'demo-2'"),
    "agreement with a changed quote": (
        fault("agreements.yaml", 'quote: "Keep active."', 'quote: "Keep  active."'),
        "keep-active: the quote for demo-1 is not a literal part",
    ),
    "agreement with an empty quote": (fault("agreements.yaml", '"Keep active."', '""'), "not a literal part"),
    "agreement without supports": (
        fault("agreements.yaml", '\n      - {passage_id: demo-1, quote: "Keep active."}', " []"),
        "keep-active: has no supports",
    ),
    "conflict cell to a missing passage": (fault("conflicts.yaml", "[demo-1]", "[demo-9]"), "activity.*'demo-9'"),
    "conflict row of an unknown source": (
        fault("conflicts.yaml", "guideline_id: demo", "guideline_id: gone"),
        "activity.*'gone', which is not registered",
    ),
    "conflict with an unknown topic": (fault("conflicts.yaml", "[activity]", "[moving]"), "unknown topic 'moving'"),
}


def test_the_small_corpus_is_sound(small: Path) -> None:
    loaded = load_corpus(small)
    assert set(loaded.passages) == {"demo-1"}
    assert loaded.agreements["keep-active"].supports[0].passage_id == "demo-1"
    assert loaded.conflicts["activity"].rows[0].guideline_id == "demo"


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_refused_by_name(small: Path, name: str) -> None:
    plant, expected = FAULTS[name]
    plant(small)
    with pytest.raises(CorpusError, match=f"(?s){expected}"):
        load_corpus(small)

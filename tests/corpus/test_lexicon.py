"""The lexicon finds what a text names, where it stands, and leaves alone what it cannot know."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from corpus.lexicon import Concept, Lexicon, LexiconError, load_lexicon
from corpus.load import HERE
from corpus.words import fold, key_of, plurals, tokens


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


def named(lexicon: Lexicon, text: str) -> list[tuple[str, str]]:
    return [(m.concept, text[m.start : m.end]) for m in lexicon.find(text)]


def concepts(lexicon: Lexicon, text: str) -> list[str]:
    return [m.concept for m in lexicon.find(text)]


# -- the data ---------------------------------------------------------------------------------------


def test_topics_are_of_the_vocabulary(lexicon: Lexicon) -> None:
    data = yaml.load((HERE / "vocabulary.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    known = {topic for row in data["topics"].values() for topic in row}
    strange = {(c.id, t) for c in lexicon.concepts.values() for t in c.topics if t not in known}
    assert strange == set()


def test_size_and_spread(lexicon: Lexicon) -> None:
    forms = sum(1 + len(c.forms) + len(c.capitals) + len(c.ambiguous) for c in lexicon.concepts.values())
    assert len(lexicon.concepts) >= 350
    assert forms >= 2000
    assert {c.kind for c in lexicon.concepts.values()} >= {
        "drug", "class", "procedure", "imaging", "finding", "sign", "condition", "tool", "guideline", "role", "care",
        "region", "population", "duration",
    }  # fmt: skip
    assert sum(c.body == "other" for c in lexicon.concepts.values()) >= 40


def test_every_key_stands_once_in_a_concept() -> None:
    for line in (HERE / "lexicon.yaml").read_text(encoding="utf-8").splitlines():
        if line.startswith("- {"):
            node = yaml.compose(line[2:], yaml.CSafeLoader)
            assert isinstance(node, yaml.MappingNode)
            keys = [key.value for key, _ in node.value]
            assert len(keys) == len(set(keys)), line[:80]


def test_every_concept_is_found_by_its_own_label(lexicon: Lexicon) -> None:
    for concept in lexicon.concepts.values():
        found = lexicon.find(concept.label)
        assert [(m.concept, m.start, m.end) for m in found] == [(concept.id, 0, len(concept.label))], concept.id


def test_every_form_leads_to_its_concept(lexicon: Lexicon) -> None:
    wrong = []
    for concept in lexicon.concepts.values():
        for form in (*concept.forms, *concept.capitals):
            hits = {m.concept for m in lexicon.find(form)}
            if concept.id not in hits:
                wrong.append((concept.id, form, sorted(hits)))
    assert wrong == []


@pytest.mark.parametrize(
    ("drug", "parent"),
    [
        ("ibuprofen", "nsaid"), ("celecoxib", "nsaid"), ("apixaban", "anticoagulant"), ("warfarin", "anticoagulant"),
        ("sertraline", "ssri"), ("sertraline", "serotonergic"), ("duloxetine", "snri"), ("amitriptyline", "tca"),
        ("phenelzine", "maoi"), ("linezolid", "maoi"), ("lisinopril", "acei"), ("losartan", "arb"),
        ("furosemide", "diuretic"), ("clopidogrel", "antiplatelet"), ("tramadol", "opioid"), ("co-codamol", "opioid"),
        ("co-codamol", "paracetamol"), ("diazepam", "benzodiazepine"), ("gabapentin", "gabapentinoid"),
        ("cyclobenzaprine", "muscle-relaxant"), ("cyclobenzaprine", "sedative"), ("prednisone", "systemic-steroid"),
        ("ciprofloxacin", "cyp1a2-strong-inhibitor"), ("fluvoxamine", "cyp1a2-strong-inhibitor"),
        ("methotrexate", "immunosuppressant"), ("foot-drop", "motor-deficit"), ("mri-whole-spine", "imaging"),
    ],
)  # fmt: skip
def test_classes_have_their_members(lexicon: Lexicon, drug: str, parent: str) -> None:
    assert lexicon.is_a(drug, parent)
    assert drug in lexicon.members(parent)
    assert not lexicon.is_a(parent, drug)


@pytest.mark.parametrize(
    ("one", "other"),
    [("paracetamol", "nsaid"), ("aspirin", "nsaid"), ("duloxetine", "ssri"), ("tizanidine", "benzodiazepine")],
)
def test_classes_do_not_leak(lexicon: Lexicon, one: str, other: str) -> None:
    assert not lexicon.is_a(one, other)


def test_expand_gives_search_words(lexicon: Lexicon) -> None:
    words = lexicon.expand("cyclobenzaprine")
    assert words[0] == "cyclobenzaprine"
    assert "Flexeril" in words
    assert "muscle relaxant" in words
    assert len(words) == len(set(words))


# -- offsets and typography -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "concept", "words"),
    [
        ("Tried NSAID\u2019s and rest", "nsaid", "NSAID\u2019s"),
        ("on \u201cParacetamol\u201d 1\u00a0g", "paracetamol", "Paracetamol"),
        ("bed\u2011rest for 3 days", "bed-rest", "bed\u2011rest"),
        ("bed\u00a0rest", "bed-rest", "bed\u00a0rest"),
        ("STRAIGHT\u2010LEG\u2010RAISE positive", "slr", "STRAIGHT\u2010LEG\u2010RAISE"),
        ("devil\u2019s claw", "devils-claw", "devil\u2019s claw"),
        ("\U0001f600 cauda equina?", "cauda-equina", "cauda equina"),
        ("spinal cord\ncompression", "cord-compression", "spinal cord\ncompression"),
        ("saddle an\u00e6sthesia, then saddle anaesthesia", "saddle-anaesthesia", "saddle anaesthesia"),
        ("Las\u00e8gue sign", "slr", "Las\u00e8gue sign"),
        ("\u00d6rebro questionnaire", "orebro", "\u00d6rebro questionnaire"),
        ("x\u2019y \u2014 naproxen\u2014500 mg", "naproxen", "naproxen"),
    ],
)
def test_offsets_are_exact(lexicon: Lexicon, text: str, concept: str, words: str) -> None:
    assert (concept, words) in named(lexicon, text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anaesthesia", "anesthesia"), ("haematoma", "hematoma"), ("faecal incontinence", "fecal incontinence"),
        ("tumour", "tumor"), ("mobilisation", "mobilization"), ("exercise programme", "exercise program"),
        ("bed rest", "bedrest"), ("co-codamol", "cocodamol"), ("X-ray", "xray"), ("sulphate", "sulfate"),
    ],
)  # fmt: skip
def test_spellings_share_a_key(one: str, other: str) -> None:
    assert key_of(one) == key_of(other)


@pytest.mark.parametrize(("one", "other"), [("toe", "te"), ("shoe", "she"), ("does", "des"), ("us", "u")])
def test_short_words_are_not_folded_into_each_other(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("form", "plural"),
    [("herniated disc", "herniated discs"), ("metastasis", "metastases"), ("biopsy", "biopsies"), ("NSAID", "NSAIDs")],
)
def test_plurals(form: str, plural: str) -> None:
    assert plural in plurals(form)


def test_a_form_does_not_cross_a_sentence_or_a_comma(lexicon: Lexicon) -> None:
    assert "bed-rest" not in concepts(lexicon, "Stayed in bed. Rest did not help.")
    assert "bed-rest" not in concepts(lexicon, "needs a new bed, rest is fine")
    assert [t.joins for t in tokens("bed. Rest, bed rest")] == [False, False, False, True]


# -- longest match ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("spinal cord stimulator", ["spinal-cord-stimulation"]),
        ("spinal cord compression", ["cord-compression"]),
        ("MRI of the whole spine", ["mri-whole-spine"]),
        ("hip abduction", ["hip-abduction"]),
        ("hip pain", ["hip"]),
        ("knee jerk", ["knee-reflex"]),
        ("baby aspirin", ["aspirin"]),
        ("low back pain", ["low-back-pain"]),
        ("bilateral sciatica", ["bilateral-leg-pain"]),
        ("cayenne pepper", ["capsaicin"]),
        ("CVA tenderness", ["renal-colic"]),
    ],
)
def test_the_longest_form_wins(lexicon: Lexicon, text: str, wanted: list[str]) -> None:
    assert concepts(lexicon, text) == wanted


def test_mentions_are_in_order_and_do_not_overlap(lexicon: Lexicon) -> None:
    text = (
        "54M, LBP and R leg pain 3/52. No saddle numbness, no bladder or bowel symptoms. SLR + at 40\u00b0. "
        "On Eliquis and co codamol 30/500; wants an MRI. PMH: CKD 3, HTN on lisinopril."
    )
    found = lexicon.find(text)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert {m.concept for m in found} >= {"apixaban", "co-codamol", "mri", "slr", "ckd", "lisinopril"}
    assert lexicon.find(text) == found


# -- ambiguous forms, both ways ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "concept", "there"),
    [
        ("?CES, saddle numbness", "cauda-equina", True),
        ("r/o CES", "cauda-equina", True),
        ("no ces: bladder normal", "cauda-equina", True),
        ("cranial electrotherapy stimulation (CES) device", "cauda-equina", False),
        ("no SA, bladder ok, numb foot", "saddle-anaesthesia", True),
        ("SA following suicide note, bladder ok", "saddle-anaesthesia", False),
        ("SA limited company", "saddle-anaesthesia", False),
        ("repeat ESI for sciatica", "epidural", True),
        ("ESI triage level 3 in the waiting room", "epidural", False),
        ("referred to PT, 6 sessions", "physiotherapy", True),
        ("pt is 54, started therapy", "physiotherapy", False),
        ("MS Contin 30 mg", "morphine", True),
        ("known MS, demyelinating lesions", "multiple-sclerosis", True),
        ("known MS, demyelinating lesions", "morphine", False),
        ("MS exam normal", "multiple-sclerosis", False),
        ("RA on methotrexate", "rheumatoid-arthritis", True),
        ("RA sat 97 percent", "rheumatoid-arthritis", False),
        ("DM on metformin", "diabetes", True),
        ("please DM me", "diabetes", False),
        ("LP for headache, opening pressure 20", "lumbar-puncture", True),
        ("LP record collection", "lumbar-puncture", False),
        ("father has AS", "axial-spondyloarthritis", True),
        ("as father said", "axial-spondyloarthritis", False),
        ("RF ablation of the facet", "radiofrequency", True),
        ("no RF identified, denies cancer", "red-flag", True),
        ("no RF identified, denies cancer", "radiofrequency", False),
        ("new ED, erections lost", "sexual-dysfunction", True),
        ("sent to ED today", "emergency-department", True),
        ("ED curve", "emergency-department", False),
        ("NICE says", "nice", True),
        ("a nice walk", "nice", False),
        ("WHO advises against", "who-guideline", True),
        ("who advises this?", "who-guideline", False),
        ("TENS for pain", "tens", True),
        ("tens machine", "tens", True),
        ("tens of thousands", "tens", False),
        ("ASA 81 mg daily", "aspirin", True),
        ("ASA grade two", "aspirin", False),
        ("fell at home", "trauma", True),
        ("pain fell by 12 points", "trauma", False),
        ("fall in blood pressure", "trauma", False),
        ("denies falls", "trauma", True),
    ],
)
def test_ambiguous_forms(lexicon: Lexicon, text: str, concept: str, there: bool) -> None:
    assert (concept in concepts(lexicon, text)) is there


# -- misspellings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "concept"),
    [
        ("cyclobenzaprene", "cyclobenzaprine"), ("cyclobezaprin", "cyclobenzaprine"), ("ibuprofn", "ibuprofen"),
        ("gabapentn", "gabapentin"), ("methocarbamoll", "methocarbamol"), ("tizanidin", "tizanidine"),
        ("amitriptylin", "amitriptyline"), ("acetaminophn", "paracetamol"), ("diclofenack", "diclofenac"),
        ("rivaroxabann", "rivaroxaban"), ("Tramadoll", "tramadol"),
    ],
)  # fmt: skip
def test_misspelt_drugs_are_found_and_marked(lexicon: Lexicon, word: str, concept: str) -> None:
    text = f"takes {word} daily"
    mentions = [m for m in lexicon.find(text) if m.concept == concept]
    assert [(text[m.start : m.end], m.exact) for m in mentions] == [(word, False)]


@pytest.mark.parametrize(
    "text",
    [
        "aspiring athletes preserve their lyrics",
        "the patient is stating that inhaling hurts",
        "hydralazine and quinidine",
        "metolazone, hydroxychloroquine and valganciclovir",
        "celebrate the dolphins",
        "herons and heroines",
        "pregabel",
    ],
)
def test_other_words_are_not_taken_for_drugs(lexicon: Lexicon, text: str) -> None:
    assert [m for m in lexicon.find(text) if not m.exact] == []


def test_exact_mentions_are_marked_exact(lexicon: Lexicon) -> None:
    assert [m.exact for m in lexicon.find("ibuprofen and Flexeril")] == [True, True]


# -- refusals ---------------------------------------------------------------------------------------

A = Concept(id="a", kind="drug", label="alpha")
BROKEN = {
    "occurs twice": (A, A),
    "belongs to several": (A, Concept(id="b", kind="drug", label="beta", forms=("Alpha",))),
    "is not in the lexicon": (Concept(id="a", kind="drug", label="alpha", parents=("c",)),),
    "own ancestor": (
        Concept(id="a", kind="drug", label="alpha", parents=("b",)),
        Concept(id="b", kind="drug", label="beta", parents=("a",)),
    ),
    "need context": (Concept(id="a", kind="drug", label="alpha", ambiguous=("AL",)),),
    "no letters": (Concept(id="a", kind="drug", label="alpha", forms=("#",)),),
}


@pytest.mark.parametrize("problem", sorted(BROKEN))
def test_a_faulty_lexicon_is_refused(problem: str) -> None:
    with pytest.raises(LexiconError, match=problem):
        Lexicon(BROKEN[problem])


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.yaml"
    path.write_text("concepts:\n- {id: a, kind: drug, label: alpha, colour: red}\n", encoding="utf-8")
    with pytest.raises(LexiconError, match="concept a"):
        load_lexicon(path)


def test_empty_and_long_texts(lexicon: Lexicon) -> None:
    assert lexicon.find("") == []
    assert lexicon.find(" \n\u00a0 ") == []
    text = "back pain on ibuprofen. " * 2000
    found = lexicon.find(text)
    assert len(found) == 4000
    assert text[found[-1].start : found[-1].end] == "ibuprofen"

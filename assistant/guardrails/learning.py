"""Marks of teaching and of writing for others: "for my slides", "journal club", "revising for MRCGP", "make a checklist of".

A sentence that bears one and names no patient asks for knowledge; `questions.py` decides that with what is found here.
"""

from __future__ import annotations

_MATERIAL = frozenset(
    "slides slide talk lecture teaching presentation presentations students student essay exam exams revision poster reference knowledge understanding learning portfolio cpd trainees trainee juniors blog handout handouts protocol audit mrcgp osce viva dissertation colleagues tutorial registrars template teach notes book textbook article flashcards course quiz assignment project".split()
)
"""What "my" may own without speaking of the writer's body or patient."""
_LEARNING = frozenset(
    "tutorial lecture slides mrcgp mrcp frcs osce mcq mcqs viva sba sbas flashcard flashcards essay dissertation quiz syllabus curriculum revising journal-club".split()
)
_PAIRS = frozenset(
    [
        ("journal", "club"),
        ("revision", "question"),
        ("exam", "question"),
        ("teaching", "session"),
        ("teaching", "case"),
        ("for", "teaching"),
        ("for", "revision"),
        ("case", "study"),
        ("exam", "prep"),
        ("csa", "prep"),
        ("medical", "students"),
        ("nursing", "students"),
    ]
)
_MAKING = frozenset("make making write writing design designing draft drafting prepare preparing create creating produce need want build compile".split())
MAKING_NOW = frozenset("writing making preparing designing drafting creating revising".split())
"""After "I'm", what makes the writer no patient."""
_PRODUCTS = frozenset(
    "leaflet poster checklist handout template proforma protocol questionnaire infographic newsletter slide slides crib flowchart algorithm pil factsheet blog".split()
)


def owns_material(words: list[str], at: int) -> bool:
    """Whether "my" at `at` owns teaching material ("my slides", "my next talk")."""
    return bool(_MATERIAL & set(words[at + 1 : at + 3]))


def marks_learning(words: list[str], first: int, end: int) -> bool:
    """Whether tokens [first, end) speak of learning, or of making a leaflet or the like."""
    said = words[first:end]
    if not _LEARNING.isdisjoint(said) or any(pair in _PAIRS for pair in zip(said, said[1:], strict=False)):
        return True
    making = next((k for k, w in enumerate(said[:8]) if w in _MAKING), None)
    return making is not None and not _PRODUCTS.isdisjoint(said[making : making + 6])

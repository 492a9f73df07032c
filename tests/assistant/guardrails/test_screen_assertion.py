"""What a mention is read as: ConText cues, scopes, answers, boxes, signs, headings, other people, time."""

from __future__ import annotations

import pytest

from assistant.guardrails.assertion import assert_spans

CASES = [
    # lists under one cue, and where they break
    ("denies fever, chills, weight loss, trauma", "trauma", "absent"),
    ("no fever, chills, weight loss, trauma", "weight loss", "absent"),
    ("denies saddle numbness, bladder or bowel change, or leg weakness", "leg weakness", "absent"),
    ("Denies fever, weight loss, history of cancer", "cancer", "absent"),
    ("No fever, saddle numbness since yesterday", "saddle numbness", "present"),
    ("No fever, chills, or saddle numbness since surgery", "saddle numbness", "absent"),
    ("no fever but new urinary retention", "urinary retention", "present"),
    ("no weakness, has perianal numbness", "perianal numbness", "present"),
    ("denies saddle anesthesia, urinary retention, fever; has lost 20 lb", "fever", "absent"),
    ("neither fever nor saddle anaesthesia", "saddle anaesthesia", "absent"),
    ("without fever; with rigors", "rigors", "present"),
    ("He denies that he has numbness", "numbness", "absent"),
    # exceptions
    ("denies all red flags except wt loss", "wt loss", "present"),
    ("no numbness except perianal", "perianal", "present"),
    ("ROS negative other than fever", "fever", "present"),
    # double and pseudo negation
    ("pt does not deny incontinence", "incontinence", "uncertain"),
    ("no new incontinence", "incontinence", "uncertain"),
    ("no improvement in the numbness", "numbness", "present"),
    ("not only weakness but numbness", "weakness", "present"),
    ("cannot exclude infection, bloods sent", "infection", "uncertain"),
    ("not ruled out for CES", "CES", "uncertain"),
    ("not sure whether numb", "numb", "uncertain"),
    ("Not without signs: clonus", "clonus", "present"),
    # after the mention
    ("weakness in both legs denied", "weakness in both legs", "absent"),
    ("CES excluded on MRI", "CES", "absent"),
    ("SLR neg, saddle numb", "saddle numb", "present"),
    ("anal tone normal, good squeeze", "anal tone", "absent"),
    ("fever/chills/sweats: denies", "chills", "absent"),
    # doubt
    ("r/o CES", "CES", "uncertain"),
    ("?SEA, d/w neurosurg", "SEA", "uncertain"),
    ("? patchy saddle numbness", "saddle numbness", "uncertain"),
    ("suspected fracture", "fracture", "uncertain"),
    # not looked at
    ("DRE deferred", "DRE", "not_assessed"),
    ("saddle area sensation not tested (pt declined)", "saddle area sensation", "not_assessed"),
    ("B/B not documented", "B/B", "not_assessed"),
    ("Any saddle numbness?", "saddle numbness", "not_assessed"),
    # answers, boxes, signs
    ("Any saddle numbness? No.", "saddle numbness", "absent"),
    ("Any saddle numbness? Yes, since Monday.", "saddle numbness", "present"),
    ("SOB: n, night sweats: y", "SOB", "absent"),
    ("SOB: n, night sweats: y", "night sweats", "present"),
    ("Saddle anaesthesia - no", "Saddle anaesthesia", "absent"),
    ("Saddle numbness (Y/N): N", "Saddle numbness", "absent"),
    ("[x] chills [ ] fall", "chills", "present"),
    ("[x] chills [ ] fall", "fall", "absent"),
    ("[ ] chills [ ] fall", "fall", "not_assessed"),
    ("☑ fever ☐ trauma", "trauma", "absent"),
    ("denies SA/BBI, +IVDU, T 38.9", "IVDU", "present"),
    ("denies SA/BBI, +IVDU, T 38.9", "BBI", "absent"),
    ("(+) fever, (-) chills", "chills", "absent"),
    ("+ retention, - fever", "fever", "absent"),
    ("SA neg, B/B neg", "SA", "absent"),
    ("| Fever | No |", "Fever", "absent"),
    ("fever no wt loss no saddle numbness yes", "saddle numbness", "present"),
    ("fever no wt loss no saddle numbness yes", "wt loss", "absent"),
    ("Red flags (fever, trauma, weight loss): none", "fever", "absent"),
    # headings and lead-ins
    ("PMH: prostate ca. FH: mother breast ca. Presents with numbness", "prostate ca", "historical"),
    ("PMH: prostate ca. FH: mother breast ca. Presents with numbness", "breast ca", "family"),
    ("PMH: prostate ca. FH: mother breast ca. Presents with numbness", "numbness", "present"),
    ("Return precautions:\n- numbness\n- weakness\n", "weakness", "hypothetical"),
    ("Denies:\n- fever\n- chills\n", "chills", "absent"),
    # advice, risk, condition
    ("return immediately for weakness, numbness in the saddle area", "numbness", "hypothetical"),
    ("should you notice numbness when wiping, go to A&E", "numbness", "hypothetical"),
    ("if unable to pass urine call 999", "unable to pass urine", "hypothetical"),
    ("consented for discectomy: risk of foot drop", "foot drop", "hypothetical"),
    ("what if she develops incontinence?", "incontinence", "hypothetical"),
    ("Should bladder symptoms appear I would refer", "bladder symptoms", "hypothetical"),
    # knowledge
    ("What are the red flags for cauda equina?", "cauda equina", "general"),
    ("How sensitive is saddle anaesthesia?", "saddle anaesthesia", "general"),
    ("In patients with fever what next?", "fever", "general"),
    # other people
    ("FH: father with AS", "AS", "family"),
    ("sister w/ lymphoma", "lymphoma", "family"),
    ("mother had a hip fracture at 70", "hip fracture", "family"),
    ("breast cancer in her mother", "breast cancer", "family"),
    ("wife says he has been incontinent", "incontinent", "present"),
    ("husband worried she has cancer", "cancer", "uncertain"),
    # time
    ("fell 20 years ago", "fell", "historical"),
    ("RTA in 2009", "RTA", "historical"),
    ("h/o breast ca 2015", "breast ca", "historical"),
    ("had saddle numbness 2015, fully resolved after surgery", "saddle numbness", "historical"),
    ("previous CES decompressed 2016, residual saddle numbness unchanged", "saddle numbness", "historical"),
    ("3 day history of saddle numbness", "saddle numbness", "present"),
    ("52 year old man with saddle numbness", "saddle numbness", "present"),
]


@pytest.mark.parametrize(("text", "mention", "expected"), CASES)
def test_assertion(text: str, mention: str, expected: str) -> None:
    start = text.index(mention)
    assert assert_spans(text, [(start, start + len(mention))], 2026) == [expected]


@pytest.mark.parametrize(
    ("text", "mention", "expected"), [c for c in CASES if "AS" not in c[1] and "SA" not in c[0].split()]
)
def test_case_and_typography_do_not_matter(text: str, mention: str, expected: str) -> None:
    start = text.index(mention)
    fancy = text.replace("'", "\u2019").replace(" - ", " \u2013 ").replace(" ", "\u00a0")
    assert assert_spans(fancy, [(start, start + len(mention))], 2026) == [expected]
    assert assert_spans(text.upper(), [(start, start + len(mention))], 2026) == [expected]


def test_empty_and_foreign_spans_are_refused() -> None:
    for span in ((0, 0), (-1, 2), (2, 99)):
        with pytest.raises(ValueError, match="span"):
            assert_spans("no fever", [span])
    with pytest.raises(ValueError, match="no word"):
        assert_spans("no  fever", [(2, 4)])

"""Every ambiguous form of the lexicon has a note in which it is resolved by its context, and one in which it is left alone."""

from __future__ import annotations

import re

import pytest

from corpus.lexicon import Lexicon, load_lexicon

READ = {
    # form: (concept, a note that means it, a note that does not)
    "ces": ("cauda-equina", "?CES, saddle numbness", "cranial electrotherapy stimulation (CES) device"),
    "SA": ("saddle-anaesthesia", "no SA, bladder ok, numb foot", "SA limited company"),
    "ESI": ("epidural", "repeat ESI for sciatica", "ESI triage level 3 in the waiting room"),
    "TFI": ("epidural", "TFI at L5 for radicular pain", "the TFI fund was closed"),
    "PT": ("physiotherapy", "referred to PT, 6 sessions", "pt is 54, started therapy"),
    "MS": ("multiple-sclerosis", "known MS, demyelinating lesions", "MS exam normal"),
    "RA": ("rheumatoid-arthritis", "RA on methotrexate", "RA sat 97 percent"),
    "DM": ("diabetes", "DM on metformin", "please DM me"),
    "LP": ("lumbar-puncture", "LP for headache, opening pressure 20", "LP record collection"),
    "AS": ("axial-spondyloarthritis", "father has AS", "as father said"),
    "SpA": ("axial-spondyloarthritis", "SpA, HLA-B27 positive", "back from a spa weekend"),
    "SMR": ("muscle-relaxant", "SMR added to naproxen for spasm", "SMR technology"),
    "BZD": ("benzodiazepine", "on BZD and an opioid", "BZD currency"),
    "BDZ": ("benzodiazepine", "BDZ withdrawal", "BDZ plc"),
    "ETOH": ("alcohol", "ETOH 40 units a week", "the ETOH chemical plant"),
    "AED": ("antiepileptic", "AED such as pregabalin in sciatica", "AED on the wall of the gym"),
    "ASM": ("antiepileptic", "ASM for epilepsy", "ASM lithography shares"),
    "dexa": ("dexamethasone", "dexa 16 mg for MSCC", "dexa showed nothing"),
    "DEXA": ("dexa-scan", "DEXA scan, T score -2.7", "DEXA Ltd invoice"),
    "CBD": ("cannabis", "CBD gummies at night", "parking in the CBD"),
    "SCS": ("spinal-cord-stimulation", "SCS implant for failed back surgery", "SCS report filed by the council"),
    "CTA": ("ct-angiography", "CTA aorta for suspected dissection", "CTA button on the page"),
    "XR": ("xray", "XR lumbar spine, plain films", "XR headset for games"),
    "AXR": ("xray", "AXR and lumbar films ordered", "AXR road bike"),
    "MDT": ("mckenzie", "MDT by a McKenzie physiotherapist", "discussed at MDT meeting"),
    "pens": ("tens", "PENS electrical stimulation", "two pens and a pad"),
    "LSS": ("stenosis", "LSS with claudication", "LSS salt solution"),
    "LDH": ("disc-herniation", "LDH at L5/S1 with radiculopathy", "LDH 240, haemolysis screen"),
    "PID": ("disc-herniation", "lumbar disc: PID L4/5", "pelvic PID after chlamydia"),
    "RF": ("red-flag", "no RF identified, denies cancer", "RF antenna on the roof"),
    "BB": ("bladder-dysfunction", "B/B normal, no saddle numbness", "BB cream for the face"),
    "ED": ("sexual-dysfunction", "new ED, erections lost", "ED curve"),
    "CA": ("malignancy", "CA breast 2019 in remission", "CA driving licence"),
    "SEA": ("infection", "?SEA, fever and raised CRP", "sea swimming twice weekly"),
    "NVO": ("infection", "NVO, MRI and CRP done", "NVO brand of bandage"),
    "VO": ("infection", "VO of L3, spinal osteomyelitis", "VO recorded for the film"),
    "TB": ("tuberculosis", "born in an endemic area, TB contact", "1 TB drive"),
    "fx": ("fracture", "old FX, lumbar wedge", "fx rates today"),
    "RTC": ("trauma", "RTC last week, landed on her side", "RTC clock module"),
    "fall": ("trauma", "a fall from a ladder", "fall in blood pressure"),
    "fell": ("trauma", "fell at home", "pain fell by 12 points"),
    "fell from": ("trauma", "fell from the roof", "she fell from grace"),
    "IBP": ("inflammatory-back-pain", "IBP, morning stiffness for an hour", "IBP invoice"),
    "IBD": ("inflammatory-bowel-disease", "IBD, Crohn under follow-up", "IBD magazine"),
    "UC": ("inflammatory-bowel-disease", "UC in the family, psoriasis too", "UC Berkeley professor"),
    "MI": ("ischaemic-heart-disease", "previous MI, on aspirin", "Detroit, MI"),
    "ACS": ("ischaemic-heart-disease", "ACS with stent last year", "ACS chemistry journal"),
    "PE": ("vte", "PE on apixaban", "PE teacher, plays rugby"),
    "OA": ("osteoarthritis", "OA of both knees", "an OA journal"),
    "DJD": ("osteoarthritis", "DJD of the hip", "DJD audio player"),
    "ACP": ("acp", "what ACP recommends in 2017", "ACP bus from the airport"),
    "ACR": ("acr", "ACR variant for MRI", "urine ACR 30"),
    "ER": ("emergency-department", "sent to the ER", "ER tablets at night"),
    "SOB": ("chest-pain", "SOB on exertion, chest tight", "that SOB of a car"),
    "tens": ("tens", "tens machine", "tens of thousands"),
    "SLE": ("lupus", "SLE under rheumatology", "SLE road sign"),
    "ASA": ("aspirin", "ASA 81 mg daily", "ASA grade two"),
}  # fmt: skip


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


def concepts(lexicon: Lexicon, text: str) -> set[str]:
    return {m.concept for m in lexicon.find(text)}


@pytest.mark.parametrize("form", READ)
def test_it_is_read_beside_its_context_and_left_alone_elsewhere(lexicon: Lexicon, form: str) -> None:
    concept, means, other = READ[form]
    assert concept in concepts(lexicon, means), means
    assert concept not in concepts(lexicon, other), other


def test_every_ambiguous_form_has_its_cases(lexicon: Lexicon) -> None:
    every = {form for concept in lexicon.concepts.values() for form in concept.ambiguous}
    assert every - set(READ) == set()
    for form, (_, means, other) in READ.items():
        for text in (means, other):
            written = rf"(?<!\w){'/?'.join(map(re.escape, form))}(?!\w)"
            assert re.search(written, text, re.IGNORECASE), (form, text)

"""The imaging verdict from flags and case facts: the same whichever way it is asked.

now / today follow an active flag; otherwise "not now, if" the flags that nobody documented are absent, and reconsider only if surgery or an
injection is an option. Modality, region and source come from the flag's own rule.
"""

from __future__ import annotations

from typing import Any

from assistant.guardrails.ledger import Ledger
from assistant.question import Reading
from corpus.load import Corpus

IMAGING_SOURCE = "acr2021-0"
NO_ROUTINE_SOURCES = ("ng59-1.1.4", "acp2007-2", "acr2021-v1")


def verdict(ledger: Ledger | None, reading: Reading | None, corpus: Corpus) -> dict[str, Any]:
    """{verdict, modality, region, because, if_absent, reconsider, passage_ids}; verdict null when the screen did not run."""
    base: dict[str, Any] = {
        "verdict": None, "modality": None, "region": None, "because": [], "if_absent": [], "reconsider": None, "passage_ids": [],
    }  # fmt: skip
    if ledger is None or ledger.not_checked:
        return base
    urgent = ledger.active_urgent()
    for flag in urgent:
        asked = ledger.modality(flag)
        if asked is not None:
            modality, region = asked
            sources = [flag.source] if flag.source in corpus.passages else []
            return base | {
                "verdict": "now" if flag.tier == "now" else "today", "modality": modality, "region": region,
                "because": [f.quote for f in urgent if f.quote], "passage_ids": sources,
            }  # fmt: skip
    if reading is None or not (reading.case.facts or "imaging" in reading.types or "management" in reading.types):
        return base
    return base | {
        "verdict": "not_now_if",
        "if_absent": list(ledger.not_documented),
        "because": [f.quote for f in ledger.findings if f.kind == "red_flag" and f.quote],
        "reconsider": "after six weeks of care, only if surgery or injection is an option; at once if a flag appears",
        "passage_ids": [i for i in (*NO_ROUTINE_SOURCES, IMAGING_SOURCE) if i in corpus.passages],
    }

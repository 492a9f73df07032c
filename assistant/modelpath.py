"""The language model's part of a turn: it may reword the composer's claims, and nothing that fails verification is kept.

The composer's draft stands as it is wherever the model offers nothing that survives, so an answer with a model is never less complete
than one without. Talking to the model is `model.py`'s, checking a claim `citations.py`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.answer import Draft
from assistant.citations import verified_drafts
from assistant.guardrails.check import check_claims
from assistant.lines import line
from assistant.model import draft_with_model
from assistant.model_errors import ModelError
from assistant.question import Reading
from assistant.settings import Settings
from assistant.types import Citation, Claim, DroppedClaim
from corpus.load import Corpus

if TYPE_CHECKING:
    from index.search import Hit

MAX_PASSAGES = 8
"""Passages put before the model: small models lose the thread of more."""


def reword(
    draft: Draft, reading: Reading, corpus: Corpus, hits: Sequence[Hit], model: str, settings: Settings
) -> tuple[Draft, list[DroppedClaim], str]:
    """The draft with claims reworded where the model's wording verified, what was dropped, and the notice for the reader."""
    single = [c for s in draft.sections for c in s.claims if len({x.passage_id for x in c.citations}) == 1]
    ids = list(dict.fromkeys([c.citations[0].passage_id for c in single] + [h.passage.id for h in hits]))[:MAX_PASSAGES]
    try:
        offered = draft_with_model(
            reading.standalone,
            ", ".join(f"{f.key}: {f.value}" for f in reading.case.facts),
            [corpus.passages[i] for i in ids],
            model=model,
            base_url=settings.model_base_url,
            api_key=settings.model_api_key.get_secret_value() if settings.model_api_key else None,
            timeout=settings.model_timeout,
        )
    except ModelError as error:
        return draft, [], line("model_fallback", cause=f"{error.kind.replace('_', ' ')}: {error.help}")
    kept, dropped = verified_drafts(offered, corpus, set(ids))
    by_passage = {d.passage_id: d for d in reversed(kept)}
    used = 0
    lost_to_rules: list[DroppedClaim] = []
    broken: set[str] = set()
    for section in draft.sections:
        for i, claim in enumerate(section.claims):
            new = by_passage.get(claim.citations[0].passage_id) if claim in single else None
            if new is None or claim.safety_default:
                continue
            suffix = claim.text[claim.text.rindex(" (") :] if " (" in claim.text else ""
            if check_claims([new.text], reading.case.facts, (), broken=broken) or broken:
                lost_to_rules.append(
                    DroppedClaim(
                        text=new.text, passage_ids=(new.passage_id,), reasons=("a guardrail rule could not run" if broken else "a guardrail rule fired on it",)
                    )
                )
                continue
            cite = Citation(n=0, passage_id=new.passage_id, quote=new.quote)
            section.claims[i] = Claim(text=f"{new.text.rstrip()}{suffix}", citations=(cite,))
            used += 1
    lost = [
        DroppedClaim(text=d.text, passage_ids=(d.passage_id,), reasons=tuple(why)) for d, why in dropped
    ] + lost_to_rules
    if not used:
        return draft, lost, line("model_fallback", cause="nothing that it wrote could be verified")
    notice = line("model_used", model=model)
    if lost:
        notice += " " + line("model_dropped", count=len(lost))
    return draft, lost, notice

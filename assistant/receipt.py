"""The receipt of a reply: what it was made from, so that the same input gives the same bytes and a change is named."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from assistant.guardrails.rules import load_rules
from assistant.model import prompts_hash
from assistant.types import Receipt

if TYPE_CHECKING:
    from assistant.pipeline import Assistant, Turn

VERSION = "0.1.0"


def make_receipt(turn: Turn, assistant: Assistant) -> Receipt:
    """Hashes of everything that shapes the reply; `reply_id` is the sha256 of the input and those hashes."""
    settings = assistant.settings
    parts = {
        "corpus": assistant.corpus.hash,
        "rules": load_rules(strict=False).hash,
        "prompts": prompts_hash(),
        "settings": settings.with_(region=turn.region, model=turn.model).hash,
        "embedder": assistant.searcher.encoder_id,
        "model": turn.model,
        "today": str(settings.today),
        "version": VERSION,
    }
    payload = json.dumps(
        {"messages": turn.messages, "region": turn.region, **parts},
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )
    digest = hashlib.sha256(payload.encode("utf-8", "surrogatepass")).hexdigest()
    return Receipt(reply_id=digest, **parts)

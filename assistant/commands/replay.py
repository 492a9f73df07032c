"""`lumbar replay REPLY_ID`: computes a kept reply again and compares it, byte for byte.

The same: it is printed as `lumbar ask` printed it. Different: what has changed since (corpus, rules, prompts, settings,
model ...) is said, and the exit code is 1. The kept reply itself stays untouched.
"""

from __future__ import annotations

import json as json_
from typing import TYPE_CHECKING

from assistant.commands import lines, turn
from assistant.commands.base import OK, SOME_FAILED, say
from assistant.commands.lines import Row

if TYPE_CHECKING:
    from assistant.settings import Settings
    from assistant.store import Stored


def replay(reply_id: str, json: bool, forget: bool) -> int:
    from assistant.settings import get_settings
    from assistant.store import Store, canonical

    settings = get_settings()
    store = Store(settings.make_home())
    stored = store.load(reply_id.strip().lower())
    if forget:
        store.delete(stored.reply_id)
        say(f"Deleted reply {stored.reply_id}.")
        return OK
    again = turn.take(turn.open_assistant(as_then(settings, stored)), stored.messages)
    if canonical(again) == stored.reply:
        row = turn.reply_row(again, None)
        if json:
            lines.write(row)
        else:
            from assistant.commands import show

            show.reply(row)
        say(f"Same bytes as the reply kept on {stored.saved_at}.")
        return OK
    _say_what_changed(stored.reply_id, json_.loads(stored.reply), json_.loads(canonical(again)), json)
    return SOME_FAILED


def as_then(settings: Settings, stored: Stored) -> Settings:
    """The settings of now with what the turn itself had chosen: its date, region and model."""
    chosen = settings.with_(today=stored.receipt.today, region=stored.region)
    return chosen.model_copy(update={"model": stored.receipt.model})


def changes(old: Row, new: Row) -> tuple[dict[str, list[str | None]], list[str]]:
    """Entries of the receipt that differ, as [then, now], and the other fields of the reply that differ."""
    receipt = {
        key: [old["receipt"].get(key), value]
        for key, value in new["receipt"].items()
        if old["receipt"].get(key) != value
    }
    fields = [key for key in new if key not in ("id", "receipt") and old.get(key) != new[key]]
    return receipt, fields


def _say_what_changed(reply_id: str, old: Row, new: Row, json: bool) -> None:
    receipt, fields = changes(old, new)
    causes = [key for key in receipt if key != "reply_id"]
    what, where = ", ".join(causes) or "nothing recorded", ", ".join(fields) or "its receipt only"
    said = f"differs from the reply kept: {what} changed; it differs in {where}"
    if json:
        error = {"type": "changed", "message": said, "receipt": receipt, "fields": fields}
        lines.write({"id": reply_id, "error": error})
        return
    from assistant.commands import show

    out = show.console()
    out.print(f"Reply {reply_id} {said}.", style="bold")
    show.table(("", "then", "now"), ((key, str(then), str(now)) for key, (then, now) in receipt.items()))
    if not causes:
        say("Nothing that the receipt records has changed: the difference comes from the model, or is a defect.")

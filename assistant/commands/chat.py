"""`lumbar chat`: turns in the terminal, with follow-ups. Nothing is kept but on `--save`, or where storage is on."""

from __future__ import annotations

import sys

from assistant.commands import turn
from assistant.commands.base import OK, SOME_FAILED, explain, say, user_can_mend
from assistant.commands.turn import Message

HELP = """Type a question and press Enter. A line may also be:
  /case TEXT   say more about the patient
  /new         another patient: forget all that was said
  /help        this list
  /quit        leave (or Ctrl-D)
No names, dates of birth or numbers of patients are needed; leave them out."""


def chat(case: str | None, model: str | None, region: str | None, save: bool) -> int:
    from assistant.commands import show
    from assistant.settings import get_settings

    settings = get_settings(model=model, region=region)
    assistant = turn.open_assistant(settings)
    start: list[Message] = [{"role": "user", "content": case}] if case and case.strip() else []
    messages, code = list(start), OK
    if sys.stdin.isatty():
        import readline  # noqa: F401  (line editing for input())
    say("Lumbar, for clinicians. /help lists what you can type.")
    while (typed := _read()) is not None:
        word, _, rest = typed.strip().partition(" ")
        if word in ("/quit", "/exit"):
            break
        if word == "/help" or (word == "/case" and not rest.strip()):
            say(HELP)
        elif word == "/new":
            messages = []
            say("A new patient.")
        elif word == "/case":
            messages.append({"role": "user", "content": rest})
            say("Noted.")
        elif word.startswith("/"):
            say(f"{word} is not known; /help lists what is.")
        elif word:
            asked: list[Message] = [*messages, {"role": "user", "content": typed}]
            try:
                reply = turn.take(assistant, asked)
            except Exception as error:
                if not user_can_mend(error):
                    raise
                explain(error)
                code = SOME_FAILED
                continue
            show.reply(turn.reply_row(reply, None))
            if save or settings.storage:
                say(f"Kept on this machine: lumbar replay {turn.keep(reply, asked, settings)}")
            messages = [*asked, {"role": "assistant", "content": reply.answer}]
            code = SOME_FAILED if reply.outcome == "unavailable" else code
    return code


def _read() -> str | None:
    """One line from the user, or None at the end. The prompt goes to standard error: standard output holds replies
    only.
    """
    if sys.stdin.isatty():
        print("\n> ", end="", file=sys.stderr, flush=True)
    try:
        return input()
    except EOFError:
        return None
    except UnicodeDecodeError:
        say("That line is not UTF-8; type it again.")
        return ""

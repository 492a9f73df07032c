"""The Gradio page, wired to an assistant. Serving it is `serve.py`'s, what is shown is made by the pure renderers.

`ui.app.serve` is kept here as the public name, so that callers need one module.
"""

from __future__ import annotations

import asyncio
import datetime
import os
import sys
from collections.abc import AsyncIterator, Generator, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ui import documents, page, panel, render, urgent
from ui.answer import in_full
from ui.denied import denied_flags
from ui.loading import Background
from ui.pace import paced
from ui.serve import GRADIO_ENVIRONMENT, PortError, serve
from ui.session import MAX_QUESTION, Session
from ui.tags import Html, clean
from ui.words import words

__all__ = ["PortError", "answer", "build", "evidence", "finished", "log", "running", "serve", "top_line"]

CONCURRENT = 8
WAITING = 64
THREADS = 12
KEEP_SECONDS = 12 * 3600
SESSIONS = 500


def log(session: Session) -> str:
    """The chat column: one block a finished turn, or the welcome before the first question."""
    if not session.turns:
        return clean(page.welcome())
    done = [(i, t) for i, t in enumerate(session.turns) if t.state != "running"]
    return "\n\n".join(t.chat_html or clean(render.turn(t, i)) for i, t in done)


def running(session: Session) -> str:
    """The turn that is being worked on, below the finished ones, so that a new stage redraws no answer."""
    last = session.last
    return clean(render.turn(last, len(session.turns) - 1)) if last and last.state == "running" else ""


def evidence(session: Session) -> str:
    """The evidence column: one block a turn that has a reply."""
    done = [(i, t) for i, t in enumerate(session.turns) if t.reply is not None]
    blocks = [t.evidence_html or clean(panel.evidence(t.reply, i, t.denied)) for i, t in done if t.reply is not None]
    return "\n\n".join(blocks) or clean(page.evidence_placeholder())


def top_line(session: Session) -> str:
    """The line on top: while the newest reply holds an active flag, or one acted on, that an earlier turn showed in full."""
    replies = [(i, t.reply) for i, t in enumerate(session.turns) if t.reply is not None]
    full = [i for i, reply in replies if in_full(reply)]
    if not full or replies[-1][0] == full[-1]:
        return ""
    number, reply = replies[-1]
    return clean(urgent.top_line(reply, number, full[-1]))


def finished(session: Session) -> Session:
    """The session with its newest turn rendered once and for all; a reply that cannot be shown is a failed turn."""
    last, number = session.last, len(session.turns) - 1
    if last is None:
        return session
    try:
        side = clean(panel.evidence(last.reply, number, last.denied)) if last.reply is not None else ""
        return session.update(replace(last, chat_html=clean(render.turn(last, number)), evidence_html=side))
    except Exception as error:
        print(f"ui: a reply could not be shown: {type(error).__name__}", file=sys.stderr, flush=True)
        return session.update(replace(last, reply=None, state="failed", cause=type(error).__name__))


def _ended(session: Session) -> bool:
    return session.last is None or session.last.state != "running"


def answer(assistant: Any, session: Session, region: str) -> Generator[Session, None, None]:
    """Runs the newest turn and gives the session after every stage and at the end.

    Never raises: a fault is a failed turn that says so, and only its kind goes to standard error.
    """
    from assistant.types import Reply

    turn = session.last
    if turn is None:
        return
    try:
        for event in assistant.stream(session.messages(), region=region):
            if isinstance(event, Reply):
                today = datetime.date.fromisoformat(event.receipt.today)
                turn = replace(turn, reply=event, state="done", denied=denied_flags(session.messages(), today))
            else:
                turn = replace(turn, stages=(*turn.stages, (str(event.name), str(event.detail or ""))))
            yield session.update(turn)
        if turn.state == "running":
            yield session.update(replace(turn, state="failed", cause="no reply came"))
    except Exception as error:
        print(f"ui: a turn failed: {type(error).__name__}", file=sys.stderr, flush=True)
        yield session.update(replace(turn, state="failed", cause=type(error).__name__))


@dataclass(frozen=True)
class Controls:
    """The Gradio components that events read or write."""

    session: Any
    region: Any
    new: Any
    top: Any
    chat: Any
    live: Any
    box: Any
    ask: Any
    stop: Any
    side: Any
    state: Any
    foot: Any

    @property
    def shown(self) -> list[Any]:
        """What a turn writes, in this order."""
        return [self.session, self.chat, self.live, self.side, self.top, self.box, self.stop]


def build(assistant: Any, settings: Any) -> Any:
    """The page as `gr.Blocks`.

    `assistant` has `stream(messages, region=...)`; from its `corpus` the footer counts what was reviewed.
    `settings` gives `region`, `model` and `storage`.
    """
    os.environ.update(GRADIO_ENVIRONMENT)
    import gradio as gr

    title = words()["name"]
    with gr.Blocks(title=title, analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)) as demo:
        controls = _layout(gr, assistant, settings)
        _events(gr, demo, assistant, settings, controls)
    demo.queue(default_concurrency_limit=CONCURRENT, max_size=WAITING, api_open=False, status_update_rate=5)
    demo.max_threads = THREADS
    demo.state_session_capacity = SESSIONS
    return demo


def _block(gr: Any, value: Html | str, name: str) -> Any:
    """A part of the page made by us.

    `clean` has sanitised it; Gradio's own sanitiser would take the aria attributes away and let remote images stay.
    """
    shown = clean(value) if isinstance(value, Html) else value
    return gr.Markdown(shown, elem_id=name, sanitize_html=False, latex_delimiters=[], container=False, padding=False)


def _layout(gr: Any, assistant: Any, settings: Any) -> Controls:
    w = words()["composer"]
    choices = [(label, key) for key, label in words()["region"]["choices"].items()]
    session = gr.State(Session(), time_to_live=KEEP_SECONDS)
    with gr.Row(elem_id="lb-top"):
        _block(gr, page.header(), "lb-header")
        state = _block(gr, page.state(_state(assistant)), "lb-state")
        chosen = getattr(settings, "region", None) or "none"
        region = gr.Radio(choices, value=chosen, label=words()["region"]["label"], elem_id="lb-region")
        new = gr.Button(w["new_case"], elem_id="lb-new", variant="secondary")
    top = _block(gr, "", "lb-urgent")
    with gr.Row(elem_id="lb-main", equal_height=False):
        with gr.Column(elem_id="lb-left", scale=3, min_width=320):
            with gr.Column(elem_id="lb-chat"):
                chat = _block(gr, page.welcome(), "lb-log")
                live = _block(gr, "", "lb-run")
            with gr.Row(elem_id="lb-composer"):
                box = gr.Textbox(
                    label=w["label"],
                    info=w["hint"],
                    placeholder=w["placeholder"],
                    lines=1,
                    max_lines=8,
                    max_length=MAX_QUESTION,
                    elem_id="lb-box",
                )
                ask = gr.Button(w["ask"], elem_id="lb-ask", variant="primary", scale=0, min_width=80)
                stop = gr.Button(w["stop"], elem_id="lb-stop", interactive=False, scale=0, min_width=80)
        with gr.Column(elem_id="lb-right", scale=2, min_width=320):
            side = _block(gr, page.evidence_placeholder(), "lb-evidence")
    _block(gr, page.lost(), "lb-alarm")
    documents.panel(gr, settings)
    foot = _block(gr, _footer(assistant, settings), "lb-footer")
    return Controls(session, region, new, top, chat, live, box, ask, stop, side, state, foot)


def _state(assistant: Any) -> str:
    return assistant.state if isinstance(assistant, Background) else "ready"


def _footer(assistant: Any, settings: Any) -> Html:
    from assistant.guardrails.rules import load_rules

    opened = assistant.opened if isinstance(assistant, Background) else assistant
    known = page.about(getattr(opened, "corpus", None), load_rules(strict=False))
    return page.footer(known, model=getattr(settings, "model", None), stored=bool(getattr(settings, "storage", False)))


def _events(gr: Any, demo: Any, assistant: Any, settings: Any, c: Controls) -> None:
    """Wires the controls. Every endpoint is private; nothing is kept but the session state."""
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    skip = gr.skip()

    def run(question: str, session: Session, region: str) -> Iterator[Any]:
        question = (question or "").strip()[:MAX_QUESTION]
        if not question:
            yield [skip] * len(c.shown)
            return
        if session.full:
            gr.Warning(words()["full"], duration=None)
            yield [skip] * len(c.shown)
            return
        session = session.ask(question)
        chat = log(session) if len(session.turns) == 1 else skip
        yield session, chat, running(session), skip, skip, "", gr.Button(interactive=True)
        for now in paced(answer(assistant, session, region), _ended):
            if not _ended(now):
                yield now, skip, running(now), skip, skip, skip, skip
            else:
                now = finished(now)
                yield now, log(now), "", evidence(now), top_line(now), skip, gr.Button(interactive=False)

    async def stopped(session: Session) -> Any:
        session = finished(session.stop())
        return session, log(session), "", gr.Button(interactive=False)

    async def cleared() -> Any:
        empty = Session()
        return empty, log(empty), "", evidence(empty), "", "", gr.Button(interactive=False)

    async def watch() -> AsyncIterator[Any]:
        """The state line of a page that was opened while the assistant still loads."""
        while _state(assistant) == "loading":
            yield clean(page.state("loading")), skip
            await asyncio.sleep(0.25)
        problem = assistant.problem if isinstance(assistant, Background) else ""
        yield clean(page.state(_state(assistant), problem)), clean(_footer(assistant, settings))

    asked = gr.on(
        [c.ask.click, c.box.submit],
        run,
        [c.box, c.session, c.region],
        c.shown,
        trigger_mode="once",
        concurrency_limit=CONCURRENT,
        concurrency_id="ask",
        **quiet,
    )
    c.stop.click(stopped, c.session, [c.session, c.chat, c.live, c.stop], cancels=[asked], queue=False, **quiet)
    c.new.click(cleared, None, c.shown, cancels=[asked], queue=False, **quiet)
    demo.load(watch, None, [c.state, c.foot], concurrency_limit=None, **quiet)

"""Asks the example conversations of sets/examples.yaml and writes docs/examples.md: `python -m evals.examples [OUT]`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from assistant.pipeline import Assistant
from assistant.settings import get_settings
from assistant.types import Reply

HERE = Path(__file__).resolve().parent


def _reply(reply: Reply) -> str:
    sources = "\n".join(
        f"{s.n}. {s.label} ({s.issuer}{f', {s.year}' if s.year else ''}). {s.strength or 'not graded'}. <{s.url or 'no address registered'}>"
        for s in reply.sources
    )
    parts = [f"Outcome: `{reply.outcome}`. Read as: {reply.standalone_question}", "", _deeper(reply.answer)]
    if sources:
        parts += ["", "<details><summary>Sources</summary>", "", sources, "", "</details>"]
    if reply.suggested_questions:
        parts += ["", "Suggested: " + " · ".join(reply.suggested_questions)]
    return "\n".join(parts)


def _deeper(markdown: str) -> str:
    return "\n".join(f"##{text}" if text.startswith("## ") else text for text in markdown.splitlines())


def transcript(assistant: Assistant, sets: list[dict[str, Any]]) -> str:
    """All conversations with every reply, as Markdown."""
    out = [
        "# Examples",
        "",
        "Made by `python -m evals.examples` from `evals/sets/examples.yaml`; no language model is set. A number in brackets is a source.",
    ]
    for conversation in sets:
        out += ["", f"## {conversation['title']}"]
        messages: list[dict[str, str]] = []
        for turn in conversation["turns"]:
            messages.append({"role": "user", "content": turn})
            reply = assistant.reply(messages)
            out += ["", f"### {turn}", "", _reply(reply)]
            messages.append({"role": "assistant", "content": reply.answer})
    return "\n".join(out) + "\n"


def main() -> None:
    """Writes the transcript to the given file, or docs/examples.md."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "docs" / "examples.md"
    sets = yaml.load((HERE / "sets" / "examples.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    target.write_text(transcript(Assistant.open(get_settings()), sets), encoding="utf-8")
    sys.stdout.write(f"wrote {target.name}\n")


if __name__ == "__main__":
    main()

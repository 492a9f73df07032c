"""The quick reader gives what PyYAML gives, for every file of ours and for what a file might hold."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from corpus.quick_yaml import parse

ROOT = Path(__file__).resolve().parents[2]
OURS = sorted(path for package in ("corpus", "assistant") for path in (ROOT / package).rglob("*.yaml"))
ODD = [
    "", "# nothing", "---\na: 1\n", "a", "3", "~", "''", "[]", "{}", "a:", "a: ''", "a: \"\"", "- \n- ~\n- null",
    "[yes, no, on, off, Yes, NO, true, n, y, 'no', \"yes\"]", "[1, 0x1f, 0o17, 017, 1_000, 1.5, .5, 1e3, -.inf, 12:30:45]",
    "[2026-07-29, 2026-07-29T10:00:00Z, '2026-07-29']", "[-, =x, +, '-', '=', '<<', !x y]", "[=]", "a: =",
    "a: &x [1]\nb: *x", "a: &x {b: 1}\nc: {<<: *x, d: 2}", "a: !!str 1", "a: !!set {x, y}", "? [1, 2]\n: 3",
    "? {a: 1}\n: 3", "a: 1\na: 2", "1: a\ntrue: b\nnull: c", "a: |\n  one\n  two\n", "a: >-\n  one\n  two\n", "a: 'it''s'",
    "a: \"\\u00e9\\n\"", "a: [b, {c: d}, [e]]", "- - 1\n  - 2\n- {}", "a: b: c", "a: [", "\tx", "a: 1\n--- \nb: 2",
    "@a", "a: *nowhere", "a: 'x", "%YAML 1.1\n---\na: 1", "é: ü", "a: 1 # note", "a: x#y", "[0b1, 190:20:30, .NaN]", "a: \x00",
]  # fmt: skip


def outcome(text: str, quick: bool) -> tuple[str, str]:
    try:
        return "value", repr(parse(text) if quick else yaml.load(text, Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, ValueError) as error:
        return type(error).__name__, str(error)


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(ROOT)))
def test_our_files(path: Path) -> None:
    text = path.read_text("utf-8")
    assert outcome(text, quick=True) == outcome(text, quick=False)


@pytest.mark.parametrize("text", ODD)
def test_odd_texts(text: str) -> None:
    assert outcome(text, quick=True) == outcome(text, quick=False)


def test_lists_do_not_share_their_values() -> None:
    first, second = parse("[[1], [1]]")
    assert first is not second

"""The JSON-lines contract (design, section 6), line by line, without any package behind it."""

from __future__ import annotations

import io
import json
import math
from typing import Any

import pytest

from assistant.commands import lines
from assistant.commands.lines import LineError


def rows_of(raw: bytes, handle: Any = None) -> list[dict[str, Any]]:
    handle = handle or (lambda data: {"text": lines.text_of(data, "text")})
    return [lines.handle_line(line, handle)[0] for line in lines.read_lines(io.BytesIO(raw))]


def test_blank_lines_are_skipped_but_counted_and_unknown_keys_ignored() -> None:
    raw = b'\n{"text": "a", "other": [1]}\r\n   \n\t\n{"text": "b"}'
    assert rows_of(raw) == [{"id": 2, "text": "a"}, {"id": 5, "text": "b"}]


@pytest.mark.parametrize("id_", ["a", "", "7", 7, 0, -3, 1.5, 10**30, "é🙂", "\u2028"])
def test_id_comes_back_unchanged(id_: Any) -> None:
    (row,) = rows_of(json.dumps({"id": id_, "text": "x"}).encode())
    back = json.loads(lines.encode(row))["id"]
    assert back == id_ and type(back) is type(id_)


def test_missing_or_null_id_is_the_line_number_and_duplicates_stand() -> None:
    raw = b'{"text": "a"}\n{"id": null, "text": "b"}\n{"id": 1, "text": "c"}\n{"id": 1, "text": "d"}\n'
    assert [row["id"] for row in rows_of(raw)] == [1, 2, 1, 1]


@pytest.mark.parametrize(
    ("raw", "type_", "says"),
    [
        (b'{"text": "\xff"}', "invalid_utf8", "byte 11"),
        (b"{'text': 1}", "invalid_json", "character 2"),
        (b'{"text": "a"} trailing', "invalid_json", "Extra data"),
        (b'{"text": "a\x01b"}', "invalid_json", "control character"),
        (b'{"text": NaN}', "invalid_json", "NaN"),
        (b"[" * 200_000, "invalid_json", "nested"),
        (b'{"id": ' + b"9" * 5000 + b"}", "invalid_json", "digits"),
        (b'["text"]', "invalid_input", "not a list"),
        (b'"text"', "invalid_input", "not a string"),
        (b"null", "invalid_input", "not null"),
        (b"{}", "invalid_input", "'text' is missing"),
        (b'{"text": null}', "invalid_input", "not null"),
        (b'{"text": 5}', "invalid_input", "not a number"),
        (b'{"id": true, "text": "a"}', "invalid_input", "'id'"),
        (b'{"id": {}, "text": "a"}', "invalid_input", "'id'"),
        (b'{"id": 1e999, "text": "a"}', "invalid_input", "'id'"),
    ],
)
def test_a_bad_line_stands_in_its_place_and_the_run_goes_on(raw: bytes, type_: str, says: str) -> None:
    first, bad, last = rows_of(b'{"text": "a"}\n' + raw + b'\n{"text": "z"}\n')
    assert (first["text"], last["text"], last["id"]) == ("a", "z", 3)
    assert set(bad) == {"id", "error"} and set(bad["error"]) == {"type", "message"}
    assert (bad["id"], bad["error"]["type"]) == (2, type_)
    assert says in bad["error"]["message"]


def test_a_bad_line_keeps_its_own_id() -> None:
    assert rows_of(b'{"id": "x7"}')[0]["id"] == "x7"


def test_byte_order_mark_and_line_separators_inside_strings() -> None:
    raw = "\ufeff".encode() + '{"text": "a\u2028b\u0085c"}'.encode() + b"\n"
    assert rows_of(raw) == [{"id": 1, "text": "a\u2028b\u0085c"}]
    assert rows_of(b"\xef\xbb\xbf") == []


def test_real_typography_and_lone_surrogates_survive_encoding() -> None:
    text = "“3–4\u00a0mg/day” ≥ 65 – naïve\x00"
    assert json.loads(lines.encode({"text": text})) == {"text": text}
    assert text[0] in lines.encode({"text": text}).decode()
    lone = json.loads('"\\ud83d"')
    assert json.loads(lines.encode({"text": lone}))["text"] == lone
    assert lines.encode({"a": 1}).endswith(b"}\n")


def test_nothing_but_json_is_written() -> None:
    with pytest.raises(ValueError):
        lines.encode({"score": math.nan})


def test_a_defect_becomes_a_row_and_is_told_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(data: dict[str, Any]) -> dict[str, Any]:
        return {"x": 1 // 0}

    (row,) = rows_of(b'{"id": 3}', broken)
    assert row == {
        "id": 3,
        "error": {"type": "internal_error", "message": "ZeroDivisionError: integer division or modulo by zero"},
    }
    captured = capsys.readouterr()
    assert "Traceback" in captured.err and captured.out == ""


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("hello", "a list of messages"),
        ([], "is empty"),
        ([1], "message 1"),
        ([{"role": "system", "content": "x"}], "role user or assistant"),
        ([{"role": "user"}], "a string as content"),
        ([{"role": "user", "content": ["x"]}], "not a list"),
        ([{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}], "last message must be the user's"),
        ([{"role": "user", "content": " \n\u00a0"}], "question is empty"),
    ],
)
def test_conversations_that_cannot_be_answered(value: Any, says: str) -> None:
    with pytest.raises(LineError, match=says):
        lines.conversation_of(value, "messages")


def test_consecutive_user_messages_are_a_script_of_turns() -> None:
    script = [{"role": "user", "content": "a", "name": "ignored"}, {"role": "user", "content": "b"}]
    assert lines.conversation_of(script, "messages") == [
        {"role": "user", "content": "a"},
        {"role": "user", "content": "b"},
    ]

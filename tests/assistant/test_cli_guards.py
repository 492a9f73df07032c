"""screen, check and verify through the command line with the real rules: shapes, partition, offsets, order, bad lines,
big and odd texts.

What the rules should find is tested where the rules are; here it is whether the command line says what they found.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from assistant.cli import app

CATEGORIES = ["cauda_equina", "neurologic_deficit", "malignancy", "infection", "fracture", "vascular", "inflammatory"]
FINDING = set("rule category kind stage assertion tier severity action message source where quote start end".split())


def lumbar(*arguments: str, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=text)


def rows(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def jsonl(*values: Any) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


URGENT = "Back pain for 2 days, numbness in the saddle area and he cannot pass urine. Denies fever."


def test_screen_row_has_every_key_and_the_lists_partition() -> None:
    result = lumbar("screen", "--json", text=jsonl({"id": "a", "text": URGENT}, {"id": 2, "text": ""}))
    assert result.exit_code == 0
    full, empty = rows(result)
    for row in (full, empty):
        assert {"id", "present", "absent", "not_documented", "findings", "mentions"} <= set(row)
        together = [*row["present"], *row["absent"], *row["not_documented"]]
        assert len(together) == len(set(together)) and set(CATEGORIES) <= set(together)
    assert full["present"] == ["cauda_equina"] and "infection" in full["absent"]
    assert empty["present"] == empty["absent"] == empty["findings"] == []


def test_findings_point_into_the_unmodified_string() -> None:
    text = "🙂“Note”:\u00a0" + URGENT
    (row,) = rows(lumbar("screen", "--json", text=jsonl({"text": text})))
    assert row["findings"]
    for finding in row["findings"]:
        assert set(finding) >= FINDING
        assert text[finding["start"] : finding["end"]] == finding["quote"]
        assert finding["where"] == {"field": "text", "turn": None}


def test_mentions_come_back_in_order_with_their_assertion() -> None:
    text = "Denies fever. Saddle numbness since today."
    spans = [{"start": 14, "end": 29}, {"start": 7, "end": 12}]
    (row,) = rows(lumbar("screen", "--json", text=jsonl({"text": text, "mentions": spans})))
    assert row["mentions"] == [{**spans[0], "assertion": "present"}, {**spans[1], "assertion": "absent"}]


@pytest.mark.parametrize(
    "mentions",
    [5, [5], [{}], [{"start": 0}], [{"start": 2, "end": 1}], [{"start": -1, "end": 1}], [{"start": 0, "end": 99}],
     [{"start": True, "end": 2}], [{"start": 0.0, "end": 2}], [{"start": "0", "end": "2"}]],
)  # fmt: skip
def test_bad_mentions_are_an_error_of_their_line(mentions: Any) -> None:
    result = lumbar("screen", "--json", text=jsonl({"id": 9, "text": "abc", "mentions": mentions}, {"text": "abc"}))
    bad, good = rows(result)
    assert result.exit_code == 1
    assert (bad["id"], bad["error"]["type"]) == (9, "invalid_input")
    assert good["id"] == 2 and "error" not in good


def test_plain_note(tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("\ufeff" + URGENT + "\n\nSecond paragraph.", encoding="utf-8")
    (row,) = rows(lumbar("screen", str(note), "--text", "--json"))
    assert row["id"] == 1 and row["present"] == ["cauda_equina"]
    (piped,) = rows(lumbar("screen", "-", "--text", "--json", text=URGENT))
    assert piped["findings"][0]["quote"] == row["findings"][0]["quote"]
    note.write_bytes(b"\xff\xfe not text")
    result = lumbar("screen", str(note), "--text")
    assert result.exit_code == 2 and "not UTF-8" in result.stderr


def test_ledger_for_people() -> None:
    out = lumbar("screen", text=jsonl({"id": "bed 4", "text": URGENT})).stdout
    assert "bed 4" in out and "Now · cauda_equina · RF" in out
    assert "typed: numbness in the saddle" in out
    assert "Asked and denied: infection" in out and "Not documented: " in out
    assert "This is a text check, not an examination." in out
    quiet = lumbar("screen", text=jsonl({"text": "Low back pain after gardening."})).stdout
    assert "No red flag recognised in the text typed." in quiet
    for word in ("excluded", "cleared", "safe", " ok"):
        assert word not in quiet.lower()


def test_explain_tells_the_cue() -> None:
    result = lumbar("screen", "--explain", "--json", text=jsonl({"text": "Denies fever."}))
    (row,) = rows(result)
    assert any(item["assertion"] == "absent" and item["cue"] for item in row["explain"])
    assert "absent, by 'Denies'" in lumbar("screen", "--explain", text=jsonl({"text": "Denies fever."})).stdout


def test_today_sets_the_year_that_old_events_are_measured_from() -> None:
    assert lumbar("screen", "--today", "soon", text="").exit_code == 2
    assert lumbar("screen", "--today", "2026-01-01", "--json", text=jsonl({"text": "a"})).exit_code == 0


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x01\x1b[31m",
        "\u202e\u2066",
        "e\u0301" * 50,
        "\ud83d",
        "a" * 20_000,
        "\n" * 5000,
        "no " * 3000,
        "((((" * 2000,
    ],
)
def test_odd_texts_are_screened(text: str) -> None:
    result = lumbar("screen", "--json", text=jsonl({"id": "odd", "text": text}))
    (row,) = rows(result)
    assert result.exit_code == 0 and row["id"] == "odd" and "error" not in row


def test_a_flag_at_the_end_of_a_very_long_note_is_found() -> None:
    text = "Low back pain after gardening, walking well. " * 4000 + URGENT
    (row,) = rows(lumbar("screen", "--json", text=jsonl({"text": text})))
    assert "cauda_equina" in row["present"]
    assert all(text[f["start"] : f["end"]] == f["quote"] for f in row["findings"])


def test_a_million_characters() -> None:
    (row,) = rows(lumbar("screen", "--json", text=jsonl({"text": "x" * 999_000 + ". " + URGENT})))
    assert "cauda_equina" in row["present"]


def test_a_screen_that_did_not_run_is_an_error_and_never_a_quiet_row(monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.guardrails import screen as module

    monkeypatch.setattr(module, "screen_text", lambda text, today=None: module.unchecked("a rule is broken"))
    result = lumbar("screen", "--json", text=jsonl({"id": 1, "text": URGENT}))
    assert result.exit_code == 1
    assert rows(result)[0]["error"]["message"].startswith("Red flags were NOT checked")


# --- check ----------------------------------------------------------------------------------------------


def test_check_rows() -> None:
    lines = [
        {
            "id": "p",
            "question": "Acute low back pain, no red flags. MRI?",
            "answer": "Yes, order an MRI and prescribe bed rest.",
        },
        {"id": "f", "question": URGENT, "answer": ""},
        {"id": "h", "question": "What now?", "answer": "", "history": [{"role": "user", "content": URGENT}]},
        {"question": "no answer key"},
        {"question": "q", "answer": "a", "history": "not a list"},
    ]
    result = lumbar("check", "--json", text=jsonl(*lines))
    pitfall, flag, history, missing, wrong = rows(result)
    assert result.exit_code == 1
    assert {f["category"] for f in pitfall["findings"] if f["kind"] == "pitfall"} >= {"bed_rest"}
    assert any(f["kind"] == "red_flag" and f["where"]["field"] == "question" for f in flag["findings"])
    assert any(f["kind"] == "red_flag" for f in history["findings"])
    assert missing == {"id": 4, "error": {"type": "invalid_input", "message": "'answer' is missing"}}
    assert wrong["error"]["type"] == "invalid_input"
    for row in (pitfall, flag, history):
        assert set(row) == {"id", "findings"}
    for finding in pitfall["findings"]:
        if finding["quote"] is not None:
            text = lines[0][finding["where"]["field"]]
            assert isinstance(text, str) and text[finding["start"] : finding["end"]] == finding["quote"]


def test_check_explains_and_shows() -> None:
    line = jsonl({"question": "Acute low back pain.", "answer": "Prescribe five days of bed rest."})
    (row,) = rows(lumbar("check", "--json", "--explain", text=line))
    assert {entry["rule"] for entry in row["explain"]} == {finding["rule"] for finding in row["findings"]}
    out = lumbar("check", "--explain", text=line).stdout
    assert "bed_rest" in out and "Action:" in out


# --- verify ----------------------------------------------------------------------------------------------


def test_verify_rows() -> None:
    evidence = "Offer an NSAID for acute low back pain."
    result = lumbar(
        "verify",
        "--json",
        text=jsonl(
            {"id": 1, "claim": evidence, "evidence": evidence},
            {"id": 2, "claim": "Do not offer an NSAID for acute low back pain.", "evidence": [evidence]},
            {"id": 3, "claim": "Surgery is recommended.", "evidence": []},
            {"id": 4, "claim": "x"},
            {"id": 5, "claim": "x", "evidence": [1]},
            {"id": 6, "claim": " ", "evidence": "x"},
        ),
    )
    same, opposite, none, *bad = rows(result)
    assert result.exit_code == 1
    assert [same["label"], opposite["label"], none["label"]] == ["supported", "contradicted", "not_enough"]
    for row in (same, opposite, none):
        assert set(row) == {"id", "label", "score", "reasons"}
        assert 0 <= row["score"] <= 1 and isinstance(row["reasons"], list)
    assert all(row["error"]["type"] == "invalid_input" for row in bad)
    assert (
        "contradicted"
        in lumbar("verify", text=jsonl({"claim": "Do not offer an NSAID.", "evidence": "Offer an NSAID."})).stdout
    )


# --- rules and corpus ----------------------------------------------------------------------------------------------


def test_rules_list_and_one_in_full() -> None:
    listed = rows(lumbar("rules", "--json"))
    assert len(listed) >= 10 and [row["id"] for row in listed] == sorted(row["id"] for row in listed)
    for row in (listed[0], listed[-1]):
        out = lumbar("rules", row["id"].lower()).stdout
        assert row["name"] in out and "fires on" in out and "stays quiet on" in out
    table = lumbar("rules").stdout
    assert all(row["id"] in table for row in listed)


def test_corpus_commands() -> None:
    listed = rows(lumbar("corpus", "list", "--json"))
    (checked,) = rows(lumbar("corpus", "check", "--json"))
    assert sum(row["passages"] for row in listed) == checked["passages"] == checked["seen"] + checked["recalled"]
    assert len(listed) == checked["guidelines"]
    everything = rows(lumbar("corpus", "conflicts", "--json"))
    topic = everything[0]["topics"][0]
    assert everything[0] in rows(lumbar("corpus", "conflicts", topic, "--json"))
    assert everything[0]["rows"][0]["label"] in lumbar("corpus", "conflicts", topic).stdout
    assert "The corpus loads" in lumbar("corpus", "check").stdout
    assert listed[0]["id"] in lumbar("corpus", "list").stdout

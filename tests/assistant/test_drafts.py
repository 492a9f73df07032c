"""Reading what models write."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.drafts import MAX_ANSWER, Draft, MalformedAnswer, parse_drafts

ONE = '{"text": "Do not offer X.", "passage_id": "p1", "quote": "do not offer X"}'
EXPECTED = [Draft("Do not offer X.", "p1", "do not offer X")]


@pytest.mark.parametrize(
    "answer",
    [
        f'{{"claims": [{ONE}]}}',
        f"[{ONE}]",
        ONE,
        f'```json\n{{"claims": [{ONE}]}}\n```',
        f"```\n[{ONE},]\n```",
        f'Here is the JSON:\n{{"claims": [{ONE}, ], }}\nDone.',
        f'<think>The user wants {{json}}.</think>{{"claims": [{ONE}]}}',
        f'{{"claims": [{ONE}, {{"text": "cut off in the mid',
        '{"claims": [{"claim": "Do not offer X.", "passage": "[p1]", "evidence": "do not offer X"}]}',
        f'\ufeff {{"claims": [{ONE}]}}'.replace("\ufeff", ""),
    ],
)
def test_reads_the_forms_that_models_write(answer: str) -> None:
    assert parse_drafts(answer) == EXPECTED


def test_an_empty_list_is_an_answer() -> None:
    assert parse_drafts('{"claims": []}') == []


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("", "empty"),
        ("Order an MRI.", "not JSON"),
        ('{"claims": "none"}', "no list"),
        ('{"claims": [{"text": "x"}]}', "lack"),
        ("42", "no list"),
        ("x" * (MAX_ANSWER + 1), "characters long"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_says_what_is_wrong(answer: str, says: str) -> None:
    with pytest.raises(MalformedAnswer, match=says):
        parse_drafts(answer)


def test_one_bad_claim_does_not_lose_the_good_one() -> None:
    assert parse_drafts(f'{{"claims": [{{"text": 3.5}}, null, "x", {ONE}]}}') == EXPECTED


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.one_of(
        st.text(max_size=200),
        st.lists(
            st.sampled_from(["{", "}", "[", "]", '"claims"', ":", ",", ONE, "```json", "null", "\\u", '"']), max_size=25
        ).map("".join),
    )
)
def test_never_fails_otherwise(answer: str) -> None:
    try:
        drafts = parse_drafts(answer)
    except MalformedAnswer:
        return
    assert all(d.text and d.passage_id and d.quote for d in drafts)

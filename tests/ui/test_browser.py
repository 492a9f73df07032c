"""The page as a clinician meets it in a real Chromium: ask, open a source, follow up, escalate, copy, stop."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ui.denied import denied_flags
from ui.note import note

BOX = "#lb-box textarea"


def focused(page: Any) -> str:
    """What has the focus: "tag#id.class"."""
    said: str = page.evaluate(
        "(() => { const e = document.activeElement; return `${e.tagName}#${e.id}.${e.className}` })()"
    )
    return said


# ---- asking and reading


def test_a_question_shows_its_stages_and_then_a_cited_answer(screen: Any) -> None:
    s = screen()
    assert s.page.locator(".lb-notice").is_visible(), "the notice stands before the first question"
    s.page.fill(BOX, "slow: how should I manage this?")
    s.page.press(BOX, "Enter")
    s.page.wait_for_selector("text=Searching the guidelines")
    assert s.page.locator(".lb-stage-detail", has_text="31 sources").count() == 1
    turn = s.arrived()
    assert turn.locator(".lb-claim").count() == 20
    assert turn.locator(".lb-claim:not(:has(.lb-mark))").count() == 0
    assert not s.page.locator(".lb-notice").is_visible()
    assert s.page.input_value(BOX) == ""


def test_the_first_words_come_within_a_second(screen: Any) -> None:
    s = screen()
    waits = []
    for at in range(4):  # the best of four: other work on the machine is not what is measured
        s.page.fill(BOX, "slow question")
        begun = time.monotonic()
        s.page.press(BOX, "Enter")
        s.page.wait_for_selector(f"#lb-turn-{at} .lb-stage-now")
        waits.append(time.monotonic() - begun)
        s.arrived()
    assert min(waits) < 1.0, waits


def test_a_mark_opens_its_passage_and_escape_comes_back(screen: Any, replies: Any) -> None:
    s = screen()
    turn = s.ask(replies.CASE)
    stored = {(c.n, c.quote) for sec in replies.answered().sections for claim in sec.claims for c in claim.citations}
    for fold in turn.locator("details.lb-more > summary").all():
        fold.click()
    seen = set()
    for mark in turn.locator(".lb-claim .lb-mark").all():
        mark.click()
        opened = s.page.locator(".lb-source.lb-open")
        assert opened.count() == 1 and opened.is_visible()
        assert focused(s.page).startswith("ARTICLE#lb-src-0-")
        highlight = opened.locator("mark:visible")
        assert highlight.count() == 1
        seen.add((int(mark.get_attribute("data-n")), highlight.inner_text()))
        s.page.keyboard.press("Escape")
        assert "lb-mark" in focused(s.page)
        assert mark.evaluate("e => e === document.activeElement")
    assert seen == stored


def test_a_mark_of_an_earlier_answer_opens_the_evidence_of_that_answer(screen: Any, replies: Any) -> None:
    s = screen()
    s.ask(replies.CASE)
    s.ask("and numb between the legs")
    assert s.page.locator(".lb-evidence:visible h2").first.inner_text() == "Evidence for question 2"
    s.page.locator("#lb-turn-0 .lb-mark").first.click()
    assert s.page.locator(".lb-evidence:visible h2").first.inner_text() == "Evidence for question 1"
    assert focused(s.page).startswith("ARTICLE#lb-src-0-1")


def test_a_follow_up_chip_asks(screen: Any, replies: Any, served: Any) -> None:
    s = screen()
    s.ask(replies.CASE)
    s.page.locator(".lb-chip", has_text="And if it becomes chronic?").click()
    s.arrived()
    assert s.page.locator("#lb-q-1").inner_text().endswith("And if it becomes chronic?")
    roles = [m["role"] for m in served.fake.asked[-1][0]]
    assert roles == ["user", "assistant", "user"]


def test_an_example_asks(screen: Any) -> None:
    s = screen()
    s.page.locator(".lb-example", has_text="Imaging").click()
    s.arrived()
    assert s.page.locator("#lb-q-0").inner_text().endswith("When is an MRI indicated in low back pain?")


def test_the_question_that_was_searched_can_be_changed_and_asked_again(screen: Any, replies: Any, served: Any) -> None:
    s = screen()
    turn = s.ask(replies.CASE)
    turn.locator("[data-open=read]").click()
    s.page.fill("#lb-standalone-0", "The same in a 70-year-old?")
    s.page.click("text=Ask again")
    s.arrived()
    assert served.fake.asked[-1][0][-1]["content"] == "The same in a 70-year-old?"
    s.page.locator("#lb-turn-0 [data-open=read]").click()
    s.page.locator("#lb-pane-0-read .lb-button", has_text="Correct").first.click()
    assert s.page.input_value(BOX) == "Correction: age is " and "TEXTAREA" in focused(s.page)


def test_the_region_goes_with_the_question(screen: Any, served: Any) -> None:
    s = screen()
    s.page.locator("#lb-region label", has_text="UK").click()
    s.ask("numb between the legs")
    assert served.fake.asked[-1][1] == "uk"


# ---- escalation


def test_a_flag_in_a_follow_up_escalates_and_stays_as_one_line(screen: Any, replies: Any) -> None:
    s = screen()
    s.ask(replies.CASE)
    assert s.page.locator("#lb-urgent .lb-urgent").count() == 0
    turn = s.ask("Now she is numb between the legs and cannot pass urine")
    alert = turn.locator("[role=alert]")
    assert alert.count() == 1
    card_top = turn.locator(".lb-reply > *").first
    assert "lb-alert" in card_top.get_attribute("class")
    assert "Red flag present" in alert.inner_text() and "Now (immediately, minutes to hours)" in alert.inner_text()
    s.ask("Which drug can I give her?")
    line = s.page.locator("#lb-urgent .lb-urgent")
    assert line.is_visible() and "Red flag present" in line.inner_text() and "Now" in line.inner_text()
    s.page.evaluate("window.scrollTo(0, 0)")
    s.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    assert line.evaluate("e => e.getBoundingClientRect().top") >= 0, "the line stays in sight"
    s.page.click("#lb-urgent .lb-button")
    assert focused(s.page).startswith("DIV#lb-alert-1")
    s.ask("Registrar reviewed, MRI normal at 14:00")
    assert "Acted on" in line.inner_text() and "Red flag present" not in line.inner_text()


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("a bracelet?", "The guidelines do not say"),
        ("a shoulder?", "Outside what Lumbar answers"),
        ("broken?", "Red flags were NOT checked."),
        ("explode", "Red flags were NOT checked."),
    ],
)
def test_what_is_no_answer_says_what_it_is(screen: Any, question: str, said: str) -> None:
    s = screen()
    s.page.fill(BOX, question)
    s.page.press(BOX, "Enter")
    s.page.wait_for_selector("#lb-turn-0[data-state=done], #lb-turn-0[data-state=failed]")
    text = s.page.inner_text("#lb-turn-0")
    assert said in text and "Traceback" not in text and "secret" not in text


# ---- doing things with an answer


def test_a_reply_is_copied_as_a_note(screen: Any, replies: Any) -> None:
    s = screen()
    turn = s.ask(replies.CASE)
    turn.locator("text=Copy as note").click()
    s.page.wait_for_selector("text=Copied")
    copied = s.page.evaluate("navigator.clipboard.readText()")
    denied = denied_flags([{"role": "user", "content": replies.CASE}])
    assert "no leg weakness" in {d.words for d in denied}
    assert copied.replace("\r", "") == note(replies.answered(replies.CASE), denied)
    s.page.locator(".lb-source").first.locator("[data-copy]").click()
    s.until("navigator.clipboard.readText().then(t => t.includes('Available from'))")


def test_a_new_case_forgets_the_old_one(screen: Any, replies: Any, served: Any) -> None:
    s = screen()
    s.ask("numb between the legs")
    s.ask("and now?")
    s.page.click("#lb-new")
    s.page.wait_for_selector(".lb-notice")
    assert s.page.locator("#lb-chat .lb-turn").count() == 0
    assert s.page.locator("#lb-urgent .lb-urgent").count() == 0
    assert s.page.locator("#lb-evidence .lb-source").count() == 0
    s.until("document.activeElement.tagName === 'TEXTAREA'")
    s.turns = 0
    s.ask("Another patient")
    assert served.fake.asked[-1][0] == [{"role": "user", "content": "Another patient"}]


def test_stop_works_at_once_and_says_so(screen: Any, served: Any) -> None:
    s = screen()
    served.fake.closed.clear()
    s.page.fill(BOX, "slow question")
    s.page.press(BOX, "Enter")
    s.page.wait_for_selector(".lb-stage-now")
    s.page.wait_for_selector("#lb-stop:enabled")
    begun = time.monotonic()
    s.page.click("#lb-stop")
    s.arrived("stopped")
    took = time.monotonic() - begun
    assert took < 1.5, f"stopped after {took:.2f} s"
    text = s.page.inner_text("#lb-turn-0")
    assert "Stopped" in text and "Red flags were NOT checked" in text
    assert served.fake.closed.wait(1.5), "the assistant's stream was not closed"
    time.sleep(0.6)
    assert s.page.locator("#lb-turn-0[data-state=stopped]").count() == 1, "nothing arrives after a stop"
    s.ask("next question")


def test_two_pages_do_not_share_a_conversation(screen: Any, replies: Any) -> None:
    one, two = screen(), screen()
    one.ask(replies.CASE)
    assert two.page.locator("#lb-chat .lb-turn").count() == 0
    two.page.reload()
    two.page.wait_for_selector(".lb-notice")
    one.page.reload()
    one.page.wait_for_selector(".lb-notice")
    kept = "[localStorage.length, sessionStorage.length, document.cookie, indexedDB.databases ? 1 : 0]"
    assert one.page.evaluate(kept)[:3] == [0, 0, ""], "the browser keeps nothing"

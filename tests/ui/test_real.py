"""The page with the real assistant behind it, in a real Chromium. Needs a built index (`lumbar index build`)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

BOX = "#lb-box textarea"


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    from assistant.pipeline import Assistant
    from assistant.settings import get_settings
    from index.errors import IndexError_
    from ui.serve import Site

    settings = get_settings()
    try:
        assistant = Assistant.open(settings)
    except IndexError_ as error:
        pytest.skip(f"no index to answer from: {error.help}")
    served = Site(lambda: assistant, "127.0.0.1", 0, settings)
    thread = threading.Thread(target=served.run, daemon=True)
    thread.start()
    assert served.ready.wait(60)
    yield served.url
    served.stop()
    thread.join(10)


def test_a_case_is_answered_and_a_new_flag_leads(browser: Any, site: str, replies: Any) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(site)
    page.wait_for_selector(".lb-state-ready", timeout=120_000)

    def ask(number: int, question: str) -> Any:
        page.fill(BOX, question)
        page.press(BOX, "Enter")
        turn = page.locator(f"#lb-turn-{number}[data-state=done]")
        turn.wait_for(timeout=60_000)
        page.wait_for_selector(f".lb-evidence[data-turn='{number}'][data-seen]", state="attached")
        return turn

    turn = ask(0, replies.CASE)
    assert turn.locator(".lb-answered").count() == 1
    claims = turn.locator(".lb-claim")
    assert claims.count() >= 5 and turn.locator(".lb-claim:not(:has(.lb-mark))").count() == 0
    for mark in turn.locator(".lb-mark:visible").all()[:5]:
        mark.click()
        opened = page.locator(".lb-source.lb-open")
        assert opened.locator("mark:visible").inner_text() in opened.locator(".lb-passage:visible").inner_text()
        page.keyboard.press("Escape")
    urgent = ask(1, "Now she is numb between the legs and cannot pass urine")
    first = urgent.locator(".lb-reply > *").first
    assert first.get_attribute("role") == "alert" and "lumbosacral MRI" in first.inner_text()
    again = ask(2, "Which NSAID?")
    assert again.locator(".lb-alert-again").count() == 1
    assert "Now:" in page.inner_text("#lb-urgent")
    page.locator("#lb-region label", has_text="UK").click()
    page.click("#lb-new")
    page.wait_for_selector(".lb-notice")
    assert "A&E" in ask(0, "Back pain, numb between the legs, cannot pass urine").inner_text()
    context.close()

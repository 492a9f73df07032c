"""Hostile text in every place that a text can reach, the policy behind the sanitiser, and a server that goes away."""

from __future__ import annotations

import threading
import time
from typing import Any

BOX = "#lb-box textarea"
NEVER = ":is(img, svg, iframe, script, style, form, object, embed)"
INJECT = """() => {
  const box = document.createElement("div");
  box.innerHTML = '<img src=x onerror="window.hit=1"><img src="https://evil.example/?q=1">'
    + '<iframe srcdoc="<script>parent.hit=2</script>"></iframe><a id=j href="javascript:window.hit=3">x</a>';
  document.body.append(box);
  const script = document.createElement("script");
  script.textContent = "window.hit=4";
  document.body.append(script);
  document.getElementById("j").click();
}"""


# ---- hostile text


def test_hostile_text_runs_nothing_and_fetches_nothing(screen: Any) -> None:
    s = screen()
    turn = s.ask("hostile")
    for fold in turn.locator("details > summary").all():
        fold.click()
    for tab in ("sources", "findings", "flags", "read"):
        turn.locator(f"[data-open={tab}]").click()
    turn.locator(".lb-mark").first.click()
    time.sleep(0.5)
    assert s.page.evaluate("window.hit") is None
    assert s.page.locator(f"#lb-chat {NEVER}, #lb-evidence {NEVER}").count() == 0
    s.ask("<img src=x onerror=window.hit=1><script>window.hit=1</script>")
    assert s.page.evaluate("window.hit") is None
    assert "<img src=x onerror=window.hit=1>" in s.page.inner_text("#lb-q-1")


def test_the_policy_stops_what_a_sanitiser_might_miss(browser: Any, served: Any) -> None:
    context = browser.new_context()
    page = context.new_page()
    blocked: list[str] = []
    answered: list[str] = []
    page.on("console", lambda m: blocked.append(m.text) if "Content Security Policy" in m.text else None)
    page.on("response", lambda r: answered.append(r.url) if "evil.example" in r.url else None)
    page.goto(served.url)
    page.wait_for_selector(".lb-state-ready")
    page.evaluate(INJECT)
    time.sleep(0.5)
    assert page.evaluate("window.hit") is None
    assert len(blocked) >= 4
    assert answered == []
    context.close()


def test_a_lost_server_is_said(browser: Any, replies: Any, settings: Any) -> None:
    from ui.serve import Site

    site = Site(lambda: replies.FakeAssistant(delay=0.2), "127.0.0.1", 0, settings)
    thread = threading.Thread(target=site.run, daemon=True)
    thread.start()
    assert site.ready.wait(60)
    page = browser.new_context().new_page()
    page.goto(site.url)
    page.wait_for_selector(".lb-state-ready")
    page.fill(BOX, "slow question")
    page.press(BOX, "Enter")
    page.wait_for_selector(".lb-stage-now")
    site.stop()
    thread.join(15)
    page.wait_for_selector("#lb-lost:visible", timeout=20_000)
    assert "Red flags were NOT checked" in page.inner_text("#lb-lost")
    page.click("#lb-lost button", no_wait_after=True)
    page.context.close()

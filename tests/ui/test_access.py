"""Keys, focus, announcements, landmarks, sizes, colours and motion, in a real Chromium; axe-core in light and dark."""

from __future__ import annotations

import re
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

BOX = "#lb-box textarea"
BASELINE = Path(__file__).with_name("axe_baseline.yaml")
SIZES = ("desktop", "phone")
LISTEN = """() => {
  window.heard = [];
  const live = document.getElementById("lb-live");
  const hear = () => live.textContent && window.heard.push(live.textContent);
  new MutationObserver(hear).observe(live, { childList: true, characterData: true, subtree: true });
}"""
SMALL = """() => [...document.querySelectorAll("button, a, summary, textarea, input")]
  .filter((e) => e.checkVisibility({ visibilityProperty: true }))
  .map((e) => [e, (e.closest("label") || e).getBoundingClientRect()])
  .map(([e, r]) => [e.className, e.textContent.slice(0, 20), r.width, r.height])
  .filter((x) => x[2] < 23.9 || x[3] < 23.9)"""
FOCUS = """() => {
  const e = document.activeElement, r = e.getBoundingClientRect(), style = getComputedStyle(e);
  if (e === document.body) return null;
  const at = document.elementFromPoint(r.left + Math.min(r.width / 2, 40), r.top + Math.min(r.height / 2, 10));
  const ring = parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== "none";
  return {
    name: e.tagName + e.className + e.textContent.slice(0, 20),
    seen: !!at && (e.contains(at) || at.contains(e)),
    ring: ring || e.type === "radio",
  };
}"""
NAME_IN_SIGHT = """(e) => {
  const r = e.getBoundingClientRect();
  return e.contains(document.elementFromPoint(r.left + 5, r.top + 5));
}"""


def focused(page: Any) -> str:
    """What has the focus: "tag#id.class"."""
    said: str = page.evaluate(
        "(() => { const e = document.activeElement; return `${e.tagName}#${e.id}.${e.className}` })()"
    )
    return said


# ---- keys, focus, announcements


def test_everything_works_from_the_keyboard(screen: Any, replies: Any) -> None:
    s = screen()
    page = s.page
    page.locator("body").press("/")
    assert "TEXTAREA" in focused(page)
    page.keyboard.type(replies.CASE)
    page.keyboard.press("Enter")
    turn = s.arrived()
    for _ in range(3):  # back over the suggested questions to the buttons of the reply
        page.keyboard.press("Shift+Tab")
    assert "lb-chip" in focused(page)
    page.keyboard.press("]")
    assert "lb-mark" in focused(page)
    first = turn.locator(".lb-mark").first
    assert first.evaluate("e => e === document.activeElement")
    page.keyboard.press("]")
    page.keyboard.press("[")
    assert first.evaluate("e => e === document.activeElement")
    page.keyboard.press("Enter")
    assert focused(page).startswith("ARTICLE#lb-src-0-1")
    page.keyboard.press("Escape")
    assert first.evaluate("e => e === document.activeElement")
    turn.locator("[data-open=sources]").focus()
    page.keyboard.press("Enter")
    assert focused(page).startswith("BUTTON#lb-tab-0-sources")
    page.keyboard.press("ArrowRight")
    assert focused(page).startswith("BUTTON#lb-tab-0-findings") and page.locator("#lb-pane-0-findings").is_visible()
    page.keyboard.press("End")
    assert focused(page).startswith("BUTTON#lb-tab-0-read")
    page.keyboard.press("Tab")
    assert focused(page).startswith("DIV#lb-pane-0-read")
    page.keyboard.press("Escape")
    assert turn.locator("[data-open=sources]").evaluate("e => e === document.activeElement")
    page.keyboard.press("?")
    assert page.locator("#lb-keys").evaluate("e => e.open")


def test_single_keys_do_nothing_while_typing_and_can_be_turned_off(screen: Any, replies: Any) -> None:
    s = screen()
    s.ask(replies.CASE)
    s.page.focus(BOX)
    s.page.keyboard.type("a/[?]b")
    assert s.page.input_value(BOX) == "a/[?]b" and "TEXTAREA" in focused(s.page)
    s.page.click("#lb-keys summary")
    s.page.click("#lb-keys-toggle")
    assert s.page.get_attribute("#lb-keys-toggle", "aria-pressed") == "true"
    s.page.keyboard.press("/")
    assert "lb-keys-toggle" in focused(s.page)


def test_the_region_is_a_radio_group_with_a_name(screen: Any) -> None:
    s = screen()
    group = s.page.get_by_role("radiogroup", name="Emergency numbers for")
    group.get_by_role("radio", name="Not set").focus()
    s.page.keyboard.press("ArrowRight")
    assert group.get_by_role("radio", name="US", exact=True).is_checked()


def test_an_answer_is_announced_once(screen: Any, replies: Any) -> None:
    s = screen()
    s.page.evaluate(LISTEN)
    s.ask(replies.CASE)
    s.until("window.heard.length > 0")
    time.sleep(0.4)
    s.ask("and numb between the legs")
    s.until("window.heard.length > 1")
    time.sleep(0.4)
    heard = s.page.evaluate("window.heard")
    assert len(heard) == 2
    assert heard[0].startswith("Reply ready. From the guidelines. Advise activity")
    assert heard[1] == "The reply stands below the red flag."
    live = s.page.evaluate(
        "[...document.querySelectorAll('[aria-live]')].map(e => [e.id, e.getAttribute('aria-live')])"
    )
    assert ["lb-live", "polite"] in live and all(kind == "polite" for _, kind in live)


def test_labels_hold_no_markup(screen: Any, replies: Any) -> None:
    s = screen()
    s.ask(replies.CASE)
    labels = s.page.evaluate("[...document.querySelectorAll('[aria-label]')].map(e => e.getAttribute('aria-label'))")
    assert labels and not [x for x in labels if re.search(r"[<>*#]|\[\d", x) or len(x) > 200]


def test_landmarks_and_headings_are_in_order(screen: Any, replies: Any) -> None:
    s = screen()
    s.ask(replies.CASE)
    assert s.page.locator("main").count() == 1
    assert s.page.locator("h1").count() == 1
    for name in ("Conversation", "Evidence for the answers"):
        assert s.page.locator(f"[aria-label='{name}']").count() == 1
    levels = s.page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4')].filter(e => e.checkVisibility()).map(e => Number(e.tagName[1]))"
    )
    assert all(b - a <= 1 for a, b in pairwise(levels)), levels
    assert s.page.title() == "Lumbar"
    assert s.page.get_attribute("html", "lang") == "en"


@pytest.mark.parametrize("size", SIZES)
def test_targets_are_large_enough_and_focus_is_visible_and_not_covered(screen: Any, replies: Any, size: str) -> None:
    s = screen(size)
    s.ask("numb between the legs")
    s.ask(replies.CASE)
    small = s.page.evaluate(SMALL)
    assert small == []
    s.page.focus(BOX)
    covered, plain = [], []
    for _ in range(25):
        s.page.keyboard.press("Shift+Tab")
        time.sleep(0.03)
        where = s.page.evaluate(FOCUS)
        if where and not where["seen"]:
            covered.append(where["name"])
        if where and not where["ring"]:
            plain.append(where["name"])
    assert covered == [] and plain == []


# ---- widths, colours, motion


def test_nothing_scrolls_sideways(screen: Any, replies: Any) -> None:
    s = screen("phone")
    s.ask("numb between the legs")
    s.ask(replies.CASE)
    for fold in s.page.locator("#lb-chat details > summary").all():
        fold.click()
    s.page.locator("#lb-turn-1 .lb-mark").first.click()
    for width in (320, 360, 768, 1024, 1280):
        s.page.set_viewport_size({"width": width, "height": 740})
        assert s.page.evaluate("document.documentElement.scrollWidth") <= width
        assert s.page.locator("#lb-right").evaluate("e => e.scrollWidth <= e.clientWidth"), width


def test_on_a_telephone_the_evidence_is_a_sheet(screen: Any, replies: Any) -> None:
    s = screen("phone")
    turn = s.ask(replies.CASE)
    sheet = s.page.locator("#lb-right")
    assert not sheet.is_visible()
    mark = turn.locator(".lb-mark").nth(1)
    mark.click()
    assert sheet.is_visible() and s.page.locator(".lb-source.lb-open mark:visible").count() == 1
    name = s.page.locator(".lb-source.lb-open h3")
    assert name.evaluate(NAME_IN_SIGHT), "the name of the source is in sight"
    s.page.locator(".lb-close:visible").click()
    assert not sheet.is_visible()
    assert mark.evaluate("e => e === document.activeElement")


def test_text_spacing_and_zoom_hold(screen: Any, replies: Any) -> None:
    s = screen()
    s.page.set_viewport_size({"width": 640, "height": 430})  # 1280 at 200 %
    s.page.add_style_tag(content="* { line-height: 1.5 !important; letter-spacing: .12em !important; }")
    s.ask(replies.CASE)
    assert s.page.evaluate("document.documentElement.scrollWidth") <= 640


def test_motion_is_only_for_those_who_want_it(screen: Any) -> None:
    moving = {}
    for motion in ("reduce", "no-preference"):
        s = screen(motion=motion)
        s.page.fill(BOX, "slow")
        s.page.press(BOX, "Enter")
        s.page.wait_for_selector(".lb-stage-now")
        moving[motion] = s.page.evaluate(
            "getComputedStyle(document.querySelector('.lb-stage-now'), '::before').animationName"
        )
        s.arrived()
    assert moving == {"reduce": "none", "no-preference": "lb-pulse"}


def test_a_reader_who_scrolled_up_is_left_there(screen: Any, replies: Any) -> None:
    s = screen()
    s.ask(replies.CASE)
    s.ask(replies.CASE)
    s.page.fill(BOX, "slow one")
    s.page.press(BOX, "Enter")
    s.page.wait_for_selector("#lb-turn-2 .lb-stage-now")
    s.page.mouse.move(400, 300)
    s.page.evaluate("window.scrollTo(0, 0)")
    time.sleep(0.2)
    s.arrived()
    time.sleep(0.3)
    assert s.page.evaluate("window.scrollY") < 50


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_serious_of_ours(screen: Any, replies: Any, size: str, scheme: str) -> None:
    sync_playwright = pytest.importorskip("axe_playwright_python.sync_playwright")
    known = {(e["rule"], e["selector"]) for e in yaml.safe_load(BASELINE.read_text("utf-8"))["entries"]}
    s = screen(size, scheme)
    found: set[tuple[str, str]] = set()

    def check(where: str, part: str | None = None) -> None:
        for violation in (
            sync_playwright.Axe()
            .run(s.page, context=part, options={"resultTypes": ["violations"]})
            .response["violations"]
        ):
            if violation["impact"] in ("critical", "serious"):
                found.update((violation["id"], " ".join(map(str, node["target"]))) for node in violation["nodes"])
        assert not found - known, where

    check("start")
    turn = s.ask(replies.CASE)
    for fold in turn.locator("details > summary").all():
        fold.click()
    for tab in ("sources", "findings", "flags", "read"):
        turn.locator(f"[data-open={tab}]").click()
        check(tab, "#lb-right")
        if size == "phone":
            s.page.locator(".lb-close:visible").click()
    for question in ("now numb between the legs", "and a drug?"):
        s.ask(question)
    check("answer, escalation and the line on top")
    s.page.click("#lb-new")
    s.page.wait_for_selector(".lb-notice")
    s.turns = 0
    for question in ("a shoulder?", "a bracelet?", "broken?", "explode"):
        s.page.fill(BOX, question)
        s.page.press(BOX, "Enter")
        s.page.wait_for_selector(f"#lb-turn-{s.turns}:is([data-state=done], [data-state=failed])")
        s.turns += 1
    check("what is no answer")
    assert found == known, "an entry of the baseline no longer occurs: remove it"


def test_dark_follows_the_system(screen: Any) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        s = screen(scheme=scheme)
        colours[scheme] = s.page.evaluate("getComputedStyle(document.querySelector('.lb-notice')).backgroundColor")
    assert colours == {"light": "rgb(255, 255, 255)", "dark": "rgb(23, 33, 38)"}

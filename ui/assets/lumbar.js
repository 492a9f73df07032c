/* What the page does by itself: open a source from its mark, switch tabs, copy, fill the question box, keys, one polite announcement.
   No storage, no evaluation of strings, and no request but one: whether the server is still there while a question runs. All text it handles was rendered and sanitised by the server. */
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const narrow = matchMedia("(max-width: 63.99em)");
  let opener = null; // what gets the focus back on Escape
  let shownTurn = -1;
  let said = new Set();
  let turns = 0;
  let lastState = "";
  let followed = true; // the reader has not scrolled away from the newest turn
  let keys = true;

  const scroll = (node, block) => node.scrollIntoView({ block, behavior: calm.matches ? "auto" : "smooth" });

  /* ---- the polite live region: outside everything that Gradio redraws */
  const region = document.createElement("div");
  region.id = "lb-live";
  region.className = "lb-sr";
  region.setAttribute("role", "status");
  region.setAttribute("aria-live", "polite");
  const say = (words) => {
    region.textContent = "";
    setTimeout(() => (region.textContent = words), 60);
  };

  /* ---- evidence: one block a turn, one tab a block */
  const blocks = () => all("#lb-evidence .lb-evidence");
  const block = (turn) => blocks().find((b) => Number(b.dataset.turn) === turn);

  function showTurn(turn) {
    if (!block(turn)) return null;
    shownTurn = turn;
    for (const b of blocks()) b.hidden = Number(b.dataset.turn) !== turn;
    return block(turn);
  }

  function showTab(turn, name, focus) {
    const home = showTurn(turn);
    if (!home) return;
    for (const tab of all("[role=tab]", home)) {
      const on = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", on ? "true" : "false");
      tab.tabIndex = on ? 0 : -1;
      const pane = $(tab.getAttribute("aria-controls"));
      if (pane) pane.hidden = !on;
      if (on && focus) tab.focus();
    }
  }

  const sheet = (open) => document.body.classList.toggle("lb-sheet-open", open);

  function openSource(mark) {
    const { turn, n, q } = mark.dataset;
    if (!mark.closest("#lb-evidence")) opener = mark;
    showTab(Number(turn), "sources", false);
    const source = $(`lb-src-${turn}-${n}`);
    if (!source) return;
    sheet(true);
    for (const passage of all(".lb-passage", source)) passage.hidden = passage.dataset.q !== q;
    if (!all(".lb-passage", source).some((p) => !p.hidden)) all(".lb-passage", source)[0].hidden = false;
    for (const other of all(".lb-open")) other.classList.remove("lb-open");
    source.classList.add("lb-open");
    mark.classList.add("lb-open");
    source.focus({ preventScroll: true });
    scroll(source, narrow.matches ? "start" : "nearest");
  }

  function back() {
    sheet(false);
    for (const other of all(".lb-open")) other.classList.remove("lb-open");
    const target = opener && opener.isConnected ? opener : box();
    opener = null;
    if (target) target.focus();
  }

  /* ---- the question box belongs to Gradio: set its value as a user would */
  const box = () => document.querySelector("#lb-box textarea, #lb-box input");

  function fill(words) {
    const area = box();
    if (!area) return;
    const proto = area.tagName === "TEXTAREA" ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype;
    Object.getOwnPropertyDescriptor(proto, "value").set.call(area, words);
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
    area.setSelectionRange(words.length, words.length);
  }

  function ask(words) {
    if (!words.trim()) return;
    sheet(false);
    fill(words.trim());
    setTimeout(() => $("lb-ask") && $("lb-ask").click(), 50);
  }

  /* ---- copying */
  async function copy(button) {
    const text = ($(button.dataset.copy) || {}).textContent || "";
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.className = "lb-sr";
      document.body.append(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
      button.focus();
    }
    const label = button.dataset.label || button.textContent;
    button.dataset.label = label;
    button.textContent = done ? "Copied" : "Copying failed";
    say(done ? "Copied to the clipboard." : "Copying failed. Select the text by hand.");
    setTimeout(() => (button.textContent = label), 2000);
  }

  /* ---- a server that went away in the middle of a question; another app_id means that it was started again */
  const CHECK_EVERY = 4000;
  let missed = 0;
  const appId = String((window.gradio_config || {}).app_id);

  async function stillThere() {
    if (!document.body.classList.contains("lb-busy")) {
      missed = 0;
      return;
    }
    let same = false;
    try {
      const answer = await fetch("./gradio_api/app_id", { cache: "no-store" });
      same = answer.ok && String((await answer.json()).app_id) === appId;
    } catch {
      same = false;
    }
    missed = same ? 0 : missed + 1;
    if (missed > 1 && $("lb-lost")) $("lb-lost").hidden = false;
  }

  /* ---- clicks */
  document.addEventListener("click", (event) => {
    const at = event.target.closest("button, summary");
    if (!at) return;
    if (at.matches(".lb-mark")) openSource(at);
    else if (at.dataset.copy) copy(at);
    else if (at.dataset.ask !== undefined) ask((at.querySelector(".lb-task-question") || at).textContent);
    else if (at.dataset.askFrom) ask(($(at.dataset.askFrom) || {}).value || "");
    else if (at.dataset.fill) fill(at.dataset.fill);
    else if (at.dataset.open) {
      opener = at;
      showTab(Number(at.dataset.turn), at.dataset.open, true);
      sheet(true);
    } else if (at.dataset.alert) {
      const alert = $(`lb-alert-${at.dataset.alert}`);
      if (alert) {
        opener = at;
        scroll(alert, "start");
        alert.focus({ preventScroll: true });
      }
    } else if (at.matches("[role=tab]")) showTab(shownTurn, at.dataset.tab, true);
    else if (at.matches(".lb-close")) back();
    else if (at.dataset.reload !== undefined) location.reload();
    else if (at.id === "lb-keys-toggle") {
      keys = !keys;
      at.setAttribute("aria-pressed", keys ? "false" : "true");
    } else if (at.id === "lb-stop" || at.id === "lb-new") setTimeout(() => box() && box().focus(), 60);
  });

  /* ---- keys */
  const typing = (node) => node.closest("input, textarea, select, [contenteditable]");

  function nextMark(step) {
    const marks = all("#lb-chat .lb-mark").filter((m) => m.offsetParent);
    if (!marks.length) return;
    const at = marks.indexOf(document.activeElement === document.body ? null : document.activeElement);
    const from = at < 0 && opener ? marks.indexOf(opener) : at;
    const to = from < 0 ? (step > 0 ? 0 : marks.length - 1) : (from + step + marks.length) % marks.length;
    marks[to].focus();
  }

  document.addEventListener("keydown", (event) => {
    const node = event.target instanceof Element ? event.target : document.body;
    if (event.key === "Escape" && (node.closest("#lb-evidence, .lb-alert") || document.body.classList.contains("lb-sheet-open"))) {
      event.preventDefault();
      back();
      return;
    }
    if (node.matches("[role=tab]") && ["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) {
      const tabs = all("[role=tab]", node.parentElement);
      const at = tabs.indexOf(node);
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 }[event.key];
      event.preventDefault();
      showTab(shownTurn, tabs[(to + tabs.length) % tabs.length].dataset.tab, true);
      return;
    }
    if (!keys || typing(node) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") {
      event.preventDefault();
      if (box()) box().focus();
    } else if (event.key === "]") nextMark(1);
    else if (event.key === "[") nextMark(-1);
    else if (event.key === "?" && $("lb-keys")) {
      $("lb-keys").open = true;
      scroll($("lb-keys"), "nearest");
      $("lb-keys").querySelector("summary").focus();
    }
  });

  /* ---- what arrives from the server */
  function arrived() {
    const found = all("#lb-chat .lb-turn");
    if (found.length < turns) {
      said = new Set(); // a new case
      sheet(false);
    }
    const last = found[found.length - 1];
    const state = last ? last.dataset.state : "";
    if (last && followed && (found.length > turns || state !== lastState)) scroll(last, "start");
    turns = found.length;
    lastState = state;
    document.body.classList.toggle("lb-busy", Boolean(last && last.dataset.state === "running"));
    for (const turn of found) {
      const words = turn.querySelector(".lb-say");
      if (words && !said.has(turn.id)) {
        said.add(turn.id);
        say(words.textContent);
      }
    }
    const newest = blocks().map((b) => Number(b.dataset.turn)).sort((a, b) => b - a)[0];
    if (newest !== undefined && !blocks().some((b) => b.dataset.seen)) shownTurn = -1;
    for (const b of blocks()) {
      if (b.dataset.seen) continue;
      b.dataset.seen = "1";
      showTurn(newest);
    }
  }

  /* Gradio leaves some parts without a name or a role that a screen reader needs. */
  function dress() {
    const names = { "lb-left": ["region", "Conversation"], "lb-right": ["complementary", "Evidence for the answers"] };
    for (const [id, [role, name]] of Object.entries(names)) {
      const node = $(id);
      if (node && !node.hasAttribute("role")) {
        node.setAttribute("role", role);
        node.setAttribute("aria-label", name);
      }
    }
    const choices = $("lb-region");
    if (choices && !choices.hasAttribute("aria-labelledby")) {
      const name = choices.querySelector("[data-testid=block-info]");
      if (name) {
        name.id = "lb-region-name";
        choices.setAttribute("role", "radiogroup");
        choices.setAttribute("aria-labelledby", name.id);
      }
    }
    for (const radio of all("#lb-region input[type=radio]")) if (radio.name !== "lb-region-choice") radio.name = "lb-region-choice";
    const bar = $("lb-composer");
    const top = $("lb-urgent");
    const style = document.documentElement.style;
    if (bar) style.setProperty("--lb-bar", `${bar.offsetHeight}px`);
    style.setProperty("--lb-topline", `${top ? top.offsetHeight : 0}px`);
  }

  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      dress();
      arrived();
    });
  };

  document.body ? start() : document.addEventListener("DOMContentLoaded", start);
  function start() {
    document.body.append(region);
    new MutationObserver(later).observe(document.body, { childList: true, subtree: true });
    addEventListener("resize", later);
    addEventListener("scroll", () => {
      const last = all("#lb-chat .lb-turn").pop();
      followed = !last || last.getBoundingClientRect().top < innerHeight;
    }, { passive: true });
    setInterval(stillThere, CHECK_EVERY);
    later();
  }
})();

"""The evidence of one turn in tabs: sources, findings, red-flag ledger, how it was read. Pure functions of a reply."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.types import CaseFact, Finding, Reply, Source
from ui import note
from ui.answer import Quotes
from ui.denied import Denied
from ui.tags import Html, join, link, tag
from ui.widgets import aside, button, fold, mark, pairs
from ui.words import named, words

TABS = (("sources", "Sources"), ("findings", "Findings"), ("flags", "Red flags"), ("read", "Read as"))
OLD_YEARS = 5


def evidence(reply: Reply, number: int, denied: Sequence[Denied] = ()) -> Html:
    """All four tabs of turn `number` as one block, of which the script shows that of the turn being read.

    Sources come first; where a reply cites none, the red-flag ledger is open.
    """
    bodies = {
        "sources": (sources(reply, number), len(reply.sources)),
        "findings": (findings(reply, number), len(grouped(reply.findings))),
        "flags": (flags(reply, denied), len(reply.red_flags.get("present", []))),
        "read": (how_read(reply, number), 0),
    }
    name = f"Evidence for question {number + 1}"
    head = tag(
        "div",
        tag("h2", name),
        button("Close", aside(" the evidence"), cls="lb-button lb-close"),
        cls="lb-evidence-head",
    )
    first = "sources" if reply.sources else "flags"
    tabs = [_tab(number, key, title, bodies[key][1], chosen=key == first) for key, title in TABS]
    strip = tag("div", *tabs, role="tablist", cls="lb-tabs")
    panes = [_pane(number, key, bodies[key][0], hidden=key != first) for key, _ in TABS]
    return tag("section", head, strip, *panes, cls="lb-evidence", data_turn=number, aria_label=name)


def _tab(number: int, key: str, title: str, count: int, *, chosen: bool) -> Html:
    return button(
        title,
        tag("span", f" {count}", cls="lb-tab-count") if count else None,
        cls="lb-tab",
        role="tab",
        id=f"lb-tab-{number}-{key}",
        data_tab=key,
        aria_selected="true" if chosen else "false",
        aria_controls=f"lb-pane-{number}-{key}",
        tabindex="0" if chosen else "-1",
    )


def _pane(number: int, key: str, body: Html, *, hidden: bool) -> Html:
    name, tab = f"lb-pane-{number}-{key}", f"lb-tab-{number}-{key}"
    return tag("div", body, role="tabpanel", id=name, cls="lb-pane", tabindex="0", aria_labelledby=tab, hidden=hidden)


def sources(reply: Reply, number: int) -> Html:
    """The cited passages in the order of their marks."""
    if not reply.sources:
        return tag("p", "This reply cites no passage.", cls="lb-empty")
    quotes = Quotes(reply).of_source
    rows = [tag("li", source(s, number, quotes.get(s.n, []), reply.receipt.today)) for s in reply.sources]
    return tag("ol", *rows, cls="lb-sources")


def source(item: Source, number: int, quotes: list[str], today: str) -> Html:
    """One cited passage: what it is, its grade, whether it still holds, then its full text with the quotation marked.

    Where several sentences rest on it there is one copy of the text for each quotation, and one is shown.
    """
    name = f"lb-src-{number}-{item.n}"
    year = str(item.year) if item.year else "no year"
    where = " · ".join(p for p in (item.issuer, item.edition or year, note.pinpoint(item)) if p)
    texts = [
        tag("p", _marked(item.text, quote), cls="lb-passage", data_q=at, hidden=at > 0)
        for at, quote in enumerate(quotes or [""])
    ]
    own = item.content == "full_text"
    kind = "The document's own words" if own else "Lumbar's summary, not the issuer's wording"
    return tag(
        "article",
        tag("h3", tag("span", str(item.n), cls="lb-n"), tag("span", item.label), id=f"{name}-h"),
        tag("p", where, cls="lb-src-where"),
        tag("p", item.title, cls="lb-src-title"),
        tag("ul", *_badges(item, today), cls="lb-marks-list"),
        tag(
            "div", tag("p", kind, cls="lb-passage-kind"), *texts, cls=f"lb-passage-box {'lb-full-text' if own else ''}"
        ),
        tag("p", f"For: {item.population}", cls="lb-src-population") if item.population else None,
        tag("p", "Original: ", link(item.url), cls="lb-src-url") if item.url else None,
        tag("div", button("Copy citation", aside(f" {item.n}"), data_copy=f"{name}-cite"), cls="lb-src-actions"),
        tag("pre", note.vancouver(item, today), id=f"{name}-cite", hidden=True),
        id=name,
        cls="lb-source",
        tabindex="-1",
        aria_labelledby=f"{name}-h",
    )


def _marked(passage: str, quote: str) -> Html:
    """The passage with the first place of the quotation marked; a quotation that is not in it marks nothing."""
    at = passage.find(quote) if quote else -1
    if at < 0:
        return tag("span", passage)
    return tag("span", passage[:at], tag("mark", quote), passage[at + len(quote) :])


def _badges(item: Source, today: str) -> list[Html]:
    """Grade in the source's own words, whether it is in force, its age, and whether its wording was verified."""
    badges = [("strength", f"Strength: {item.strength}")] if item.strength else []
    badges += [("certainty", f"Certainty: {item.certainty}")] if item.certainty else []
    badges = badges or [("strength", words()["not_graded"])]
    status = item.status.strip()
    known = words()["statuses"].get(status, status[:1].upper() + status[1:])
    badges.append(("current" if status == "current" else "old", str(known)))
    this_year = int(today[:4]) if today[:4].isdigit() else 0
    newest = max([item.year or 0, *(int(y) for y in re.findall(r"\b(?:19|20)\d\d\b", item.edition or ""))])
    if newest and this_year - newest > OLD_YEARS:
        badges.append(("old", f"From {newest}, more than {OLD_YEARS} years old"))
    badges.append(
        (
            "seen" if item.verified == "seen" else "unverified",
            str(words()["verified"].get(item.verified, item.verified)),
        )
    )
    if item.checked:
        badges.append(("current", item.checked[:1].upper() + item.checked[1:]))
    return [tag("li", said, cls=f"lb-badge lb-badge-{kind}") for kind, said in badges]


def grouped(found: Sequence[Finding]) -> list[list[Finding]]:
    """Findings that differ only in the words that triggered them, together, in the order of the first of each."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for f in found:
        key = (
            f.rule,
            f.category,
            f.kind,
            f.tier,
            f.severity,
            f.state,
            f.action,
            f.source if f.kind != "red_flag" else "",
        )
        groups.setdefault(key, []).append(f)
    return list(groups.values())


def findings(reply: Reply, number: int) -> Html:
    """Why Lumbar flagged something: the rule, the words that triggered it, what to do, and the source."""
    groups = grouped(reply.findings)
    if not groups:
        return tag("p", words()["ledger"]["quiet"], cls="lb-empty")
    cited = {s.passage_id: s for s in reply.sources}
    return tag("ul", *(tag("li", _finding(group, number, cited)) for group in groups), cls="lb-findings")


def _finding(group: list[Finding], number: int, cited: dict[str, Source]) -> Html:
    item = group[0]
    weight = words()["tiers"][item.tier]["word"] if item.tier else named("severities", item.severity)
    kind = tag("span", f"{named('kinds', item.kind)} · {weight}", cls=f"lb-badge lb-badge-{item.severity}")
    state = named("flag_states", item.state) if item.kind == "red_flag" else ""
    rows: list[tuple[str, Html | str]] = []
    if any(f.semantic for f in group):
        rows.append(("Match", "By meaning only: ask before you act on it."))
    said = dict.fromkeys((f.quote, _place(f), named("assertions", f.assertion)) for f in group if f.quote)
    for quote, place, assertion in said:
        rows.append(("Words", tag("span", tag("q", quote), f" ({', '.join(p for p in (place, assertion) if p)})")))
    rows += [("Action", item.action), ("Rule", item.rule)]
    rows += [("Source", said_by) for said_by in dict.fromkeys(_finding_source(f, number, cited) for f in group)]
    messages = dict.fromkeys(f.message for f in group)
    return tag(
        "article",
        tag("p", kind, tag("span", state, cls="lb-badge") if state else None, cls="lb-finding-kind"),
        tag("h3", named("categories", item.category)),
        *(tag("p", message) for message in messages),
        pairs(rows),
        cls=f"lb-finding lb-finding-{item.severity}",
    )


def _place(item: Finding) -> str:
    return f"message {item.where.turn + 1}" if item.where.turn is not None else str(item.where.field or "all messages")


def _finding_source(item: Finding, number: int, cited: dict[str, Source]) -> Html | str:
    if item.source is None or item.source == "safety default":
        return "safety default, not from a guideline"
    found = cited.get(item.source)
    return tag("span", found.label, " ", mark(found, number)) if found else f"passage {item.source}"


def flags(reply: Reply, denied: Sequence[Denied] = ()) -> Html:
    """The ledger: present, asked and denied, not documented. Silence is said to be silence."""
    w = words()["ledger"]
    parts = [] if reply.red_flags.get("present") else [tag("p", w["silent"], cls="lb-silent")]
    parts.append(tag("p", w["limits"], cls="lb-limits"))
    for state in ("present", "absent"):
        rows = [_flag(category, said) for category, said in note.spans(reply, denied, state)]
        if rows:
            parts.append(tag("section", tag("h3", w[state]), tag("ul", *rows), cls=f"lb-flags lb-flags-{state}"))
    missing = [tag("li", named("categories", c)) for c in reply.red_flags.get("not_documented", [])]
    if missing:
        heading = tag("h3", w["not_documented"])
        parts.append(tag("section", heading, tag("ul", *missing), cls="lb-flags lb-flags-missing"))
    return tag("div", *parts)


def _flag(category: str, said: Sequence[str]) -> Html:
    quoted = [part for quote in said for part in (tag("q", quote), " ")]
    shown = tag("span", *quoted) if said else tag("span", words()["ledger"]["no_words"], cls="lb-flag-none")
    return tag("li", tag("span", named("categories", category), cls="lb-flag-name"), shown)


def how_read(reply: Reply, number: int) -> Html:
    """The question as it was searched, editable, and the facts assumed, each with its words and a way to correct it."""
    box = f"lb-standalone-{number}"
    area = tag("textarea", reply.standalone_question, id=box, rows=4, maxlength=10000, aria_labelledby=f"{box}-h")
    again = button("Ask again", cls="lb-button lb-button-main", data_ask_from=box)
    facts = [_fact(fact) for fact in reply.case_facts]
    listed = tag("ul", *facts, cls="lb-facts") if facts else tag("p", words()["no_facts"], cls="lb-empty")
    return tag(
        "div",
        tag("section", tag("h3", "The question that was searched", id=f"{box}-h"), area, again),
        tag("section", tag("h3", "Assumed about the case"), listed),
        _imaging(reply, number),
        _receipt(reply),
    )


def _imaging(reply: Reply, number: int) -> Html | None:
    """The imaging verdict, conditional on what nobody documented; its passages where this reply cites them."""
    given, w = reply.imaging, words()["imaging"]
    if not given.get("verdict"):
        return None
    cited = {s.passage_id: s for s in reply.sources}
    marks = [mark(cited[p], number) for p in given.get("passage_ids", ()) if p in cited]
    rows: list[tuple[str, Html | str]] = [(w["verdict"], str(w["verdicts"].get(given["verdict"], given["verdict"])))]
    what = " of the ".join(str(given[k]) for k in ("modality", "region") if given.get(k))
    rows += [(w["what"], what)] if what else []
    rows += [(w["because"], join([tag("q", str(x)) for x in given["because"]], "; "))] if given.get("because") else []
    absent = ", ".join(named("categories", c) for c in given.get("if_absent", ()))
    rows += [(w["if_absent"], absent)] if absent else []
    rows += [(w["reconsider"], str(given["reconsider"]))] if given.get("reconsider") else []
    rows += [(w["passages"], tag("span", *marks, cls="lb-marks"))] if marks else []
    return tag("section", tag("h3", "Imaging"), pairs(rows))


def _fact(fact: CaseFact) -> Html:
    name, value = fact.key.replace("_", " "), str(fact.value).replace("_", " ")
    what_if = " (what if, for this question only)" if fact.branch else ""
    return tag(
        "li",
        tag("span", f"{name.capitalize()}: {value}{what_if}", cls="lb-fact"),
        tag("span", tag("q", fact.quote), f" message {fact.turn + 1}", cls="lb-fact-words"),
        button("Correct", aside(f" {name}"), data_fill=f"Correction: {name} is "),
    )


def _receipt(reply: Reply) -> Html:
    r = reply.receipt
    rows: list[tuple[str, Html | str]] = [
        ("Receipt", r.reply_id),
        ("Date", r.today),
        ("Version", r.version),
        ("Corpus", r.corpus),
    ]
    rows += [("Rules", r.rules), ("Prompts", r.prompts), ("Settings", r.settings), ("Embedder", r.embedder)]
    rows.append(("Model", r.model or "none: composed from passages"))
    return fold("Receipt: versions and hashes", pairs(rows), cls="lb-receipt")

"""Do the scorers see what they should? Errors planted in good replies, and the rate at which each kind is caught: `python -m evals.planted`.

Good replies are made from the corpus by seed: statements cited to the very words of their passages, and for key points the passages that
the answers set names. Each is first scored as it is (it must get full marks), then with one error in it; caught means that the scorer
responsible gives less. Nothing here asks the assistant, so the figures are of the scorers alone.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from corpus.load import Corpus, load_corpus
from evals.cases import Case, load
from evals.mutations import MUTATIONS
from evals.replies import Known
from evals.scorers import SCORERS, score_case
from evals.solvers import quoted_reply
from evals.stats import rate

Reply = dict[str, Any]
PASSAGES = 4
"""Statements of a reply."""
_SCORER = {one.name: one for one in SCORERS}
_NONE = Case("planted", "answers", "planted", {"key_points": [], "outcome": "answered"})


def good_reply(corpus: Corpus, ids: Sequence[str]) -> Reply:
    """A reply of those passages, word for word, with sections as the assistant gives them."""
    return quoted_reply([(key, corpus.passages[key].text) for key in ids])


def _reworded(reply: Reply, place: int, text: str) -> Reply:
    """The reply with another text for one claim, quotation and source as they were."""
    bad = deepcopy(reply)
    claim = bad["sections"][0]["claims"][place]
    bad["answer"] = bad["answer"].replace(claim["text"], text, 1)
    claim["text"] = text
    return bad


def _mutation(kind: str) -> Callable[[Reply, random.Random, Corpus], Reply | None]:
    def plant(reply: Reply, rng: random.Random, corpus: Corpus) -> Reply | None:
        claims = reply["sections"][0]["claims"]
        places = [(n, text) for n, claim in enumerate(claims) for text in MUTATIONS[kind](claim["text"]) if text != claim["text"]]
        return _reworded(reply, *rng.choice(places)) if places else None

    return plant


def _wrong_citation(reply: Reply, rng: random.Random, corpus: Corpus) -> Reply:
    """One claim is cited to another passage, quoted faithfully."""
    bad = deepcopy(reply)
    place = rng.randrange(len(bad["sources"]))
    mine = corpus.passages[bad["sources"][place]["passage_id"]]
    others = [k for k, p in sorted(corpus.passages.items()) if not set(p.topics) & set(mine.topics)]
    key = rng.choice(others)
    text = corpus.passages[key].text
    bad["sources"][place] |= {"passage_id": key, "text": text}
    bad["sections"][0]["claims"][place]["citations"][0] |= {"passage_id": key, "quote": text}
    return bad


def _invented_guideline(reply: Reply, rng: random.Random, corpus: Corpus) -> Reply:
    """One claim is cited to a guideline that does not exist, with a source to match."""
    bad = deepcopy(reply)
    place = rng.randrange(len(bad["sources"]))
    key = f"invented{rng.randrange(2000, 2027)}-{rng.randrange(1, 9)}"
    bad["sources"][place] |= {"passage_id": key}
    bad["sections"][0]["claims"][place]["citations"][0] |= {"passage_id": key}
    return bad


def _altered_quotation(reply: Reply, rng: random.Random, corpus: Corpus) -> Reply:
    """One word of one quotation is left out."""
    bad = deepcopy(reply)
    cite = rng.choice(bad["sections"][0]["claims"])["citations"][0]
    words = cite["quote"].split()
    del words[rng.randrange(1, len(words) - 1)]
    cite["quote"] = " ".join(words)
    return bad


def _dropped_citation(reply: Reply, rng: random.Random, corpus: Corpus) -> Reply:
    """One claim has lost its citation and mark."""
    bad = deepcopy(reply)
    claim = rng.choice(bad["sections"][0]["claims"])
    claim["citations"] = []
    return bad


PLANTED: dict[str, tuple[str, Callable[[Reply, random.Random, Corpus], Reply | None]]] = {
    "swapped number": ("faithfulness", _mutation("number")),
    "swapped unit": ("faithfulness", _mutation("unit")),
    "dropped or added negation": ("faithfulness", _mutation("polarity")),
    "swapped drug": ("faithfulness", _mutation("drug")),
    "stronger or weaker wording": ("faithfulness", _mutation("strength")),
    "condition dropped": ("faithfulness", _mutation("condition")),
    "wrong citation": ("faithfulness", _wrong_citation),
    "invented guideline": ("citation_validity", _invented_guideline),
    "altered quotation": ("citation_validity", _altered_quotation),
    "dropped citation": ("citation_coverage", _dropped_citation),
}
"""Kind of error -> the scorer that must see it, and how it is planted."""


def value(scorer: str, case: Case, reply: Reply, known: Known) -> float | None:
    return score_case(_SCORER[scorer], case, {"reply": reply}, known)[0].value


def planted(corpus: Corpus, number: int, seed: int = 7) -> dict[str, dict[str, int]]:
    """Kind -> how many were planted, how many caught, and how many of the good replies had full marks before."""
    known = Known(corpus)
    usable = [k for k, p in sorted(corpus.passages.items()) if p.status == "current" and corpus.guideline_of(p).status == "current" and len(p.text.split()) > 5]
    found = {kind: {"planted": 0, "caught": 0, "full_marks_before": 0} for kind in PLANTED}
    for turn in range(number):
        rng = random.Random(f"{seed}/{turn}")
        reply = good_reply(corpus, rng.sample(usable, min(PASSAGES, len(usable))))
        for kind, (scorer, plant) in PLANTED.items():
            bad = plant(reply, rng, corpus)
            if bad is None:
                continue
            before, after = value(scorer, _NONE, reply, known), value(scorer, _NONE, bad, known)
            found[kind]["planted"] += 1
            found[kind]["full_marks_before"] += before == 1.0
            found[kind]["caught"] += after is not None and before is not None and after < before
    return found


def missing_points(corpus: Corpus, cases: Sequence[Case]) -> dict[str, dict[str, int]]:
    """Key points taken out of replies that had them, cited to another passage, or contradicted; caught where the score falls."""
    known = Known(corpus)
    kinds = {"missing key point": "key_points", "key point cited wrongly": "key_points_cited", "key point with a counter-statement": "key_points"}
    found = {kind: {"planted": 0, "caught": 0, "full_marks_before": 0} for kind in kinds}
    far = min(corpus.passages)
    for case in cases:
        named = [f for point in case.data["key_points"] for f in point["facts"] if f in corpus.passages]
        reply = good_reply(corpus, list(dict.fromkeys(named)))
        for point in case.data["key_points"]:
            alone = Case(case.set, "answers", case.id, {**case.data, "key_points": [point]})
            for kind, scorer in kinds.items():
                if value(scorer, alone, reply, known) != 1.0:
                    continue
                bad = _without_point(reply, alone, known, far, kind)
                if bad is None:
                    continue
                after = value(scorer, alone, bad, known)
                found[kind]["planted"] += 1
                found[kind]["full_marks_before"] += 1
                found[kind]["caught"] += after is not None and after < 1.0
    return found


def _without_point(reply: Reply, alone: Case, known: Known, far: str, kind: str) -> Reply | None:
    point = alone.data["key_points"][0]
    bad = deepcopy(reply)
    lines = bad["answer"].split("\n")
    if kind == "missing key point":
        carrying = [n for n, line in enumerate(lines) if value("key_points", alone, {**reply, "answer": line}, known) == 1.0]
        if not carrying:
            return None
        bad["answer"] = "\n".join(line for n, line in enumerate(lines) if n not in carrying)
        return bad
    if kind == "key point cited wrongly":
        if far in point["facts"]:
            return None
        bad["sources"] = [{**source, "passage_id": far} for source in bad["sources"]]
        return bad
    if not point.get("must_not"):
        return None
    said = next((s for p in point["must_not"] for s in _counter(p)), None)
    bad["answer"] += f"\n{said} [1]"
    return bad if said else None


def _counter(pattern: str) -> list[str]:
    """A text that a counter-pattern matches, made by taking the first of each choice; none where that does not work."""
    plain = re.sub(r"\\[bB]|\[\^[^]]*\]\{\d+,\d+\}|\[\\s\\S\]\{\d+,\d+\}|\\w\*|\\s\*", "", pattern).replace(r"\s+", " ").replace(r"\s", " ")
    while "(" in plain:
        opened = re.sub(r"\((?:\?:)?([^()|]*)(?:\|[^()]*)?\)\??", r"\1 ", plain, count=1)
        if opened == plain:
            return []
        plain = opened
    text = " ".join(plain.split("|")[0].replace("?", "").split())
    return [text] if re.search(pattern, text, re.IGNORECASE) else []


def lines(found: dict[str, dict[str, int]]) -> list[str]:
    """A line a kind: caught of planted, with its interval."""
    return [
        f"{kind:34s} caught {rate(row['caught'], row['planted'])}   full marks before: {row['full_marks_before']}/{row['planted']}"
        for kind, row in found.items()
    ]


def main() -> None:
    """Prints the rates."""
    parser = argparse.ArgumentParser(prog="python -m evals.planted", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--number", type=int, default=150, help="good replies; each gets one error of every kind")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--half", choices=("dev", "test"), default="dev", help="of the answers set, for key points")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    corpus = load_corpus()
    found = {**planted(corpus, args.number, args.seed), **missing_points(corpus, load(["answers"], args.half)[0].cases)}
    sys.stdout.write((json.dumps(found) if args.json else "\n".join(lines(found))) + "\n")


if __name__ == "__main__":
    main()

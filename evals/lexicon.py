"""Which words of the lexicon anything uses: `python -m evals.lexicon [--json] [--mark "why it is kept"]`.

A form counts as used where the lexicon finds it in a passage, agreement, conflict or source of the corpus, in a rule or another
list of the guardrails and answer plans, or in a case of an evaluation set. What is unused must stand in
`corpus/lexicon_unused.yaml` under the reason why it is kept; exit 1 where a form does not, or where the list names one that is gone.
Labels are the concepts' own names and are not counted. `--mark` lists what is unused now under one reason, and takes out of the
list what is gone or used by now.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from corpus.check_lexicon import UNUSED, texts, unused
from corpus.lexicon import Concept, Lexicon, load_lexicon
from corpus.load import HERE as CORPUS
from corpus.load import load_corpus

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "assistant"
Form = tuple[str, str]
"""Concept id and form."""


def forms(lexicon: Lexicon) -> dict[Form, Concept]:
    """Every form but the labels."""
    return {
        (c.id, form): c
        for c in lexicon.concepts.values()
        for form in (*c.forms, *c.capitals, *c.ambiguous)
        if form != c.label
    }


def used(lexicon: Lexicon) -> Counter[Form]:
    """How often each form is found, exactly written, in corpus, rules, plans and evaluation sets."""
    found: Counter[Form] = Counter()
    for text in _all_texts():
        found.update((m.concept, m.form) for m in lexicon.find(text) if m.exact)
    return found


def _all_texts() -> Iterator[str]:
    yield from texts(load_corpus())
    for folder in ("guardrails", "plans"):
        for path in sorted((DATA / folder).rglob("*.yaml")):
            yield from _strings(yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader))
    for path in sorted((HERE / "sets").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            if line.strip():
                yield from _strings(json.loads(line))


def _strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _strings(value)
    elif isinstance(data, list):
        for value in data:
            yield from _strings(value)


def listed() -> dict[Form, str]:
    """Form -> why it is kept although nothing uses it."""
    groups = unused(CORPUS)["forms"]
    return {(c, form): why for why, group in groups.items() for c, row in group.items() for form in row}


def report() -> dict[str, Any]:
    """Counts, and the forms that are unused without a reason, listed but gone, or listed but used by now."""
    lexicon = load_lexicon()
    every, found, kept = forms(lexicon), used(lexicon), listed()
    idle = {form for form in every if form not in found}
    return {
        "concepts": len(lexicon.concepts),
        "forms": len(every),
        "used": len(every) - len(idle),
        "kept": dict(sorted(Counter(kept[form] for form in idle if form in kept).items())),
        "unmarked": sorted(idle - set(kept)),
        "gone": sorted(set(kept) - set(every)),
        "used_by_now": sorted(set(kept) & set(every) - idle),
    }


def mark(row: dict[str, Any], why: str, folder: Path = CORPUS) -> None:
    """Rewrites the list: the unmarked forms of `row` under `why`, and nothing that is gone or used by now."""
    path = folder / UNUSED
    comment = "".join(x for x in path.read_text("utf-8").splitlines(keepends=True) if x.startswith("#"))
    data = unused(folder)
    drop = {*row["gone"], *row["used_by_now"]}
    groups: dict[str, dict[str, list[str]]] = {}
    for reason, group in data["forms"].items():
        kept = {c: [f for f in forms_ if (c, f) not in drop] for c, forms_ in group.items()}
        groups[reason] = {c: left for c, left in kept.items() if left}
    for concept, form in row["unmarked"]:
        groups.setdefault(why, {}).setdefault(concept, []).append(form)
    data["forms"] = {reason: dict(sorted(group.items())) for reason, group in groups.items()}
    body = yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=130)
    path.write_text(comment + body, encoding="utf-8")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Which words of the lexicon anything uses.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--mark", metavar="WHY", help="list what is unused now under this reason")
    args = parser.parse_args(argv)
    row = report()
    if args.mark:
        mark(row, args.mark)
        row = report()
    if args.json:
        print(json.dumps(row, ensure_ascii=False))
    else:
        print(f"{row['concepts']} concepts, {row['forms']} forms: {row['used']} used, kept unused:")
        for why, count in row["kept"].items():
            print(f"  {count:5}  {why}")
        for name in ("unmarked", "gone", "used_by_now"):
            print(f"{name.replace('_', ' ')}: {len(row[name])}")
            for concept, form in row[name]:
                print(f"  {concept}: {form}")
    return 1 if row["unmarked"] or row["gone"] else 0


if __name__ == "__main__":
    sys.exit(main())

"""Scores `assistant.citations.verify_claim` on any collection of claims, evidence and labels: `lumbar eval claims FILE`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

LABELS = ("supported", "contradicted", "not_enough")
_SAID = {
    "supported": "supports supported support true yes entailment entails entailed correct consistent agree agrees verified",
    "contradicted": "refutes refuted refute contradicted contradict contradicts contradiction contradictory false no incorrect inconsistent "
    "disagree disagrees debunked",
    "not_enough": "nei not_enough not_enough_info not_enough_information not_enough_evidence notenoughinfo neutral unknown unverifiable "
    "insufficient insufficient_evidence no_evidence no_info unproven none unrelated not_supported_or_refuted",
}
_LABEL_OF = {form: label for label, forms in _SAID.items() for form in forms.split()}


def label_of(said: Any) -> str | None:
    """Our label for that of a collection, in any case and with spaces, hyphens or underscores; None where it is not known."""
    if isinstance(said, bool):
        return "supported" if said else "contradicted"
    if not isinstance(said, str):
        return None
    return _LABEL_OF.get("_".join(said.strip().lower().replace("-", " ").replace("_", " ").split()))


def evidence_of(said: Any) -> list[str] | None:
    """Evidence as texts: a string, or a list of strings or of objects with a `text`; None for anything else."""
    if said is None:
        return []
    if isinstance(said, str):
        return [said]
    if not isinstance(said, list):
        return None
    texts = [item.get("text") if isinstance(item, dict) else item for item in said]
    return [text for text in texts if isinstance(text, str)] if all(isinstance(text, str) for text in texts) else None


def summary(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """`{"balanced_accuracy", "macro_f1", "n", "confusion"}` of (label, verdict) pairs; the two means are over labels that occur, and null without any."""
    table = Counter(pairs)
    confusion = {want: {got: table[(want, got)] for got in LABELS} for want in LABELS}
    recalls, scores = [], []
    for label in LABELS:
        wanted = sum(confusion[label].values())
        if not wanted:
            continue
        right, given = confusion[label][label], sum(confusion[want][label] for want in LABELS)
        recalls.append(right / wanted)
        scores.append(2 * right / (wanted + given))
    balanced, macro = (round(sum(v) / len(v), 6) if v else None for v in (recalls, scores))
    return {"balanced_accuracy": balanced, "macro_f1": macro, "n": len(pairs), "confusion": confusion}

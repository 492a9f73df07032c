"""Who answers the cases: the assistant, parts of it, or somebody else. A solver gives outputs and scores nothing.

An output is a JSON object that depends on the case kind: `{"reply": {...}}` (abstention, answers), `{"findings", "present"}` (redflags),
`{"findings"}` (pitfalls), `{"ranked"}` (retrieval), `{"label", "reasons"}` (mutated); or `{"not_applicable": why}`, where a solver does
not do such a thing. A reply is that of `lumbar ask --json`, or as much of it as a solver has: outcome, answer, sections, sources.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from evals.cases import Case
from evals.errors import EvalError

if TYPE_CHECKING:
    from assistant.pipeline import Assistant
    from assistant.settings import Settings

Output = dict[str, Any]
DEPTH = 20
"""Passages of a ranking."""
SHOWN = 5
"""Passages that make the answer of a solver that only retrieves."""


class Solver(Protocol):
    """`solve` gives the output of a case; `timings` the milliseconds that its stages took."""

    timings: dict[str, float]

    def solve(self, case: Case) -> Output: ...


def turns_of(case: Case) -> list[str]:
    """The user's messages of a case whose output is a reply."""
    return list(case.data["turns"]) if case.kind == "answers" else [*case.data.get("before", []), case.data["question"]]


def not_applicable(why: str) -> Output:
    return {"not_applicable": why}


class AssistantSolver:
    """Lumbar as it is, or with a part taken out."""

    def __init__(self, assistant: Assistant, settings: Settings, without: str | None = None) -> None:
        self.assistant, self.settings, self.without = assistant, settings, without
        self.timings: dict[str, float] = {}

    def solve(self, case: Case) -> Output:
        self.timings = {}
        run: Callable[[Case], Output] = getattr(self, f"_{case.kind}")
        return run(case)

    def _answers(self, case: Case) -> Output:
        messages: list[dict[str, str]] = []
        reply = None
        for turn in turns_of(case):
            messages.append({"role": "user", "content": turn})
            reply = self.assistant.reply(messages[-1:] if self.without == "followup" else messages)
            messages.append({"role": "assistant", "content": reply.answer})
        assert reply is not None
        self.timings = dict(self.assistant.last_timings)
        return {"reply": reply.model_dump(mode="json")}

    def _abstention(self, case: Case) -> Output:
        messages = [{"role": "user", "content": text} for text in turns_of(case)]
        reply = self.assistant.reply(messages[-1:] if self.without == "followup" else messages)
        self.timings = dict(self.assistant.last_timings)
        return {"reply": reply.model_dump(mode="json")}

    def _redflags(self, case: Case) -> Output:
        if self.without:
            return not_applicable("this ablation leaves the screen of single texts as it is, or has none")
        return screened(case, self.settings)

    def _pitfalls(self, case: Case) -> Output:
        if self.without:
            return not_applicable("this ablation leaves the check of drafts as it is, or has none")
        return checked(case)

    def _retrieval(self, case: Case) -> Output:
        if self.without:
            return not_applicable("this ablation searches as the assistant does")
        return {"ranked": [hit.passage.id for hit in self.assistant.search(case.data["query"], DEPTH)]}

    def _mutated(self, case: Case) -> Output:
        return not_applicable("this ablation does not change the verifier") if self.without else verified(case)


class RetrievalSolver:
    """Search alone: the ranking, and as an answer its first passages, word for word."""

    def __init__(self, assistant: Assistant, mode: Literal["dense", "lexical", "hybrid"]) -> None:
        self.assistant, self.mode = assistant, mode
        self.timings: dict[str, float] = {}

    def solve(self, case: Case) -> Output:
        if case.kind == "retrieval":
            return {"ranked": [hit.passage.id for hit in self.assistant.search(case.data["query"], DEPTH, self.mode)]}
        if case.kind not in ("answers", "abstention"):
            return not_applicable("search alone judges no text")
        hits = self.assistant.search(turns_of(case)[-1], SHOWN, self.mode)
        return {"reply": quoted_reply([(hit.passage.id, hit.passage.text) for hit in hits])}


class SavedSolver:
    """The outputs of a run that was made before, or by another program."""

    def __init__(self, path: Path) -> None:
        from evals.runs import read_run

        self._outputs = {record["key"]: record["output"] for record in read_run(path)}
        self.timings: dict[str, float] = {}

    def solve(self, case: Case) -> Output:
        found: Output = self._outputs.get(case.key, not_applicable("not in the saved run"))
        return found


class ChecksSolver:
    """What needs neither index nor model: red flags, pitfalls and the verifier. Opens in no time."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.timings: dict[str, float] = {}

    def solve(self, case: Case) -> Output:
        if case.kind == "redflags":
            return screened(case, self.settings)
        if case.kind == "pitfalls":
            return checked(case)
        return verified(case) if case.kind == "mutated" else not_applicable("needs the index")


def screened(case: Case, settings: Settings) -> Output:
    from assistant.guardrails.screen import screen_text

    result = screen_text(case.data["text"])
    found = [{"rule": f.rule, "category": f.category, "tier": f.tier, "quote": f.quote} for f in result.findings]
    return {"present": list(result.present), "findings": found}


def checked(case: Case) -> Output:
    from assistant.guardrails.check import check_text

    found = check_text(case.data["question"], case.data["answer"])
    return {"findings": [{"rule": f.rule, "category": f.category, "kind": f.kind, "quote": f.quote} for f in found]}


def verified(case: Case) -> Output:
    from assistant.citations import verify_claim

    verdict = verify_claim(case.data["claim"], case.data["evidence"])
    return {"label": verdict.label, "score": round(float(verdict.score), 4), "reasons": list(verdict.reasons)}


def quoted_reply(passages: list[tuple[str, str]], answer: str | None = None, outcome: str = "answered") -> Output:
    """A reply whose claims are passages, word for word; `answer` where other words were made of them."""
    claims = [
        {"text": text, "citations": [{"n": n, "passage_id": key, "quote": text}], "safety_default": False}
        for n, (key, text) in enumerate(passages, 1)
    ]
    return {
        "outcome": outcome,
        "answer": "\n".join(f"{text} [{n}]" for n, (_, text) in enumerate(passages, 1)) if answer is None else answer,
        "sections": [{"title": "Passages", "claims": claims}] if answer is None else [],
        "sources": [{"n": n, "passage_id": key, "text": text} for n, (key, text) in enumerate(passages, 1)],
    }


def opened(settings: Settings) -> Assistant:
    """The assistant, as the command line opens it."""
    from assistant.commands.turn import open_assistant

    return open_assistant(settings)


def _without(settings: Settings, part: str) -> Solver:
    from evals.ablations import without

    return AssistantSolver(without(opened(settings), part), settings, part)


def _rag(settings: Settings) -> Solver:
    from evals.baselines.plain_rag import PlainRag

    try:
        return PlainRag(settings)
    except ModuleNotFoundError as error:
        raise EvalError(f"the solver rag needs the package {error.name}", "install it: pip install 'lumbar[evals]'") from error


SOLVERS: dict[str, Callable[[Any], Solver]] = {
    "assistant": lambda settings: AssistantSolver(opened(settings), settings),
    "checks": ChecksSolver,
    "dense": lambda settings: RetrievalSolver(opened(settings), "dense"),
    "hybrid": lambda settings: RetrievalSolver(opened(settings), "hybrid"),
    "lexical": lambda settings: RetrievalSolver(opened(settings), "lexical"),
    "no-followup": lambda settings: _without(settings, "followup"),
    "no-guardrails": lambda settings: _without(settings, "guardrails"),
    "no-verification": lambda settings: _without(settings, "verification"),
    "rag": _rag,
}


def open_solver(name: str, settings: Settings) -> Solver:
    """The solver of that name, or `saved:FILE`. Raises EvalError, and what opening the index raises."""
    if name.startswith("saved:"):
        return SavedSolver(Path(name.removeprefix("saved:")))
    if name not in SOLVERS:
        raise EvalError(f"there is no solver {name!r}", f"solvers: {', '.join(SOLVERS)}, saved:FILE")
    return SOLVERS[name](settings)

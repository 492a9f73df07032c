"""The commands of `lumbar eval` and their options, for `assistant/cli.py`; the work is in `evals.py` and `eval_runs.py` beside this."""

from __future__ import annotations

from typing import Annotated, Any, NoReturn

import typer

app = typer.Typer(help="Measure: how good search, checks and answers are.", rich_markup_mode=None, no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON; the summary is the last line.")]


def _run(name: str, module: str = "evals", /, **options: Any) -> NoReturn:
    from assistant.commands.base import run

    raise typer.Exit(run(module, name, options))


@app.command("retrieval")
def retrieval(
    folder: Annotated[
        str,
        typer.Argument(metavar="DIR", help="corpus.jsonl, queries.jsonl and qrels/test.tsv, as in BEIR.", show_default=False),
    ],
    k: Annotated[int, typer.Option("-k", metavar="N", min=1, max=10_000, help="Passages a question in the run file.")] = 100,
    json: Json = False,
    run: Annotated[
        str | None, typer.Option("--run", metavar="FILE", help="Also write the hybrid ranking as a TREC run.", show_default=False)
    ] = None,
) -> None:
    """Measure search on any collection in BEIR layout: dense, lexical and hybrid.

    A throw-away index is built with our encoder, BM25 and fusion. nDCG is trec_eval's; questions without judgement are skipped.
    """
    _run("retrieval", folder=folder, k=k, json=json, run=run)


@app.command("claims")
def claims(
    file: Annotated[
        str | None,
        typer.Argument(metavar="FILE", help="JSON lines; absent or '-' means standard input.", show_default=False),
    ] = None,
    json: Json = False,
) -> None:
    """Measure the check of claims on any collection of labelled claims.

    Each line: {"id", "claim", "evidence", "label"}; SUPPORTS, REFUTES, NOT_ENOUGH_INFO and the like are known.
    """
    _run("claims", file=file, json=json)


@app.command("run")
def run(
    sets: Annotated[str, typer.Option("--set", metavar="NAME[,NAME]", help="Sets: abstention, answers, mutated, pitfalls, redflags, retrieval; a further slice as NAME_2.")],
    out: Annotated[str, typer.Option("--out", metavar="FILE", help="Where the outputs go, as JSON lines.")],
    solver: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="assistant, checks, dense, lexical, hybrid, rag, no-guardrails, no-verification, no-followup, or saved:FILE.",
        ),
    ] = "assistant",
    half: Annotated[str | None, typer.Option(metavar="HALF", help="dev or test; both unless set.", show_default=False)] = None,
    slice: Annotated[int | None, typer.Option(metavar="N", min=1, help="Only this slice of the sets.", show_default=False)] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="A seeded sample of so many cases; 60 with a model.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the sample.")] = 7,
    model: Annotated[
        str | None, typer.Option("--model", metavar="M", help="Language model, as provider:name.", show_default=False)
    ] = None,
    twice: Annotated[bool, typer.Option("--twice", help="Solve each case again, to see whether the output is the same.")] = False,
) -> None:
    """Have a solver answer the cases of sets, and keep its outputs; scoring comes later.

    Run it again to go on where it stopped. Two runs without a model are equal byte for byte.
    """
    _run("run", "eval_runs", sets=sets, solver=solver, out=out, half=half, slice=slice, limit=limit, seed=seed, model=model, twice=twice)


@app.command("score")
def score(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Runs.", show_default=False)],
    json: Json = False,
    misses: Annotated[bool, typer.Option("--misses", help="Also print every case that lost something, and why.")] = False,
    floors: Annotated[
        str | None,
        typer.Option("--floors", metavar="FILE", help="Exit with 1 where a score is worse than the floor that FILE (YAML) gives it.", show_default=False),
    ] = None,
) -> None:
    """Score runs, with 95 % intervals; generates nothing."""
    _run("score", "eval_runs", files=files, json=json, misses=misses, floors=floors)


@app.command("compare")
def compare(
    before: Annotated[str, typer.Argument(metavar="A", help="The run before.", show_default=False)],
    after: Annotated[str, typer.Argument(metavar="B", help="The run after.", show_default=False)],
    json: Json = False,
    tolerance: Annotated[float, typer.Option(metavar="X", help="Exit with 1 where a score (of 1) drops by more.", min=0)] = 0.02,
) -> None:
    """Compare two runs case by case: paired differences with intervals, and what changed."""
    _run("compare", "eval_runs", before=before, after=after, json=json, tolerance=tolerance)


@app.command("report")
def report(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="A folder of runs.", show_default=False)],
    out: Annotated[str | None, typer.Option("--out", metavar="FILE", help="Where the page goes; DIR/scorecard.md unless set.", show_default=False)] = None,
    cases: Annotated[
        bool | None,
        typer.Option("--cases/--no-cases", help="Show the worst cases of every set, or none; of first slices unless set.", show_default=False),
    ] = None,
) -> None:
    """Write the scorecard of a folder of runs, as Markdown."""
    _run("report", "eval_runs", folder=folder, out=out, cases=cases)

"""The commands of `lumbar eval` and their options, for `assistant/cli.py`; the work is in `evals.py` beside this."""

from __future__ import annotations

from typing import Annotated, Any, NoReturn

import typer

app = typer.Typer(help="Measure: how good search, checks and answers are.", rich_markup_mode=None, no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON; the summary is the last line.")]


def _run(name: str, /, **options: Any) -> NoReturn:
    from assistant.commands.base import run

    raise typer.Exit(run("evals", name, options))


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

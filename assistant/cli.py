"""`lumbar`: names the commands and their options; the work is in `assistant/commands/`, loaded only when a command
runs.

Nothing heavy may be imported here: `lumbar --help` has to answer at once. This module alone may reach up to `ui` and
`evals`, and it does so inside functions.
"""

from __future__ import annotations

from typing import Annotated, Any, NoReturn

import typer

from assistant.commands.eval_app import app as eval_app

app = typer.Typer(
    name="lumbar",
    help="Guideline-grounded answers for clinicians who look after people with low back pain. "
    "Every clinical sentence is cited; red flags are screened first; no network or language model is needed.",
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
corpus_app = typer.Typer(help="See and check the corpus; add and remove your own documents.", rich_markup_mode=None, no_args_is_help=True)
index_app = typer.Typer(
    help="Build the index, or see whether it is whole and current.", rich_markup_mode=None, no_args_is_help=True
)
app.add_typer(corpus_app, name="corpus")
app.add_typer(index_app, name="index")
app.add_typer(eval_app, name="eval")

File = Annotated[
    str | None,
    typer.Argument(metavar="FILE", help="JSON lines; absent or '-' means standard input.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]
Explain = Annotated[bool, typer.Option("--explain", help="Also print why.")]
Model = Annotated[
    str | None,
    typer.Option("--model", metavar="M", help="Language model to reword with, as provider:name.", show_default=False),
]
Region = Annotated[
    str | None,
    typer.Option("--region", metavar="R", help="none, us, uk or eu: emergency numbers and labels.", show_default=False),
]


def _run(module: str, name: str, /, **options: Any) -> NoReturn:
    from assistant.commands.base import run

    raise typer.Exit(run(module, name, options))


def _version(wanted: bool) -> None:
    if wanted:
        _run("doctor", "version")


@app.callback()
def lumbar(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


@app.command()
def ask(
    question: Annotated[
        str,
        typer.Argument(metavar="QUESTION", help="The question; '-' reads it from standard input.", show_default=False),
    ],
    case: Annotated[str | None, typer.Option(metavar="TEXT", help="The case, as a message before the first.")] = None,
    history: Annotated[str | None, typer.Option(metavar="FILE", help="Earlier messages, as a JSON list.")] = None,
    model: Model = None,
    region: Region = None,
    save: Annotated[bool, typer.Option("--save", help="Keep this conversation on this machine, for replay.")] = False,
    json: Json = False,
    timings: Annotated[
        bool, typer.Option("--timings", help="Print how long each stage took, on standard error.")
    ] = False,
) -> None:
    """Answer one question."""
    _run(
        "ask",
        "ask",
        question=question,
        case=case,
        history=history,
        model=model,
        region=region,
        save=save,
        json=json,
        timings=timings,
    )


@app.command()
def chat(
    case: Annotated[str | None, typer.Option(metavar="TEXT", help="The case, as a message before the first.")] = None,
    model: Model = None,
    region: Region = None,
    save: Annotated[bool, typer.Option("--save", help="Keep this conversation on this machine, for replay.")] = False,
) -> None:
    """Ask in the terminal, with follow-ups."""
    _run("chat", "chat", case=case, model=model, region=region, save=save)


@app.command()
def ui(
    host: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Address to listen on, of this machine only; 127.0.0.1 unless set."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(metavar="N", help="Port to listen on; 7860 unless set.", min=1, max=65535)
    ] = None,
) -> None:
    """Serve the web page."""
    _run("ui", "ui", host=host, port=port)


@app.command()
def batch(
    source: Annotated[str, typer.Argument(metavar="IN", help="JSON lines with messages; '-' means standard input.")],
    target: Annotated[str, typer.Argument(metavar="OUT", help="Where the replies go; '-' means standard output.")],
    model: Model = None,
    region: Region = None,
) -> None:
    """Answer many questions, offline.

    Run it again to go on where it stopped, or after IN has grown; lines that failed are tried again.
    """
    _run("batch", "batch", source=source, target=target, model=model, region=region)


@app.command()
def search(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="What to look for.", show_default=False)],
    k: Annotated[int, typer.Option("-k", metavar="N", min=1, max=1000, help="How many passages.")] = 10,
    mode: Annotated[str, typer.Option(metavar="MODE", help="hybrid, dense or lexical.")] = "hybrid",
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Find passages, without an answer."""
    _run("search", "search", query=query, k=k, mode=mode, json=json, explain=explain)


@app.command()
def screen(
    file: File = None,
    text: Annotated[bool, typer.Option("--text", help="Read FILE as one plain note.")] = False,
    json: Json = False,
    explain: Explain = False,
    today: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            envvar="LUMBAR_TODAY",  # the settings are not loaded for this command: they would be half of its time
            show_envvar=False,
            help="The date that 'in 2015' is measured from, as YYYY-MM-DD; today unless set.",
        ),
    ] = None,
) -> None:
    """Look for red flags in notes or questions.

    Each line: {"id", "text"}, and optionally "mentions": [{"start", "end"}], whose assertion is then told.
    """
    _run("screen", "screen", file=file, text=text, json=json, explain=explain, today=today)


@app.command()
def check(file: File = None, json: Json = False, explain: Explain = False) -> None:
    """Run the guardrails over a question and a draft answer.

    Each line: {"id", "question", "answer"}, and optionally "history", a list of messages.
    """
    _run("check", "check", file=file, json=json, explain=explain)


@app.command()
def verify(file: File = None, json: Json = False) -> None:
    """Hold a claim against its evidence.

    Each line: {"id", "claim", "evidence"}; the evidence is a string or a list of strings.
    """
    _run("verify", "verify", file=file, json=json)


@app.command()
def rules(
    id: Annotated[str | None, typer.Argument(metavar="ID", help="A rule, such as RF01.", show_default=False)] = None,
    json: Json = False,
) -> None:
    """List the guardrail rules, or explain one."""
    _run("rules", "rules", id=id, json=json)


@app.command()
def replay(
    reply_id: Annotated[
        str,
        typer.Argument(
            metavar="REPLY_ID", help="Id of a stored reply, or its first 8 or more characters.", show_default=False
        ),
    ],
    json: Json = False,
    forget: Annotated[bool, typer.Option("--forget", help="Delete the stored reply instead.")] = False,
) -> None:
    """Compute a stored reply again and compare it, byte for byte."""
    _run("replay", "replay", reply_id=reply_id, json=json, forget=forget)


@app.command()
def doctor(json: Json = False) -> None:
    """See whether everything that Lumbar needs is there."""
    _run("doctor", "doctor", json=json)


@corpus_app.command("list")
def corpus_list(
    json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the corpus card as a page of Markdown.")] = False,
) -> None:
    """List the guidelines, labels, trials and reviews: what is indexed, how verified, checked when."""
    _run("corpus", "list_", json=json, markdown=markdown)


@corpus_app.command("add")
def corpus_add(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A PDF, DOCX, HTML, Markdown or text file, or a folder with a sources.yaml.",
            show_default=False,
        ),
    ],
    id: Annotated[str | None, typer.Option(metavar="ID", help="Short name, such as back-pain-2026.")] = None,
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="Title of the document.")] = None,
    issuer: Annotated[str | None, typer.Option(metavar="TEXT", help="Who issued it.")] = None,
    year: Annotated[int | None, typer.Option(metavar="YEAR", help="Year of publication.")] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Where the original is.")] = None,
    licence: Annotated[str | None, typer.Option(metavar="TEXT", help="Under which terms it may be used.")] = None,
    jurisdiction: Annotated[str | None, typer.Option(metavar="PLACE", help="Where it applies.")] = None,
    supersedes: Annotated[str | None, typer.Option(metavar="ID", help="Document whose new edition this is.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Put this file in the place of the one of that id.")] = False,
    json: Json = False,
) -> None:
    """Add a document of your own, whose words are then quoted in answers.

    Adding the same file again changes nothing; only new passages are embedded.
    """
    _run(
        "library",
        "add",
        file=file,
        json=json,
        replace=replace,
        id=id,
        title=title,
        issuer=issuer,
        year=year,
        url=url,
        licence=licence,
        jurisdiction=jurisdiction,
        supersedes=supersedes,
    )


@corpus_app.command("remove")
def corpus_remove(
    id: Annotated[str, typer.Argument(metavar="ID", help="A document that was added.", show_default=False)],
    json: Json = False,
) -> None:
    """Remove a document of your own, from the library and from answers."""
    _run("library", "remove", id=id, json=json)


@corpus_app.command("check")
def corpus_check(json: Json = False) -> None:
    """Check every rule of the corpus and every link into it; say what is recalled, lapsed or not reviewed by a clinician."""
    _run("corpus", "check", json=json)


@corpus_app.command("conflicts")
def corpus_conflicts(
    topic: Annotated[str | None, typer.Argument(metavar="TOPIC", help="Only this topic.", show_default=False)] = None,
    json: Json = False,
) -> None:
    """Show where guidelines differ, or have changed."""
    _run("corpus", "conflicts", topic=topic, json=json)


@index_app.command("build")
def index_build(
    json: Json = False,
    force: Annotated[bool, typer.Option("--force", help="Build even where nothing has changed.")] = False,
) -> None:
    """Build the index; does nothing where nothing has changed."""
    _run("index", "build", json=json, force=force)


@index_app.command("status")
def index_status(json: Json = False) -> None:
    """Say whether the index is there, whole and current."""
    _run("index", "status", json=json)


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    main()

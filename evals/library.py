"""How long a clinic's library takes: `python -m evals.library` adds a 300-page PDF, then a mixed library of a thousand pages.

Everything is made by seed and added to a temporary home with the real encoder. Prints seconds and peak memory of each add (in a process of its
own, as the command runs), whether adding again changes anything, and the time of a search in the whole library, median and 95th percentile.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from assistant.settings import Settings, get_settings
from evals import documents

SUBJECTS = (
    "supervised exercise", "walking", "heat", "massage", "spinal manipulation", "naproxen", "ibuprofen", "duloxetine", "paracetamol", "amitriptyline",
    "gabapentin", "an epidural injection", "radiofrequency denervation", "discectomy", "MRI", "lumbar X-ray", "yoga", "acupuncture",
    "cognitive behavioural therapy", "a return to work plan", "STarT Back", "opioids", "traction", "a lumbar support",
)  # fmt: skip
VERBS = ("Offer", "Consider", "Do not offer", "Discuss", "Review", "Avoid", "Explain", "Refer for")
WHOM = (
    "adults with acute low back pain", "people with sciatica", "people with chronic low back pain", "older adults", "pregnant women",
    "people with spinal stenosis", "workers who are off sick", "people at high risk of a poor outcome",
)  # fmt: skip
WHEN = (
    "at the first visit", "after two weeks", "within six weeks", "when the first treatment has failed", "unless a red flag is present",
    "if the person prefers it", "together with advice to stay active", "after a review of kidney function",
)  # fmt: skip
GRADES = ("(Grade A)", "(Grade B)", "(Strong recommendation, moderate-certainty evidence)", "(Weak recommendation, low-certainty evidence)", "")
COMMAND = "import sys; from assistant.cli import main; sys.argv = ['lumbar', *sys.argv[1:]]; main()"


def sentence(rng: random.Random) -> str:
    return f"{rng.choice(VERBS)} {rng.choice(SUBJECTS)} to {rng.choice(WHOM)} {rng.choice(WHEN)}, and record it as item {rng.randint(1, 9999)}."


def guideline(rng: random.Random, pages: int) -> list[documents.Part]:
    """Parts that fill about that many pages: chapters of recommendations, prose, lists and a table."""
    parts: list[documents.Part] = []
    for chapter in range(1, max(2, round(pages * 1.5))):
        parts.append(("h1", f"{chapter} {rng.choice(SUBJECTS).capitalize()} for {rng.choice(WHOM)}"))
        parts += [("p", f"{chapter}.{n} {sentence(rng)} {rng.choice(GRADES)}".rstrip()) for n in range(1, 6)]
        parts += [("p", " ".join(sentence(rng) for _ in range(5))) for _ in range(2)]
        parts.append(("p", "Refer the same day if any of these is present:"))
        parts.append(("ul", [f"{rng.choice(SUBJECTS)} was followed by {word}" for word in ("weakness", "numbness", "fever")]))
        rows = [[rng.choice(SUBJECTS), f"{rng.randint(1, 9) * 50} mg, {rng.choice(WHEN)}"] for _ in range(3)]
        parts.append(("table", [["Treatment", "Dose and time"], *rows]))
    return parts


def library(folder: Path, rng: random.Random, pages: int) -> int:
    """A folder with a sources.yaml: PDFs of one and two columns, Word, HTML and Markdown, together about that many pages."""
    writers: list[tuple[str, Any]] = [("pdf", documents.pdf), ("docx", documents.docx), ("html", documents.html), ("md", documents.markdown)]
    folder.mkdir()
    rows: list[dict[str, Any]] = []
    for number in range(pages // 25):
        ending, write = writers[number % 4]
        name = f"guide-{number:02d}"
        columns = {"columns": 1 + number // 4 % 2, "header": f"Guide {number}"} if ending == "pdf" else {}
        write(folder / f"{name}.{ending}", guideline(rng, 25), **columns)
        rows.append({"file": f"{name}.{ending}", "id": name, "title": f"Guide {number}", "issuer": "Clinic", "year": 2026})
    (folder / "sources.yaml").write_text(yaml.safe_dump({"sources": rows}), encoding="utf-8")
    return len(rows)


def add(home: Path, *arguments: str) -> dict[str, Any]:
    """One `lumbar corpus add` in a process of its own: its answer, seconds, and peak memory in MB with that of its children."""
    script = (
        "import resource, sys\ntry:\n    " + COMMAND.replace("; ", "\n    ") + "\nfinally:\n"
        "    sys.stdout.flush(); used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]\n"
        "    print(sum(u.ru_utime + u.ru_stime for u in used), max(u.ru_maxrss for u in used) // 1024, file=sys.stderr)"
    )
    begun = time.perf_counter()
    done = subprocess.run(
        ["env", f"LUMBAR_HOME={home}", sys.executable, "-c", script, "corpus", "add", "--json", *arguments],
        capture_output=True, text=True, check=False, cwd=Path(__file__).resolve().parents[1],
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    answer = json.loads(done.stdout.splitlines()[-1])
    cpu, peak = done.stderr.split()[-2:]
    return {**answer, "seconds": seconds, "cpu": float(cpu), "peak": int(peak)}


def told(what: str, answer: dict[str, Any]) -> None:
    passages = sum(row["passages"] for row in answer["added"])
    pages = sum(row["pages"] or 0 for row in answer["added"])
    index = answer["index"]
    embedded = f"{index['embedded']} embedded" if index else "nothing to do"
    counted = f"{pages} pages, " if pages else ""
    print(
        f"{what}: {counted}{passages} passages, {embedded}, {answer['seconds']:.1f} s ({answer['cpu']:.0f} s of processor time), "
        f"peak {answer['peak']} MB",
        flush=True,
    )


def searches(settings: Settings, rng: random.Random, count: int) -> None:
    from assistant.commands.search import open_searcher
    from assistant.library import open_corpus

    begun = time.perf_counter()
    corpus = open_corpus(settings.home)
    loaded = time.perf_counter()
    searcher = open_searcher(settings, corpus)
    opened = time.perf_counter()
    times = []
    for _ in range(count):
        query = f"{rng.choice(SUBJECTS)} for {rng.choice(WHOM)} {rng.choice(WHEN)}"
        at = time.perf_counter()
        searcher.search(query, k=20)
        times.append((time.perf_counter() - at) * 1000)
    searcher.close()
    times.sort()
    print(
        f"search among {len(corpus.passages)} passages: median {statistics.median(times):.1f} ms, p95 {times[int(0.95 * len(times))]:.1f} ms, "
        f"{count} queries; loading the corpus {loaded - begun:.2f} s, opening the index {opened - loaded:.2f} s"
    )


def main() -> int:
    """Entry of the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m evals.library", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pages", type=int, default=1000, help="of the mixed library")
    parser.add_argument("--single", type=int, default=300, help="of the one PDF")
    given = parser.parse_args()
    rng, settings = random.Random(given.seed), get_settings()
    with tempfile.TemporaryDirectory() as place:
        home, work = Path(place) / "home", Path(place)
        home.mkdir(mode=0o700)
        for name in ("models", "index"):
            if (settings.home / name).exists():
                shutil.copytree(settings.home / name, home / name)
        documents.pdf(work / "long.pdf", guideline(rng, given.single), header="One long guideline", footer="Made for a measurement")
        source = ("--id", "long-2026", "--title", "One long guideline", "--issuer", "Clinic", "--year", "2026")
        told("one PDF", add(home, str(work / "long.pdf"), *source))
        told("the same again", add(home, str(work / "long.pdf"), *source))
        library(work / "docs", rng, given.pages)
        told("mixed library", add(home, str(work / "docs")))
        told("the same again", add(home, str(work / "docs")))
        searches(settings.with_(home=home), rng, 200)
    return 0


if __name__ == "__main__":
    sys.exit(main())

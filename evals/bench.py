"""How fast Lumbar is and how much memory it takes, against its targets: `python -m evals.bench` (`make bench`).

Prints a table with the parts of each figure, and as its last line the same as JSON. Cold means a new process with a
warm disk cache, median of ten. Figures vary by some 30 % between runs on a busy machine: sizes, not records. How good
the answers are is for the rest of `evals`.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
QUESTION = "45M, low back pain for 3 days with pain below the left knee, no weakness. MRI now?"
NOTE = json.dumps({"id": 1, "text": "Back pain for 3 days, numb around the saddle area, denies fever."}) + "\n"


@dataclass(frozen=True)
class Figure:
    """One measured figure with its target; `parts` say where it goes, in the same unit unless they name another."""

    name: str
    value: float
    unit: str
    target: float
    parts: dict[str, float] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        return self.value <= self.target


def lumbar() -> list[str]:
    """How to call the command line of this very environment."""
    script = Path(sys.executable).with_name("lumbar")
    return [str(script)] if script.exists() else [sys.executable, "-m", "assistant.cli"]


def run(arguments: Sequence[str], *, text: str = "", codes: tuple[int, ...] = (0,)) -> tuple[float, str]:
    """Runs a command once: seconds, and what it wrote on standard error. Raises RuntimeError where it fails."""
    began = time.perf_counter()
    done = subprocess.run(arguments, input=text, capture_output=True, text=True, cwd=HERE.parent, timeout=900)
    seconds = time.perf_counter() - began
    if done.returncode not in codes:
        raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr[-500:]}")
    return seconds, done.stderr


def cold(arguments: Sequence[str], runs: int, text: str = "") -> float:
    """Median seconds of new processes; one more run before warms the disk cache."""
    run(arguments, text=text)
    return statistics.median(run(arguments, text=text)[0] for _ in range(runs))


def processor(arguments: Sequence[str], text: str = "") -> dict[str, float]:
    """Processor seconds of one new process: what is left of its time when nothing else wants the machine."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(arguments, text=text)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"processor time": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 3)}


def import_parts(arguments: Sequence[str], text: str = "", top: int = 5) -> dict[str, float]:
    """The packages that take longest to import, in seconds of their own time, and how many modules were loaded at all."""
    command = [sys.executable, "-X", "importtime", "-m", "assistant.cli", *arguments]
    spent: dict[str, float] = {}
    modules = 0
    for line in run(command, text=text)[1].splitlines():
        match = re.match(r"import time:\s*(\d+) \|\s*\d+ \|\s*([\w.]+)", line)
        if match:
            modules += 1
            package = match[2].split(".")[0]
            spent[package] = spent.get(package, 0.0) + int(match[1]) / 1e6
    largest = sorted(spent.items(), key=lambda item: (-item[1], item[0]))[:top]
    return {**{f"import {name}": round(seconds, 3) for name, seconds in largest}, "modules (count)": modules}


def stage_parts(stderr: str) -> dict[str, float]:
    """The stages that `lumbar ask --timings` prints, in seconds."""
    found = re.findall(r"^(\w+)\s+([\d.]+) ms$", stderr, re.MULTILINE)
    return {name: round(float(milliseconds) / 1000, 3) for name, milliseconds in found if name != "total"}


def help_cold(runs: int) -> list[Figure]:
    python = cold([sys.executable, "-c", "pass"], runs)
    parts = {**processor([*lumbar(), "--help"]), "python alone": python, **import_parts(["--help"])}
    return [Figure("lumbar --help, cold", cold([*lumbar(), "--help"], runs), "s", 0.4, parts)]


def screen_cold(runs: int) -> list[Figure]:
    command = [*lumbar(), "screen", "--json"]
    parts = {**processor(command, NOTE), **import_parts(["screen", "--json"], NOTE)}
    return [Figure("lumbar screen, cold", cold(command, runs, NOTE), "s", 0.7, parts)]


def ask_cold(runs: int) -> list[Figure]:
    command = [*lumbar(), "ask", QUESTION, "--json"]
    parts = {**processor(command), **stage_parts(run([*command, "--timings"])[1])}
    return [
        Figure(
            "lumbar ask, cold", cold(command, runs), "s", 2.5, {**parts, **import_parts(["ask", QUESTION, "--json"])}
        )
    ]


def warm_turns(runs: int) -> list[Figure]:
    """Turns without a model in one process, over fifty varied questions; each question once, after three to warm up."""
    import yaml

    from assistant.pipeline import Assistant
    from assistant.settings import get_settings

    questions: list[str] = yaml.load((HERE / "bench.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)["questions"]
    assistant = Assistant.open(get_settings().model_copy(update={"model": None}))
    for question in questions[:3]:
        assistant.reply([{"role": "user", "content": question}])
    times: list[float] = []
    stages: dict[str, list[float]] = {}
    for question in questions:
        began = time.perf_counter()
        assistant.reply([{"role": "user", "content": question}])
        times.append((time.perf_counter() - began) * 1000)
        for name, milliseconds in assistant.last_timings.items():
            stages.setdefault(name, []).append(milliseconds)
    parts = {name: statistics.median(values) for name, values in stages.items()}
    slow = {name: percentile(values, 95) for name, values in stages.items()}
    memory = rss_mb("self")
    return [
        Figure("warm turn, median", statistics.median(times), "ms", 150, parts),
        Figure("warm turn, p95", percentile(times, 95), "ms", 300, slow),
        Figure("memory after fifty turns, no page", memory, "MB", 600),
    ]


def percentile(values: Sequence[float], share: int) -> float:
    """The smallest value that `share` per cent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]


def rss_mb(process: str) -> float:
    """Resident memory of a process in MB; 0 where the system does not tell."""
    status = Path("/proc") / process / "status"
    if not status.exists():
        return 0.0
    found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text())
    return int(found[1]) / 1024 if found else 0.0


def serving(runs: int) -> list[Figure]:
    """From starting `lumbar ui` to the first byte of the page, and what the process holds when it is ready."""
    first, ready, memory = [], [], []
    for _ in range(runs):
        with server() as (process, port, began):
            first.append(wait_for_byte(process, port) - began)
            ready.append(time.perf_counter() - began)
            time.sleep(5)  # what is warmed in the background after the port is open counts too
            memory.append(rss_mb(str(process.pid)))
    return [
        Figure("page, first byte after start", statistics.median(first), "s", 5.0, {"slowest": max(first)}),
        Figure("memory when serving", max(memory), "MB", 600, {"smallest": min(memory)}),
    ]


@contextmanager
def server() -> Iterator[tuple[subprocess.Popen[bytes], int, float]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    command = [*lumbar(), "ui", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=HERE.parent)
    try:
        yield process, port, began
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_for_byte(process: subprocess.Popen[bytes], port: int, limit: float = 120.0) -> float:
    """The moment at which the page's first byte came."""
    end = time.perf_counter() + limit
    while time.perf_counter() < end:
        if process.poll() is not None:
            raise RuntimeError(f"lumbar ui ended with {process.returncode}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/")
            connection.getresponse().read(1)
            return time.perf_counter()
        except OSError:
            time.sleep(0.02)
        finally:
            connection.close()
    raise RuntimeError(f"the page did not answer within {limit:.0f} s")


def index_builds(runs: int) -> list[Figure]:
    """A build in an empty home, encoder export included, and builds after that with nothing changed."""
    with tempfile.TemporaryDirectory() as home:
        command = ["env", f"LUMBAR_HOME={home}", *lumbar(), "index", "build"]
        nothing, _ = run(command)
        unchanged = cold(command, runs)
    return [
        Figure("index build from nothing", nothing, "s", 60.0),
        Figure("index build, nothing changed", unchanged, "s", 2.0),
    ]


GROUPS: dict[str, Callable[[int], list[Figure]]] = {
    "help": help_cold,
    "screen": screen_cold,
    "ask": ask_cold,
    "turn": warm_turns,
    "ui": serving,
    "index": index_builds,
}


def table(figures: Sequence[Figure]) -> str:
    lines = [f"{'figure':<36}{'measured':>12}{'target':>12}"]
    for figure in figures:
        unit = figure.unit
        verdict = "" if figure.met else "   missed"
        lines.append(
            f"{figure.name:<36}{_number(figure.value):>9} {unit:<2}{_number(figure.target):>9} {unit:<2}{verdict}"
        )
        lines += [f"    {name:<32}{_number(value):>9}" for name, value in figure.parts.items()]
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def as_json(figures: Sequence[Figure]) -> dict[str, Any]:
    return {
        figure.name: {
            "value": round(figure.value, 4),
            "unit": figure.unit,
            "target": figure.target,
            "met": figure.met,
            "parts": {name: round(value, 4) for name, value in figure.parts.items()},
        }
        for figure in figures
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"only these of: {', '.join(GROUPS)}")
    parser.add_argument("--runs", type=int, default=10, help="processes a cold figure is the median of (10)")
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.groups if name not in GROUPS]
    if unknown:
        parser.error(f"no such group: {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    figures: list[Figure] = []
    for name in chosen.groups or GROUPS:
        print(f"measuring: {name}", file=sys.stderr, flush=True)
        figures += GROUPS[name](chosen.runs)
    print(table(figures))
    print(json.dumps(as_json(figures)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

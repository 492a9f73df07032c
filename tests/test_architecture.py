"""The shape of the house (design, section 1): which way imports run, what is imported late, and what may never be
imported.

Reads the sources; runs a few commands in new processes to see what they really load.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("corpus", "index", "assistant", "ui", "evals")
BELOW = {
    "corpus": set(),
    "index": {"corpus"},
    "assistant": {"corpus", "index"},
    "ui": {"corpus", "index", "assistant"},
    "evals": {"corpus", "index", "assistant"},
}
HOME_OF = {
    "chromadb": {"index"},
    "sentence_transformers": {"index"},
    "torch": {"index"},
    "onnxruntime": {"index"},
    "bm25s": {"index"},
    "gradio": {"ui"},
    "langchain": {"assistant"},
    "langchain_core": {"assistant", "index"},
    "langchain_openai": {"assistant"},
    "langchain_chroma": {"evals"},
}
HEAVY = {
    "torch",
    "chromadb",
    "sentence_transformers",
    "transformers",
    "gradio",
    "onnxruntime",
    "onnx",
    "onnxscript",
    "openai",
}
HEAVY |= {
    "langchain",
    "langchain_core",
    "langchain_openai",
    "langchain_chroma",
    "matplotlib",
    "sklearn",
    "scipy",
    "pandas",
}
BANNED = ("langchain_community", "langchain_classic", "langchain_huggingface", "chromadb.server", "fitz", "pymupdf")
ADAPTERS = ("assistant/chain.py",)
"""Modules that are a subclass of a library's own class, so that they need it as soon as they are imported; nothing
imports them early.
"""
THE_COMMAND_LINE = ("assistant/cli.py", "assistant/commands/")


@lru_cache
def sources() -> dict[str, ast.Module]:
    """Every module of the five packages, by its path."""
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8")) for path in paths}


def imports(tree: ast.AST) -> Iterator[tuple[str, int, bool]]:
    """(module, line, whether it is imported when the importing module is), type-checking blocks left out."""

    def walk(node: ast.AST, at_import: bool) -> Iterator[tuple[str, int, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for name in child.names:
                    yield name.name, child.lineno, at_import
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"relative import in line {child.lineno}"
                yield child.module or "", child.lineno, at_import
                for name in child.names:
                    yield f"{child.module}.{name.name}", child.lineno, at_import
            elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                for other in child.orelse:
                    yield from walk(other, at_import)
            else:
                inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                yield from walk(child, at_import and not inside)

    yield from walk(tree, True)


def test_imports_run_one_way() -> None:
    wrong = []
    for path, tree in sources().items():
        package = path.split("/")[0]
        for module, line, at_import in imports(tree):
            other = module.split(".")[0]
            if other not in PACKAGES or other == package or other in BELOW[package]:
                continue
            if path.startswith(THE_COMMAND_LINE) and not at_import:
                continue
            wrong.append(f"{path}:{line} imports {module}")
    assert wrong == []


def test_libraries_live_in_their_package() -> None:
    wrong = []
    for path, tree in sources().items():
        package = path.split("/")[0]
        for module, line, _ in imports(tree):
            allowed = HOME_OF.get(module.split(".")[0])
            if allowed is None or package in allowed or path.startswith("evals/baselines/"):
                continue
            wrong.append(f"{path}:{line} imports {module}")
    assert wrong == []


def test_heavy_libraries_are_imported_inside_functions() -> None:
    found = [
        f"{path}:{line} imports {module}"
        for path, tree in sources().items()
        for module, line, at_import in imports(tree)
        if at_import and module.split(".")[0] in HEAVY and path not in ADAPTERS
    ]
    assert found == []


def test_banned_libraries_are_imported_nowhere() -> None:
    found = [
        f"{path}:{line} imports {module}"
        for path, tree in sources().items()
        for module, line, _ in imports(tree)
        if any(module == banned or module.startswith(f"{banned}.") for banned in BANNED)
    ]
    assert found == []
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*declared["dependencies"], *(d for extra in declared["optional-dependencies"].values() for d in extra)]
    assert not [d for d in wanted if re.match(r"langchain.(community|classic|huggingface)", d, re.IGNORECASE)]


def test_environment_is_read_in_settings_only() -> None:
    found = []
    for path, tree in sources().items():
        written = {
            call.func.value
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "update"
        }
        for node in ast.walk(tree):
            if node in written:  # switching a library off before it is imported reads nothing
                continue
            name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
            if name in ("environ", "getenv", "environb", "putenv") and path != "assistant/settings.py":
                found.append(f"{path}:{node.lineno} reads the environment")
    assert found == []


def tracked_files() -> list[Path]:
    """Files under version control; outside a repository, all files of the tree but what tools leave behind."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if done.returncode == 0:
        return [ROOT / name for name in done.stdout.decode().split("\0") if name]
    skipped = {".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", "build", "dist"}
    return [path for path in ROOT.rglob("*") if path.is_file() and not skipped & set(path.relative_to(ROOT).parts)]


MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:home|Users|root|work|mnt|opt)/\w")
REGISTRIES = re.compile(
    r"pypi\.(?:org|python\.org)|pythonhosted|download\.pytorch|registry\.npmjs|deb\.debian|--(?:extra-)?index-url|--find-links"
)


def test_tracked_files_name_no_machine_and_no_registry() -> None:
    found = []
    for path in tracked_files():
        if path == Path(__file__).resolve() or not path.exists():
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if MACHINE_PATHS.search(line) or REGISTRIES.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert found == []


def loaded_by(code: str, text: str = "") -> set[str]:
    """Top-level modules that a new process has loaded after `code`."""
    script = (
        f"{code}\nimport sys; print('LOADED', *sorted({{name.split('.')[0] for name in sys.modules}}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=text, capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 0 and last.startswith("LOADED"), done.stderr
    return set(last.split())


def command(*arguments: str) -> str:
    return f"""
import sys
sys.argv = ["lumbar", *{arguments!r}]
from assistant.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""


def test_importing_the_packages_loads_nothing_heavy() -> None:
    paths = [path for path in sources() if path not in ADAPTERS]
    modules = [path.removesuffix(".py").replace("/", ".").removesuffix(".__init__") for path in paths]
    chosen = [name for name in modules if not name.startswith("evals.baselines") and not name.endswith("__main__")]
    assert loaded_by("\n".join(f"import {name}" for name in chosen)) & HEAVY == set()


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("rules", "--json")])
def test_light_commands_stay_light(arguments: tuple[str, ...]) -> None:
    assert loaded_by(command(*arguments)) & (HEAVY | {"numpy", "rich"}) == set()


def test_screen_needs_no_index_no_model_and_no_page() -> None:
    loaded = loaded_by(command("screen", "--json"), '{"text": "Back pain and saddle numbness since this morning."}\n')
    assert loaded & (HEAVY | {"numpy", "index", "ui", "evals", "rich", "pydantic_settings"}) == set()


def test_versions_agree() -> None:
    from assistant.receipt import VERSION

    assert tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"] == VERSION


def test_command_line_page_is_current() -> None:
    from assistant.commands.manual import manual

    assert (ROOT / "docs" / "cli.md").read_text("utf-8") == manual(), "run `make docs`"

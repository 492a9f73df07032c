"""What is imported, and when: nothing heavy at import, never Chroma's Python server, no telemetry."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (ROOT / "index").glob("*.py") if path.stem != "__init__")
HEAVY = (
    "torch",
    "transformers",
    "sentence_transformers",
    "chromadb",
    "bm25s",
    "onnxruntime",
    "langchain_core",
    "Stemmer",
)


def run(script: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_importing_the_package_loads_nothing_heavy() -> None:
    script = (
        f"import sys\nfor m in {MODULES}: __import__('index.' + m)\nprint([m for m in {HEAVY} if m in sys.modules])"
    )
    assert len(MODULES) > 15
    assert run(script) == "[]"


def test_answering_a_question_never_loads_torch_or_the_python_server(built: Path) -> None:
    script = (
        "import sys, pathlib\n"
        "from tests.index.fakes import make_corpus, HashEncoder\n"
        "from index.search import open_searcher\n"
        "searcher = open_searcher(make_corpus(), pathlib.Path(sys.argv[1]), encoder=HashEncoder())\n"
        "assert searcher.search('yoga')\n"
        "searcher.close()\n"
        "print([m for m in ('torch', 'chromadb.server.fastapi', 'bm25s', 'scipy', 'posthog') if m in sys.modules],\n"
        "      'chromadb' in sys.modules)\n"
    )
    assert run(script, str(built)) == "[] True"


def test_chroma_is_told_to_send_nothing() -> None:
    from index.store import _settings

    settings = _settings()
    assert settings.anonymized_telemetry is False
    assert not settings.chroma_otel_collection_endpoint


def test_a_dotenv_file_in_the_working_folder_changes_nothing(built: Path, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ANONYMIZED_TELEMETRY=True\nCHROMA_API_IMPL=nonsense\n")
    script = (
        "import sys, pathlib\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "from index.store import _settings\n"
        "from tests.index.fakes import make_corpus, HashEncoder\n"
        "from index.search import open_searcher\n"
        "open_searcher(make_corpus(), pathlib.Path(sys.argv[1]), encoder=HashEncoder()).search('yoga')\n"
        "print(_settings().anonymized_telemetry)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(built), str(ROOT)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "False", done.stderr

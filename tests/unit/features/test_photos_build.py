"""From a catalogue to photos: with a network that is quick, and once with the real one."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from PIL import Image

from youli.data.photos import Photos
from youli.data.shop import Catalogue
from youli.errors import ConfigError, SourceError
from youli.features.photos.build import basis_of, encode_photos, project
from youli.features.photos.config import PhotosConfig, check_folder
from youli.features.photos.encoder import PhotoEncoder

RED, BLUE, GREEN = (220, 30, 30), (30, 30, 220), (30, 200, 30)


class Quick:
    """Three features of each cell: its mean red, green and blue; counts what it is shown."""

    version = "quick-1"
    n_seen = 0

    def encode(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        Quick.n_seen += len(pixels)
        cells = pixels.reshape(-1, 7, 32, 7, 32, 3).mean((2, 4)).reshape(-1, 49, 3)
        found = np.zeros((len(pixels), 49, 1280), dtype=np.uint8)
        found[:, :, :3] = cells.round()
        return found


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    Quick.n_seen = 0
    if not any(one in request.node.name for one in ("the_real_network", "not_installed")):
        monkeypatch.setattr(PhotoEncoder, "packaged", Quick)


def picture(colour: tuple[int, int, int], kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 60), colour).save(out, kind)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "red.jpg").write_bytes(picture(RED))
    (photos / "red too.jpg").write_bytes(picture(RED))
    (photos / "blue.png").write_bytes(picture(BLUE, "PNG"))
    (photos / "really a png.jpg").write_bytes(picture(GREEN, "PNG"))
    (photos / "empty.jpg").write_bytes(b"")
    (photos / "text.jpg").write_text("<html>no such picture</html>")
    (photos / "half.jpg").write_bytes(picture(RED)[:300])
    return photos


def catalogue(addresses: Sequence[str | None], **more: Sequence[str | None]) -> Catalogue:
    ids = [f"p{number}" for number in range(len(addresses))]
    columns = {"item_id": ids, "image_url": pa.array(addresses, pa.string()), **more}
    return Catalogue(pa.table(columns))


def settings(folder: Path, **more: object) -> PhotosConfig:
    return PhotosConfig(folder=folder, cache=folder.parent / "cache", **more)


GOOD = ("red.jpg", "red too.jpg", "blue.png", "really a png.jpg")
BAD = ("empty.jpg", "text.jpg", "half.jpg", "none.jpg", None)


def test_good_photos_are_kept_and_bad_ones_counted_and_named(folder):
    found = encode_photos(catalogue([*GOOD, *BAD]), settings(folder))
    photos, report = found.photos, found.report
    assert photos is not None
    assert photos.photo_of.tolist() == [0, 0, 1, 2, -1, -1, -1, -1, -1]  # equal bytes, one photo
    assert photos.encoder == "quick-1"
    assert photos.likeness(0, 1) == pytest.approx(1.0)
    assert photos.likeness(0, 2) < 0.7
    for item in range(4):
        with Image.open(io.BytesIO(photos.thumbnail(item) or b"")) as small:
            assert small.size == (160, 160)
    assert report["problems"] == {
        "empty file": 1, "no JPEG, PNG or WebP": 1, "damaged picture": 1, "missing file": 1,
    }  # fmt: skip
    assert {row["item_id"]: row["address"] for row in report["problem_rows"]} == {
        "p4": "empty.jpg", "p5": "text.jpg", "p6": "half.jpg", "p7": "none.jpg",
    }  # fmt: skip
    counts = {name: report[name] for name in report if name.startswith("n_")}
    assert counts == {
        "n_products": 9, "n_with_address": 8, "n_with_photo": 4, "n_photos": 3,
        "n_fetched": 0, "n_encoded": 3,
    }  # fmt: skip


def test_the_second_time_nothing_is_encoded_and_all_is_equal(folder):
    one = encode_photos(catalogue(GOOD), settings(folder))
    assert Quick.n_seen == 3
    other = encode_photos(catalogue(GOOD), settings(folder))
    assert (Quick.n_seen, other.report["n_encoded"]) == (3, 0)
    assert one.photos is not None
    assert other.photos is not None
    for name in ("photo_of", "cells", "thumbnails", "starts"):
        np.testing.assert_array_equal(getattr(one.photos, name), getattr(other.photos, name))


def test_a_changed_file_under_the_same_name_is_encoded_again(folder):
    encode_photos(catalogue(["red.jpg", "blue.png"]), settings(folder))
    (folder / "red.jpg").write_bytes(picture(GREEN))
    found = encode_photos(catalogue(["red.jpg", "blue.png"]), settings(folder))
    assert found.report["n_encoded"] == 1


def test_strict(folder):
    with pytest.raises(SourceError, match="'p1' cannot be used: no JPEG, PNG or WebP"):
        encode_photos(catalogue(["red.jpg", "text.jpg"]), settings(folder, strict=True))


def test_one_picture_for_very_many_products_is_no_photo_of_them(folder):
    found = encode_photos(
        catalogue(["red.jpg"] * 3 + ["red too.jpg"] + ["blue.png"] * 2),
        settings(folder, most_products=3),
    )
    assert found.photos is not None
    assert found.photos.photo_of.tolist() == [-1, -1, -1, -1, 0, 0]
    assert found.report["problems"] == {"one picture for many products": 4}


def test_without_a_usable_photo_there_are_none_and_it_is_said(folder):
    for addresses in (["none.jpg"], [None]):
        found = encode_photos(catalogue(addresses), settings(folder))
        assert found.photos is None
        assert found.report["n_with_photo"] == 0
    assert "no column image_url" in found.report["notes"][0]


def test_photos_beside_the_catalogue(folder, tmp_path):
    beside = tmp_path / "beside"
    beside.mkdir()
    (beside / "x.jpg").write_bytes(picture(BLUE))
    found = encode_photos(catalogue(["red.jpg", "x.jpg"]), settings(folder), [beside])
    assert found.report["n_with_photo"] == 2


def test_a_cache_that_cannot_be_written(folder, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    found = encode_photos(catalogue(GOOD), settings(folder))
    assert found.photos is not None
    assert found.report["n_with_photo"] == 4
    assert any("could not be written" in note for note in found.report["notes"])


def test_damaged_entries_of_the_cache_are_made_again(folder, tmp_path):
    encode_photos(catalogue(GOOD), settings(folder))
    for file in (tmp_path / "cache").rglob("*"):
        if file.is_file():
            file.write_bytes(b"damage")
    found = encode_photos(catalogue(GOOD), settings(folder))
    assert found.report["n_encoded"] == 3
    assert any("made again" in note for note in found.report["notes"])


def test_teaching_needs_an_attribute_with_photos(folder):
    with pytest.raises(ConfigError, match="no attribute 'colour'"):
        encode_photos(catalogue(GOOD), settings(folder, tune_on="colour"))


def test_photos_are_off_unless_asked_for(folder, tmp_path):
    assert not PhotosConfig().wanted
    assert PhotosConfig(folder=folder).wanted
    assert PhotosConfig(fetch=True).wanted
    with pytest.raises(ConfigError, match="no such folder"):
        check_folder(PhotosConfig(folder=tmp_path / "nowhere"))


def test_a_network_that_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite_pytorch", None)
    with pytest.raises(ConfigError, match=r"not installed \(efficientnet_lite_pytorch\)") as caught:
        PhotoEncoder.packaged()
    assert "youli[photos]" in str(caught.value)


def test_the_basis_keeps_cosines_of_vectors_that_it_spans():
    rng = np.random.default_rng(0)
    vectors = np.abs(rng.normal(size=(5, 1280)))
    basis = basis_of([vectors[:2], vectors[2:]], 5)
    assert basis.shape == (1280, 5)
    np.testing.assert_allclose(basis.T @ basis, np.eye(5), atol=1e-5)
    np.testing.assert_allclose(vectors @ basis @ basis.T, vectors, atol=1e-3)
    cells = project(np.outer(np.arange(49), vectors[0]).astype(np.float32), basis)
    assert (cells.dtype, np.abs(cells).max()) == (np.int8, 127)
    assert not project(np.zeros((49, 1280), np.float32), basis).any()


@pytest.mark.slow
def test_the_real_network_sees_shapes_and_can_be_taught(folder):
    """Squares and stripes of any colour: the packaged network, taught two kinds of them."""
    rng = np.random.default_rng(0)
    names, kinds = [], []
    for number in range(16):
        pixels = np.full((96, 96, 3), rng.integers(150, 255, 3), dtype=np.uint8)
        ink = rng.integers(0, 100, 3)
        if number % 2:
            pixels[24:72, 24:72] = ink
        else:
            pixels[::12] = pixels[1::12] = pixels[2::12] = ink
        names.append(f"{number}.png")
        kinds.append(("stripes", "square")[number % 2])
        Image.fromarray(pixels).save(folder / names[-1])
    shop = catalogue(names, kind=kinds)
    plain = encode_photos(shop, settings(folder))
    taught = encode_photos(shop, settings(folder, tune_on="kind"))
    assert plain.photos is not None
    assert taught.photos is not None
    assert taught.photos.encoder.startswith(f"{plain.photos.encoder}-tuned-")
    losses = taught.report["held_out_loss"]
    assert min(losses) < losses[0]
    assert _gap(taught.photos, kinds) > _gap(plain.photos, kinds) > 0.0
    again = encode_photos(shop, settings(folder, tune_on="kind"))
    assert again.report["n_encoded"] == 0
    assert again.photos is not None
    np.testing.assert_array_equal(again.photos.cells, taught.photos.cells)


def _gap(photos: Photos, kinds: Sequence[str]) -> float:
    """How much more alike those of one kind are than others."""
    cosine = photos.vectors @ photos.vectors.T
    same = np.equal.outer(kinds, kinds)
    return float(cosine[same & ~np.eye(len(kinds), dtype=bool)].mean() - cosine[~same].mean())

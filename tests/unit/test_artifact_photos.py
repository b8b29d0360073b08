"""Photos in a saved shop: read back equal, told when damaged, and absent where there are none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from youli.artifact import FittedShop, load_shop, save_shop
from youli.errors import ArtifactError
from youli.rank.fit import FitConfig
from youli.rank.ranker import Ranker
from youli.testing.shops import SHOPS


def saved(name: str, path: Path) -> FittedShop:
    return save_shop(FittedShop(Ranker(SHOPS[name](), {}, {}), FitConfig()), path)


def test_read_back_equal(tmp_path):
    before = saved("browsing", tmp_path / "SHOP").shop.photos
    after = load_shop(tmp_path / "SHOP").shop.photos
    assert before is not None
    assert after is not None
    for name in ("photo_of", "cells", "starts", "thumbnails"):
        one, other = getattr(before, name), getattr(after, name)
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype
    assert after.encoder == before.encoder
    assert after.likeness(0, 4) == before.likeness(0, 4)
    assert after.thumbnail(3) == before.thumbnail(3)


def test_the_version_changes_with_the_encoder(tmp_path):
    one = saved("browsing", tmp_path / "SHOP")
    manifest = json.loads((tmp_path / "SHOP/manifest.json").read_text())
    assert manifest["photos"] == {"encoder": "drawn"}
    assert manifest["version"] == one.version


@pytest.mark.parametrize("file", ["arrays.safetensors", "thumbnails.bin"])
def test_damage_is_told_by_name(tmp_path, file):
    saved("browsing", tmp_path / "SHOP")
    path = tmp_path / "SHOP/photos" / file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ArtifactError, match=file):
        load_shop(tmp_path / "SHOP")
    path.unlink()
    with pytest.raises(ArtifactError, match=file):
        load_shop(tmp_path / "SHOP")


def test_a_shop_without_photos_has_no_such_files(tmp_path):
    saved("grocery", tmp_path / "SHOP")
    assert not (tmp_path / "SHOP/photos").exists()
    assert "photos" not in json.loads((tmp_path / "SHOP/manifest.json").read_text())
    assert load_shop(tmp_path / "SHOP").shop.photos is None

"""`youli fit --photos` as a real process, with the real network on a few drawn photos."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from youli.artifact import load_shop
from youli.engine import Engine

N_PHOTOS = 8


@pytest.fixture(scope="module")
def files(tiny_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny shop with photos of its first products, and a column that names more."""
    folder = Path(shutil.copytree(tiny_files, tmp_path_factory.mktemp("photos") / "shop"))
    (folder / "photos").mkdir()
    for num in range(N_PHOTOS):
        picture = Image.new("RGB", (90, 90), (240, 240, 240))
        picture.paste((30 * num, 200 - 20 * num, 90), (20, 20, 50 + 5 * (num % 2), 70))
        picture.save(folder / "photos" / f"p{num:02}.jpg")
    (folder / "photos" / "p08.jpg").write_text("no picture")
    header, *rows = (folder / "items.csv").read_text().splitlines()
    named = [f"{row},{row.split(',')[0]}.jpg" for row in rows]
    named[10] = f"{rows[10]},http://127.0.0.1:9/never-asked.jpg"
    (folder / "items.csv").write_text("\n".join([f"{header},image_url", *named]) + "\n")
    return folder


def fit(youli_run, files: Path, out: Path, *more: object):
    given = ("--events", files / "events.csv", "--items", files / "items.csv", "--out", out)
    settings = files / "youli.toml"
    settings.write_text('[fit]\nchannels = ["popularity"]\n')
    cache = str(files / "cache")
    return youli_run("fit", *given, "--config", settings, "--json", *more, YOULI_CACHE=cache)


def test_photos_are_read_reported_and_saved(youli_run, files, tmp_path):
    done = fit(youli_run, files, tmp_path / "SHOP", "--photos", files / "photos")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)["photos"]
    assert (report["n_with_photo"], report["n_encoded"]) == (N_PHOTOS, N_PHOTOS)
    assert report["problems"]["no JPEG, PNG or WebP"] == 1
    assert report["problems"]["a web address, and fetching is off"] == 1
    assert report["n_fetched"] == 0
    engine = Engine(load_shop(tmp_path / "SHOP"))
    photos = engine.shop.photos
    assert photos is not None
    assert photos.encoder == report["encoder"]
    assert photos.likeness(engine.item_num("p00"), engine.item_num("p02")) > 0.5


def test_without_the_option_nothing_is_read(youli_run, files, tmp_path):
    done = fit(youli_run, files, tmp_path / "SHOP")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["photos"] is None
    assert load_shop(tmp_path / "SHOP").shop.photos is None


def test_a_folder_that_is_not_there_is_an_error_before_anything_is_read(youli_run, files, tmp_path):
    done = fit(youli_run, files, tmp_path / "SHOP", "--photos", files / "nowhere")
    assert done.returncode == 2
    assert "there is no such folder of photos" in done.stderr
    assert not (tmp_path / "SHOP").exists()


def test_strict_names_the_photo(youli_run, files, tmp_path):
    done = fit(youli_run, files, tmp_path / "SHOP", "--photos", files / "photos", "--strict")
    assert done.returncode == 2
    assert "'p08' cannot be used" in done.stderr or "p09" in done.stderr
    assert not (tmp_path / "SHOP").exists()

"""`youli fit` as a real process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from youli.artifact import load_shop


def test_json_is_one_document_about_what_was_saved(fitted, shop_folder):
    document = json.loads(fitted.stdout)
    assert set(document) == {
        "shop", "model_version", "data_hash", "data_until", "simulated", "n_users", "n_items",
        "n_events", "repeats", "protected_left_out", "photos", "channels", "learned", "cost",
        "models", "size",
    }  # fmt: skip
    saved = load_shop(shop_folder)
    assert document["model_version"] == saved.version
    assert document["data_hash"] == saved.shop.data_hash
    assert (document["n_users"], document["n_items"]) == (60, 41)
    assert document["n_events"] == len(saved.shop.interactions)
    assert document["protected_left_out"] == ["gender"]
    assert set(document["channels"]) == {
        "transition", "basket", "affinity", "attributes", "text", "repurchase", "profile", "trend",
        "popularity",
    }  # fmt: skip
    assert all(value > 0 for value in document["cost"].values())
    assert saved.shop.currency == "GBP"
    assert "gender" not in saved.shop.shoppers.table.column_names


def fit(youli_run, tiny_files: Path, out: Path, *more: object, **env: str):
    return youli_run("fit", "--events", tiny_files / "events.csv", "--out", out, *more, **env)


def test_settings_file_then_variable_then_option(youli_run, tiny_files, tmp_path):
    """Each later source wins over the one before: seed 1 in the file, 2 outside, 3 as option."""
    file = tmp_path / "youli.toml"
    file.write_text(
        '[fit]\nseed = 1\ndiversity = 0.25\nrepeats = "include"\nchannels = ["popularity"]\n'
    )
    done = fit(youli_run, tiny_files, tmp_path / "SHOP", "--config", file, "--seed", 3,
               "--currency", "GBP", YOULI_FIT__SEED="2", YOULI_FIT__DIVERSITY="0.5")  # fmt: skip
    assert done.returncode == 0, done.stderr
    config = load_shop(tmp_path / "SHOP").config
    assert (config.seed, config.diversity, config.repeats) == (3, 0.5, "include")
    assert config.channels == ("popularity",)
    assert "popularity" in done.stdout, "without --json a table for people"


@pytest.mark.parametrize(
    ("more", "env", "words"),
    [
        ([], {"YOULI_FIT__DEPTH": "3"}, ["YOULI_FIT__DEPTH", "fit.depth"]),
        ([], {"YOULI_FIT__DIVERSITY": "-1"}, ["YOULI_FIT__DIVERSITY", "fit.diversity"]),
        (["--events", "no such file.csv"], {}, ["no such file.csv"]),
        (["--map", "user_id"], {}, ["user_id"]),
        (["--config", "no such.toml"], {}, ["no such.toml"]),
        (["--allow", "shoe_size"], {}, ["shoe_size"]),
    ],
)
def test_bad_input_is_2_names_itself_and_writes_nothing(
    youli_run, tiny_files, tmp_path, more, env, words
):
    done = fit(youli_run, tiny_files, tmp_path / "SHOP", "--currency", "GBP", *more, **env)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "next: " in done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_shop_is_not_overwritten(youli_run, tiny_files, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.png").write_bytes(b"cat")
    done = fit(youli_run, tiny_files, tmp_path / "photos", "--currency", "GBP",
               YOULI_FIT__CHANNELS='["popularity"]')  # fmt: skip
    assert done.returncode == 1
    assert "not overwritten" in done.stderr
    assert (tmp_path / "photos" / "cat.png").read_bytes() == b"cat"

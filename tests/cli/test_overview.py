"""`youli rules`, `drivers`, `surrogate` and `picture` as real processes."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest


def test_rules(youli_run, shop_folder, tmp_path):
    file = tmp_path / "rules.svg"
    done = youli_run("rules", shop_folder, "--sort", "lift", "--json", "--plot", file)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["exact"] is True
    assert document["n_dropped"] == 0
    assert document["rules"], "shoppers walk along the shelves: what follows what is no chance"
    lifts = [row["lift"] for row in document["rules"]]
    assert lifts == sorted(lifts, reverse=True)
    assert all(row["n_shoppers"] >= 5 for row in document["rules"])
    assert ElementTree.parse(file).getroot().tag.endswith("svg")
    one = document["rules"][0]["then"]["item_id"]
    about = youli_run("rules", shop_folder, "--item", one, "--lang", "zh", "--json", "-n", 500)
    rows = json.loads(about.stdout)["rules"]
    named = [{row["then"]["item_id"], *(part["item_id"] for part in row["if"])} for row in rows]
    assert named
    assert all(one in many for many in named)
    assert "是" in rows[0]["text"]
    people = youli_run("rules", shop_folder)
    assert "rules; exact" in people.stdout


def test_rules_of_fewer_than_five_cannot_be_asked_for(youli_run, shop_folder):
    done = youli_run("rules", shop_folder, "--min-shoppers", 2)
    assert (done.returncode, done.stdout) == (2, "")


def test_drivers(youli_run, shop_folder, tmp_path):
    files = [tmp_path / "a.png", tmp_path / "b.svg"]
    done = youli_run(
        "drivers", shop_folder, "--segment", "region=north", "--shoppers", 10, "--months", 1,
        "--json", "--plot", files[0], "--plot-months", files[1],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["n_shoppers"], document["n_in_group"]) == (10, 30)
    for rows in document["shares"].values():
        assert sum(row["share"] for row in rows) == pytest.approx(1.0, abs=1e-5)
    assert all(file.stat().st_size > 1_000 for file in files)
    bad = youli_run("drivers", shop_folder, "--segment", "gender=f")
    assert bad.returncode == 2
    assert "no group of shoppers 'gender=f'" in bad.stderr, "protected, and therefore not there"


def test_surrogate(youli_run, shop_folder, tmp_path):
    file = tmp_path / "tree.svg"
    done = youli_run("surrogate", shop_folder, "--shoppers", 30, "-k", 5, "--json", "--plot", file)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["exact"] is False
    assert document["faithful"] == (document["fidelity"] >= document["least_fidelity"])
    words = ElementTree.parse(file).getroot().find("{http://www.w3.org/2000/svg}desc").text
    assert document["verdict"] in words, "the fidelity stands on the picture"
    half = youli_run("surrogate", shop_folder, "--user", "u03")
    assert half.returncode == 2
    assert "both the shopper and the product" in half.stderr
    model = youli_run("surrogate", shop_folder, "--model", "lstm")
    assert "no saved model 'lstm'" in model.stderr


@pytest.mark.parametrize("what", ["waterfall", "timeline", "heat"])
def test_picture(youli_run, shop_folder, tmp_path, what):
    file = tmp_path / f"{what}.svg"
    done = youli_run(
        "picture",
        shop_folder,
        what,
        "--user",
        "u03",
        "--item",
        "p05",
        "--lang",
        "zh",
        "--out",
        file,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert ElementTree.parse(file).getroot().tag.endswith("svg")


def test_pictures_that_cannot_be(youli_run, shop_folder, tmp_path):
    out = tmp_path / "x.svg"
    lacking = youli_run("picture", shop_folder, "waterfall", "--user", "u03", "--out", out)
    assert lacking.returncode == 2
    assert "needs --item" in lacking.stderr
    photos = youli_run(
        "picture", shop_folder, "photos", "--item", "p05", "--other", "p06", "--out", out
    )
    assert photos.returncode == 2
    assert "no photos" in photos.stderr
    assert not out.exists()

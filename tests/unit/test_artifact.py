"""A saved shop: read back equal, refused when damaged, and never half-written."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from youli import artifact
from youli.artifact import FORMAT, FittedShop, load_shop, save_shop
from youli.data.state import ShopperState
from youli.errors import ArtifactError, StorageError
from youli.rank.combine import CombineConfig
from youli.rank.fit import FitConfig, fit_ranker
from youli.testing.shops import SHOPS

CONFIG = FitConfig(combine=CombineConfig(n_cases=60, max_iterations=20, n_rounds=1))
FILES = (
    "manifest.json",
    "report.json",
    "interactions.safetensors",
    "items.parquet",
    "users.parquet",
    "channels/transition.safetensors",
    "channels/attributes.safetensors",
    "channels/profile.safetensors",
)


@pytest.fixture(scope="module")
def fitted() -> FittedShop:
    ranker, _ = fit_ranker(SHOPS["grocery"](), CONFIG)
    return FittedShop(ranker, CONFIG, report={"rows": 3, "note": "有理"})


@pytest.fixture(scope="module")
def original(fitted, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "SHOP"
    save_shop(fitted, path)
    return path


@pytest.fixture
def saved(original, tmp_path) -> Path:
    """A copy to be damaged."""
    return Path(shutil.copytree(original, tmp_path / "SHOP"))


def scores(fitted: FittedShop) -> np.ndarray:
    users = fitted.shop.interactions.users.ids
    return np.stack([fitted.ranker.score(ShopperState.of(fitted.shop, user)) for user in users])


def names_in(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*"))


def test_read_back_equal_in_every_score_and_word(fitted, original):
    again = load_shop(original)
    np.testing.assert_array_equal(scores(again), scores(fitted))
    assert again.config == fitted.config
    assert again.ranker.config == fitted.ranker.config
    assert again.report == fitted.report
    for name in ("currency", "data_hash", "simulated", "data_until"):
        assert getattr(again.shop, name) == getattr(fitted.shop, name)
    assert again.shop.interactions.timed == fitted.shop.interactions.timed
    assert again.shop.catalogue.table.equals(fitted.shop.catalogue.table)
    assert again.shop.shoppers.table.equals(fitted.shop.shoppers.table)
    user = fitted.shop.interactions.users.ids[2]
    ours, theirs = (one.ranker.rank(ShopperState.of(one.shop, user)) for one in (fitted, again))
    assert ours.ledgers == theirs.ledgers


@pytest.mark.parametrize("name", ["ring", "holes", "one product"])
def test_any_shape_of_shop_is_read_back(name, tmp_path):
    """Without a clock, without attributes, with holes, with a single product."""
    config = CONFIG.model_copy(update={"repeats": "include"})
    ranker, _ = fit_ranker(SHOPS[name](), config)
    fitted = save_shop(FittedShop(ranker, config), tmp_path / "SHOP")
    again = load_shop(tmp_path / "SHOP")
    np.testing.assert_array_equal(scores(again), scores(fitted))
    assert again.version == fitted.version


def test_the_version_changes_with_what_was_learned_and_with_nothing_else(fitted, tmp_path):
    first = save_shop(fitted, tmp_path / "a").version
    assert save_shop(fitted, tmp_path / "b").version == first
    assert load_shop(tmp_path / "a").version == first
    name = next(iter(fitted.ranker.coefficients))
    weights = {**fitted.ranker.coefficients, name: fitted.ranker.coefficients[name] + 1e-9}
    ranker = type(fitted.ranker)(fitted.shop, fitted.ranker.channels, weights, fitted.ranker.config)
    assert save_shop(FittedShop(ranker, CONFIG), tmp_path / "c").version != first


def test_the_folder_holds_only_what_its_page_names(original):
    assert set(FILES) <= set(names_in(original))
    assert {Path(name).suffix for name in names_in(original) if name != "channels"} == {
        ".json", ".parquet", ".safetensors",
    }  # fmt: skip
    manifest = json.loads((original / "manifest.json").read_text())
    assert {*manifest["files"], "manifest.json", "channels"} == set(names_in(original))
    assert [file.name for file in original.parent.iterdir()] == ["SHOP"], "nothing is left beside"


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("how", ["truncated", "emptied", "flipped", "longer", "missing"])
def test_damage_to_any_file_is_told_by_name(saved, name, how):
    file = saved / name
    content = file.read_bytes()
    middle = len(content) // 2
    match how:
        case "truncated":
            file.write_bytes(content[:middle])
        case "emptied":
            file.write_bytes(b"")
        case "flipped":
            flipped = bytes([content[middle] ^ 1])
            file.write_bytes(content[:middle] + flipped + content[middle + 1 :])
        case "longer":
            file.write_bytes(content + b"}")
        case "missing":
            file.unlink()
    with pytest.raises(ArtifactError) as caught:
        load_shop(saved)
    wanted = str(saved) if name == "manifest.json" else str(file)
    assert caught.value.where.startswith(wanted)
    assert caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("seed", range(40))
def test_no_flipped_bit_of_the_manifest_is_believed(saved, scores_of_original, seed):
    """A changed coefficient would change scores and no file: the manifest vouches for itself."""
    file = saved / "manifest.json"
    content = bytearray(file.read_bytes())
    rng = np.random.default_rng(seed)
    content[int(rng.integers(len(content)))] ^= 1 << int(rng.integers(7))
    file.write_bytes(bytes(content))
    try:
        found = scores(load_shop(saved))
    except ArtifactError:
        return
    np.testing.assert_array_equal(found, scores_of_original)  # a blank became a line's end


@pytest.fixture(scope="module")
def scores_of_original(original) -> np.ndarray:
    return scores(load_shop(original))


def test_a_changed_coefficient_is_refused(saved):
    file = saved / "manifest.json"
    manifest = json.loads(file.read_text())
    manifest["coefficients"]["popularity"]["log shoppers"] += 0.5
    file.write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError, match="not what was saved"):
        load_shop(saved)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "3", "null", "{}", '{"format": 1}', '{"format": 1, "files": []}',
     '{"name": "a page", "manifest_version": 3}', "\xff"],
)  # fmt: skip
def test_a_foreign_manifest_is_no_shop(tmp_path, text):
    folder = tmp_path / "page"
    folder.mkdir()
    (folder / "manifest.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(ArtifactError) as caught:
        load_shop(folder)
    assert str(folder) in caught.value.where


@pytest.mark.parametrize("number", [0, FORMAT + 1, "1", None])
def test_another_format_is_named(saved, number):
    file = saved / "manifest.json"
    manifest = json.loads(file.read_text()) | {"format": number}
    file.write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError, match=f"format {number}") as caught:
        load_shop(saved)
    assert caught.value.value == number
    assert "youli fit" in caught.value.hint


@pytest.mark.parametrize("kind", ["nothing", "a file", "a zip", "an empty folder"])
def test_what_is_no_shop_is_refused(tmp_path, original, kind):
    path = tmp_path / "thing"
    if kind == "a file":
        path.write_text("user_id,item_id")
    elif kind == "a zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(original / "manifest.json", "manifest.json")
    elif kind == "an empty folder":
        path.mkdir()
    with pytest.raises(ArtifactError, match="no saved shop") as caught:
        load_shop(path)
    assert caught.value.where == str(path)


def test_a_file_that_cannot_be_read_is_told(saved, monkeypatch):
    def refuse(*_args: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(artifact, "_sha256", refuse)
    with pytest.raises(ArtifactError, match="Permission denied"):
        load_shop(saved)


@pytest.mark.parametrize("kind", ["a file", "an empty folder", "photos", "a page's folder"])
def test_what_is_no_shop_is_never_overwritten(fitted, tmp_path, kind):
    path = tmp_path / "mine"
    if kind == "a file":
        path.write_text("mine")
    else:
        path.mkdir()
        if kind == "photos":
            (path / "cat.png").write_bytes(b"cat")
        elif kind == "a page's folder":  # browsers' extensions have a manifest.json, too
            (path / "manifest.json").write_text('{"manifest_version": 3}')
    before = {name: (path / name).read_bytes() for name in names_in(path)} if path.is_dir() else {}
    with pytest.raises(StorageError, match="not overwritten"):
        save_shop(fitted, path)
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]
    if path.is_dir():
        assert {name: (path / name).read_bytes() for name in names_in(path)} == before
    else:
        assert path.read_text() == "mine"


def test_an_older_shop_is_replaced_whole(fitted, saved):
    (saved / "channels" / "gone.safetensors").write_bytes(b"of an older version")
    save_shop(fitted, saved)
    assert "channels/gone.safetensors" not in names_in(saved)
    np.testing.assert_array_equal(scores(load_shop(saved)), scores(fitted))
    assert [file.name for file in saved.parent.iterdir()] == ["SHOP"]


def test_a_shop_of_another_format_may_be_replaced(fitted, saved):
    file = saved / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format": FORMAT + 1}))
    save_shop(fitted, saved)
    load_shop(saved)


#: Each name is a function of the writer; the n-th call of it meets a full disk.
WRITES = [
    ("youli.artifact.save_file", 0),
    ("youli.artifact.save_file", 3),
    ("youli.artifact.pq.write_table", 1),
    ("youli.artifact.Path.write_text", 0),
    ("youli.artifact.Path.write_text", 1),
    ("youli.artifact.os.fsync", 2),
    ("youli.artifact.os.replace", 0),
    ("youli.artifact.os.replace", 1),
    ("youli.artifact.tempfile.mkdtemp", 0),
    ("youli.artifact.tempfile.mkdtemp", 1),
]


@pytest.mark.parametrize(("write", "nth"), WRITES)
def test_a_refusing_disk_leaves_the_older_shop_and_nothing_else(
    fitted, saved, monkeypatch, write, nth
):
    before = {file: (saved / file).read_bytes() for file in FILES}
    module, name = write.removeprefix("youli.artifact.").rpartition(".")[::2]
    owner = getattr(artifact, module) if module else artifact
    real, calls = getattr(owner, name), []

    def refuse_once(*args, **kwargs):
        calls.append(args)
        if len(calls) == nth + 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*args, **kwargs)

    monkeypatch.setattr(owner, name, refuse_once)
    with pytest.raises(StorageError, match="No space left on device") as caught:
        save_shop(fitted, saved)
    monkeypatch.undo()
    assert len(calls) > nth
    assert caught.value.exit_code == 1
    assert {file: (saved / file).read_bytes() for file in FILES} == before
    assert [file.name for file in saved.parent.iterdir()] == ["SHOP"]


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A real file system with room for one shop and a half, where this machine lets us mount it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = shutil.which("mount") is not None and (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(disk)],
            capture_output=True,
            check=False,
        ).returncode
        == 0
    )
    if not mounted:  # `test_a_refusing_disk…` says it of each write with a made-up error
        pytest.skip("this machine does not let a tmpfs be mounted")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.privileged
def test_a_really_full_disk(fitted, small_disk):
    """Files of other people take the room, more each time; each format meets the end once."""
    shop = small_disk / "SHOP"
    save_shop(fitted, shop)
    before = scores(load_shop(shop))
    refused = []
    for number in range(40):
        try:
            (small_disk / f"other {number}").write_bytes(b"x" * 4_096)
        except OSError:
            break
        try:
            save_shop(fitted, shop)
        except StorageError as error:
            refused.append(error.problem)
        assert not [file for file in small_disk.iterdir() if file.name.startswith(".")]
        np.testing.assert_array_equal(scores(load_shop(shop)), before)
    assert len(refused) >= 5
    assert all("No space left" in problem for problem in refused)


_KILLED = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path
    from youli import artifact

    fitted = artifact.load_shop(Path(sys.argv[1]))
    target, left = sys.argv[2], int(sys.argv[3])
    module, _, name = target.rpartition(".")
    owner = getattr(artifact, module) if module else artifact
    real = getattr(owner, name)

    def killed(*args, **kwargs):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)

    setattr(owner, name, killed)
    artifact.save_shop(fitted, Path(sys.argv[1]))
    """
)


@pytest.mark.parametrize(
    ("moment", "nth"),
    [
        ("save_file", 0),
        ("save_file", 4),
        ("pq.write_table", 1),
        ("Path.write_text", 1),
        ("os.fsync", 3),
        ("os.replace", 0),
        ("os.replace", 1),
        ("shutil.rmtree", 0),
    ],
)
def test_killed_while_saving_a_whole_shop_is_left(saved, scores_of_original, moment, nth):
    """A real SIGKILL at each stage. Between the two renames the old shop is where the docs say."""
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(saved), moment, str(nth)],
        capture_output=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    place = saved
    if not saved.exists():
        assert (moment, nth) == ("os.replace", 1)
        [place] = saved.parent.glob(".SHOP.*/old")
    np.testing.assert_array_equal(scores(load_shop(place)), scores_of_original)
    beside = {file.name for file in saved.parent.iterdir()} - {"SHOP"}
    assert all(name.startswith(".SHOP.") for name in beside)

"""Vectors on disk: found again, and made again where they cannot be read."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from youli.features.cache import VectorCache, cache_folder, content_key

ROWS = {content_key(text): np.array([n, 0.5, -1.0], np.float32) for n, text in enumerate("abc")}


@pytest.fixture
def cache(tmp_path: Path) -> VectorCache:
    return VectorCache("text-x", "1", 3, tmp_path)


def again(cache: VectorCache) -> VectorCache:
    return VectorCache("text-x", "1", cache.n_dims, cache.path.parent)


def assert_kept(cache: VectorCache) -> None:
    found = cache.read([*ROWS, content_key("never")])
    assert found.keys() == ROWS.keys()
    for key, row in ROWS.items():
        assert found[key].dtype == np.float32
        np.testing.assert_array_equal(found[key], row)


def test_what_is_written_is_read(cache: VectorCache) -> None:
    assert cache.read(list(ROWS)) == {}
    cache.write(ROWS)
    assert_kept(cache)
    assert_kept(again(cache))
    assert (cache.notes, cache.n_damaged) == ([], 0)


def test_more_keys_than_one_statement_takes(cache: VectorCache) -> None:
    rows = {content_key(str(n)): np.full(3, n % 7, np.float32) for n in range(10_000)}
    cache.write(rows)
    assert cache.read(list(rows)).keys() == rows.keys()


def test_each_version_has_its_own(cache: VectorCache) -> None:
    cache.write(ROWS)
    folder = cache.path.parent
    others = [VectorCache("text-x", "2", 3, folder), VectorCache("text-y", "1", 3, folder)]
    odd = VectorCache("text-/../x", "1", 3, folder)
    assert len({one.path for one in (cache, odd, *others)}) == 4
    assert odd.path.parent == folder
    assert all(one.read(list(ROWS)) == {} for one in others)


def test_where_it_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("YOULI_CACHE", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine"
    monkeypatch.delenv("YOULI_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "youli"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "youli"


@pytest.mark.parametrize("damage", ["X'00'", "zeroblob(6)", "NULL", "'abcdef'"])
def test_a_damaged_row_is_counted_and_made_again(cache: VectorCache, damage: str) -> None:
    cache.write(ROWS)
    first = next(iter(ROWS))
    with sqlite3.connect(cache.path) as connection:
        connection.execute(f"UPDATE vectors SET vector = {damage} WHERE key = ?", [first])
    connection.close()
    reader = again(cache)
    assert reader.read(list(ROWS)).keys() == ROWS.keys() - {first}
    assert reader.n_damaged == 1
    assert "1 damaged vectors" in reader.notes[0]
    reader.write({first: ROWS[first]})
    assert_kept(again(cache))


@pytest.mark.parametrize(
    "content", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4000]
)
def test_a_foreign_file_is_set_aside(cache: VectorCache, content: bytes) -> None:
    cache.path.write_bytes(content)
    assert cache.read(list(ROWS)) == {}
    assert cache.n_damaged == 1
    assert "made again" in cache.notes[0]
    assert cache.path.with_suffix(".damaged").read_bytes() == content
    cache.write(ROWS)
    assert_kept(again(cache))


def test_a_file_cut_short_is_set_aside(cache: VectorCache) -> None:
    many = {content_key(str(n)): np.full(3, n % 7, np.float32) for n in range(5_000)}
    cache.write(many)
    whole = cache.path.read_bytes()
    cache.path.write_bytes(whole[: len(whole) // 2])
    reader = again(cache)
    found = reader.read(list(many))
    assert len(found) < len(many)
    assert reader.n_damaged
    reader.write(many)
    assert again(cache).read(list(many)).keys() == many.keys()


@pytest.mark.parametrize("pragma", ["application_id = 7", "user_version = 99"])
def test_somebody_elses_database_is_set_aside(cache: VectorCache, pragma: str) -> None:
    with sqlite3.connect(cache.path) as connection:
        connection.execute("CREATE TABLE mine (a)")
        connection.execute(f"PRAGMA {pragma}")
    connection.close()
    cache.write(ROWS)
    assert cache.n_damaged == 1
    assert_kept(again(cache))
    with sqlite3.connect(cache.path.with_suffix(".damaged")) as connection:
        assert connection.execute("SELECT count(*) FROM mine").fetchone() == (0,)
    connection.close()


def test_without_a_folder_nothing_is_kept_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    cache = VectorCache("text-x", "1", 3, tmp_path / "file")
    cache.write(ROWS)
    assert cache.read(list(ROWS)) == {}
    assert "cannot be used" in cache.notes[0]
    assert cache.n_damaged == 0


WRITER = """
import sys, numpy as np
from pathlib import Path
from youli.features.cache import VectorCache, content_key
for n in range(40):
    keys = [content_key(f"{sys.argv[2]} {n} {m}") for m in range(20)] + [content_key("shared")]
    cache = VectorCache("text-x", "1", 3, Path(sys.argv[1]))
    cache.write({key: np.full(3, n, np.float32) for key in keys})
    assert cache.notes == [], cache.notes
"""


def test_two_processes_at_once(cache: VectorCache) -> None:
    folder = str(cache.path.parent)
    many = [
        subprocess.Popen([sys.executable, "-c", WRITER, folder, name], stderr=subprocess.PIPE)
        for name in ("one", "two")
    ]
    for one in many:
        assert one.communicate()[1] == b""
        assert one.returncode == 0
    keys = [
        content_key(f"{w} {n} {m}") for w in ("one", "two") for n in range(40) for m in range(20)
    ]
    assert len(cache.read(keys)) == len(keys)
    assert (cache.notes, cache.n_damaged) == ([], 0)

"""`youli keys`, `youli db` and `youli refit` in processes of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def test_a_key_is_made_shown_once_exchanged_and_revoked(youli_run: Any, tmp_path: Path) -> None:
    shop, url = tmp_path / "SHOP", str(tmp_path / "storage.db")
    made = youli_run("keys", "create", shop, "--name", "till", "--database", url)
    assert made.returncode == 0, made.stderr
    key = made.stdout.strip()
    assert len(key) == 32
    assert "server key" in made.stderr
    listed = youli_run("keys", "list", shop, "--json", YOULI_DATABASE=url)
    (one,) = json.loads(listed.stdout)["keys"]
    assert key not in listed.stdout
    assert (one["name"], one["role"], one["valid"]) == ("till", "server", True)
    assert youli_run("keys", "revoke", shop, one["key_id"], "--database", url).returncode == 0
    table = youli_run("keys", "list", shop, "--database", url).stdout
    assert "revoked" in table
    assert key.encode() not in Path(url).read_bytes()


def test_what_cannot_be_done_is_said(youli_run: Any, tmp_path: Path) -> None:
    url = str(tmp_path / "storage.db")
    wrong = youli_run("keys", "create", "SHOP", "--name", "x", "--role", "king", "--database", url)
    assert wrong.returncode == 2
    assert "page, server, admin" in wrong.stderr
    assert youli_run("keys", "revoke", "SHOP", "none", "--database", url).returncode == 2
    away = youli_run("db", "status", "postgresql://root:s3cret@127.0.0.1:1/x")
    assert away.returncode == 1
    assert "cannot be reached" in away.stderr
    assert "s3cret" not in away.stderr


def test_the_schema_is_made_and_said(youli_run: Any, tmp_path: Path) -> None:
    url = str(tmp_path / "storage.db")
    assert "schema none" in youli_run("db", "status", url).stdout
    assert "none -> " in youli_run("db", "upgrade", url).stderr
    status = json.loads(youli_run("db", "status", url, "--json").stdout)
    assert status["schema"] == status["wanted"]
    assert status["rows"]["events"] == 0


def test_a_refit_with_nothing_new(youli_run: Any, shop_copy: Path) -> None:
    done = youli_run("refit", shop_copy, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"refitted": False}
    assert shop_copy.with_name("SHOP.db").exists()

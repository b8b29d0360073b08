"""`youli data check`: one JSON document, talk on stderr, nothing half-written."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from youli.cli.data import app, parse_event_names
from youli.data.writing import write_atomically
from youli.errors import ConfigError, SchemaError, StorageError, YouliError

ROWS = """Kunde,sku,wann,preis
u1,mug-01,01/03/2024 10:00,"5,00 €"
u1,cup-02,02/03/2024 10:00,"3,00 €"
u2,mug-01,25/03/2024 10:00,"5,00 €"
,mug-01,25/03/2024 10:00,"5,00 €"
"""
MAPS = ["--map", "user_id=Kunde", "--map", "timestamp=wann", "--map", "price=preis"]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def run(*arguments: str):
    return CliRunner().invoke(app, ["check", *arguments])


def test_json_is_one_document_and_nothing_else(log):
    result = run(str(log), *MAPS, "--json")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert (report["rows_in"], report["rows_kept"], report["currency"]) == (4, 3, "EUR")
    assert report["files"][0]["columns"]["user_id"] == "Kunde"
    assert report["files"][0]["guessed"] == ["item_id"]


def test_the_terminal_shows_maps_decisions_and_reasons(log):
    result = run(str(log), *MAPS)
    assert "item_id = sku (guessed)" in result.stdout
    assert "user_id = Kunde  " in result.stdout
    assert "day/month (a part above 12 tells)" in " ".join(result.stdout.split())
    assert "no shopper (row 5)" in " ".join(result.stdout.split())
    assert "3 of 4 rows kept (75.0%)" in result.stdout


def test_the_report_folder(log, tmp_path):
    out = tmp_path / "report"
    result = run(str(log), *MAPS, "--report", str(out), "--json")
    json.loads(result.stdout)
    assert sorted(path.name for path in out.iterdir()) == [
        "quarantine.parquet",
        "report.html",
        "report.json",
    ]
    assert "wrote" in result.stderr
    assert json.loads((out / "report.json").read_text()) == json.loads(result.stdout)
    assert pq.read_table(out / "quarantine.parquet")["row"].to_pylist() == [5]


def test_items_users_and_events_are_passed_on(log, tmp_path):
    (tmp_path / "items.csv").write_text("sku,name\nmug-01,Mug\n")
    (tmp_path / "users.csv").write_text("user_id,age\nu1,30\n")
    (tmp_path / "log.csv").write_text("user_id,sku,event,date\nu1,a1,hit,2024-01-01\nu2,b2,hit,2024-01-01\n")  # fmt: skip # noqa: E501
    result = run(
        str(log), "--items", str(tmp_path / "items.csv"), "--users", str(tmp_path / "users.csv"),
        "--event", "hit=view_item", "--json",
    )  # fmt: skip
    report = json.loads(result.stdout)
    assert [file["role"] for file in report["files"]] == ["events", "items", "users"]
    assert report["n_items"] == 3


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (["--map", "user_id=Kunde", "--strict"], YouliError, "row 5, column user_id"),
        (["--map", "user_id=wann"], SchemaError, "both timestamp and user_id"),
        (["--map", "colour=sku"], SchemaError, "no column that Youli knows"),
        (["--event", "hit=bang"], ConfigError, "hit=bang"),
        (["--map", "user_id=Kunde", "--timezone", "Mars"], SchemaError, "time zone"),
    ],
)
def test_bad_input_is_an_error_of_exit_code_two(log, arguments, kind, words):
    result = run(str(log), "--map", "timestamp=wann", *arguments, "--json")
    assert isinstance(result.exception, kind)
    assert words in str(result.exception)
    assert result.exception.exit_code == 2
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("options", "first"),
    [([], "2024-01-02"), (["--day-first"], "2024-01-02"), (["--month-first"], "2024-02-01")],
)
def test_day_or_month_first(options, first, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("user_id,item_id,date\nu1,a,02/01/2024\nu2,b,03/05/2024\n")
    report = json.loads(run(str(path), *options, "--json").stdout)
    assert report["since"].startswith(first)


def test_settings_from_a_file_the_environment_and_options(log, tmp_path, monkeypatch):
    path = tmp_path / "youli.toml"
    path.write_text('[data]\ncurrency = "GBP"\ntimezone = "Asia/Shanghai"\n')
    common = [str(log), *MAPS, "--config", str(path), "--json"]
    report = json.loads(run(*common).stdout)
    assert (report["currency"], report["timezone"]) == ("GBP", "Asia/Shanghai")
    monkeypatch.setenv("YOULI_DATA__CURRENCY", "CHF")
    report = json.loads(run(*common).stdout)
    assert (report["currency"], report["timezone"]) == ("CHF", "Asia/Shanghai")
    report = json.loads(run(*common, "--currency", "SEK", "--timezone", "UTC").stdout)
    assert (report["currency"], report["timezone"]) == ("SEK", "UTC")
    monkeypatch.setenv("YOULI_DATA__STRICT", "true")
    assert "row 5, column user_id" in str(run(*common).exception)


def test_event_names_of_a_file_are_kept_unless_given(tmp_path):
    path, log = tmp_path / "youli.toml", tmp_path / "log.csv"
    log.write_text("user_id,item_id,event,date\nu1,a,hit,2024-01-01\nu2,b,hit,2024-01-01\n")
    path.write_text('[data.event_names]\nhit = "view_item"\n')
    report = json.loads(run(str(log), "--config", str(path), "--json").stdout)
    assert report["rows_kept"] == 2


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("ROBOTS", "stay", "setting data.robots"),
        ("MAX_PRICE", "-1", "setting data.max_price"),
        ("COLOUR", "red", "setting data.colour"),
    ],
)
def test_a_wrong_setting_is_named(key, value, words, log, monkeypatch):
    monkeypatch.setenv(f"YOULI_DATA__{key}", value)
    result = run(str(log), *MAPS, "--json")
    assert isinstance(result.exception, ConfigError)
    assert words in str(result.exception)
    assert f"YOULI_DATA__{key}" in str(result.exception)


def test_rows_that_cannot_be_read_are_shown(log, tmp_path):
    log.write_text(ROWS + "u3,mug-01\n", encoding="utf-8")
    result = run(str(log), *MAPS, "--report", str(tmp_path / "report"))
    assert result.exit_code == 0
    assert "too few fields (row 6: “u3,mug-01”)" in " ".join(result.stdout.split())
    assert "3 of 5 rows kept (60.0%)" in result.stdout
    page = (tmp_path / "report" / "report.html").read_text()
    assert "Unreadable rows" in page
    assert "too few fields" in page
    rows = pq.read_table(tmp_path / "report" / "quarantine.parquet").to_pylist()
    assert [(row["row"], row["text"]) for row in rows] == [(6, "u3,mug-01"), (5, None)]
    strict = run(str(log), *MAPS, "--strict")
    assert f"{log}, row 6: this row has 2 fields where the header has 4" in str(strict.exception)


def test_event_names_are_read():
    assert parse_event_names(["hit = view_item"]) == {"hit": "view_item"}


def test_a_full_disk_leaves_nothing(log, tmp_path, monkeypatch):
    out = tmp_path / "report"
    out.mkdir()
    (out / "report.json").write_text("old")

    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("youli.data.writing.pq.write_table", full)
    result = run(str(log), *MAPS, "--report", str(out))
    assert isinstance(result.exception, StorageError)
    assert result.exception.exit_code == 1
    assert "No space left" in str(result.exception)
    assert [path.name for path in out.iterdir()] == ["report.json"]
    assert (out / "report.json").read_text() == "old"


@pytest.mark.privileged
@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_disk_that_is_really_full(log, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this machine does not let a tmpfs be mounted")
    try:
        (disk / "filler").write_bytes(b"x" * 40_000)
        result = run(str(log), *MAPS, "--report", str(disk / "report"))
        assert isinstance(result.exception, StorageError)
        left = [path.name for path in disk.rglob("*") if path.is_file()]
        assert left == ["filler"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_kill_in_mid_write_leaves_the_old_file(tmp_path):
    target = tmp_path / "result.json"
    target.write_text("old")
    script = (
        "import time; from pathlib import Path\n"
        "from youli.data.writing import write_atomically\n"
        "def write(path):\n"
        "    path.write_text('half'); print('writing', flush=True); time.sleep(60)\n"
        f"write_atomically(Path({str(target)!r}), write)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "writing\n"
    child.send_signal(signal.SIGKILL)
    child.wait(timeout=20)
    child.stdout.close()
    time.sleep(0.05)
    assert target.read_text() == "old"


def test_an_atomic_write(tmp_path):
    target = tmp_path / "new" / "result.txt"
    write_atomically(target, lambda path: path.write_text("whole"))
    assert target.read_text() == "whole"
    assert target.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in target.parent.iterdir()] == ["result.txt"]


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError) as caught:
        write_atomically(tmp_path / "file" / "x", lambda path: path.write_text("x"))
    assert caught.value.hint

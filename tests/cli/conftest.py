"""A tiny shop's files, and the shop that `youli fit` made of them in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
AISLES = ("Tea", "Bakery", "Bath", "Paper", "Garden")
N_PRODUCTS = 40


def _run(*arguments: object, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("YOULI_")}
    return subprocess.run(
        [sys.executable, "-m", "youli", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**kept, "OMP_NUM_THREADS": "1", "COLUMNS": "120", **env},
    )


@pytest.fixture(scope="session")
def youli_run() -> Run:
    """`python -m youli …` as a process, with no settings but the given ones."""
    return _run


@pytest.fixture(scope="session")
def tiny_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """events.csv, items.csv and users.csv: sixty shoppers who walk through forty products."""
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(5)
    start = datetime(2025, 3, 1, 9, tzinfo=UTC)
    rows = ["user_id,item_id,event,timestamp,quantity,price,order_id"]
    for user in range(60):
        moment = start + timedelta(days=float(rng.uniform(0, 30)))
        at = int(rng.integers(N_PRODUCTS))
        for order in range(int(rng.integers(3, 9))):
            bought = dict.fromkeys((at + step) % N_PRODUCTS for step in (0, 1 + rng.integers(2)))
            rows += [
                f"u{user:02},p{item:02},purchase,{moment:%Y-%m-%d %H:%M:%S},1,"
                f"{2 + item}.50,o{user}-{order}"
                for item in bought
            ]
            at += int(rng.integers(1, 4))
            moment += timedelta(days=float(rng.uniform(4, 12)))
    (folder / "events.csv").write_text("\n".join(rows) + "\n")
    items = ["item_id,title,category,brand,price"]
    for num in range(N_PRODUCTS):
        aisle, brand = AISLES[num // 8], ("Own", "Guest")[num % 2]
        title = f"{aisle} {chr(65 + num % 8)}"
        items.append(f"p{num:02},{title},{aisle},{brand},{2 + num}.50")
    items.append("p99,Tea strainer,Tea,Own,3.20")  # nobody has bought it yet
    (folder / "items.csv").write_text("\n".join(items) + "\n")
    users = ["user_id,region,gender"]
    users += [f"u{n:02},{('north', 'south')[n % 2]},{'fm'[n // 30]}" for n in range(60)]
    (folder / "users.csv").write_text("\n".join(users) + "\n")
    return folder


@pytest.fixture(scope="session")
def fitted(tiny_files, youli_run, tmp_path_factory) -> subprocess.CompletedProcess[str]:
    """What `youli fit --json` printed; the shop lies in its `args`' last word."""
    out = tmp_path_factory.mktemp("cli") / "SHOP"
    return youli_run(
        "fit", "--events", tiny_files / "events.csv", "--items", tiny_files / "items.csv",
        "--users", tiny_files / "users.csv", "--currency", "GBP", "--json", "--out", out,
    )  # fmt: skip


@pytest.fixture(scope="session")
def shop_folder(fitted) -> Path:
    """The saved shop; not to be changed."""
    assert fitted.returncode == 0, fitted.stderr
    return Path(fitted.args[-1])


@pytest.fixture
def shop_copy(shop_folder, tmp_path) -> Path:
    """A copy to be damaged."""
    return Path(shutil.copytree(shop_folder, tmp_path / "SHOP"))

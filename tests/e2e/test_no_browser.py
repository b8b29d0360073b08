"""Without a browser the page's tests say so, and fail where everything is required."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ONE = "tests/e2e/test_home.py::TestList::test_the_history_is_shown"


@pytest.mark.parametrize(("required", "outcome"), [("0", "1 skipped"), ("1", "1 error")])
def test_the_reason_and_the_next_step_are_told(tmp_path: Path, required: str, outcome: str) -> None:
    missing = tmp_path / "no-such-browser"
    env = {**os.environ, "YOULI_CHROMIUM": str(missing), "YOULI_REQUIRE_ALL": required}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", "-p", "no:xdist", ONE],
        cwd=ROOT,
        env={**env, "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert outcome in done.stdout, done.stdout + done.stderr
    assert f"no Chromium at {missing}: `apt install chromium`" in done.stdout
    assert (done.returncode == 0) == (required == "0")

"""Meters count what happens inside their block."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from youli.evaluate.cost import Meter, fresh_process, machine, peak_rss_mb


def test_sleeping_takes_wall_and_no_cpu():
    with Meter() as meter:
        time.sleep(0.05)
    assert meter.wall_s >= 0.05
    assert meter.cpu_s < meter.wall_s


def test_a_meter_adds_up():
    meter = Meter()
    for _ in range(2):
        with meter:
            time.sleep(0.02)
    assert meter.wall_s >= 0.04


WORK = """
import os
import sys
import time
from pathlib import Path
import numpy as np
from youli.evaluate.cost import fresh_process, peak_rss_mb

def hold(n_mb, *, progress):
    return np.ones(n_mb * 125_000).sum() * 0 + peak_rss_mb()

def die(*, progress):
    os._exit(3)

def stay(path, *, progress):
    Path(path).write_text(str(os.getpid()))
    time.sleep(60)

if __name__ == "__main__":
    fresh_process(stay, sys.argv[1])
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A module that a new interpreter can import too."""
    (tmp_path / "work_for_cost.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module("work_for_cost")


def test_peak_memory_is_that_of_the_process_alone(work):
    ballast = np.ones(40_000_000)  # 320 MB that the child must not be charged with
    small, large = fresh_process(work.hold, 1), fresh_process(work.hold, 200)
    assert 180 < large - small < 260
    assert small < peak_rss_mb() - ballast.nbytes / 1e6 / 2


def test_a_child_that_dies_is_an_error(work):
    with pytest.raises(ChildProcessError, match="exit code 3"):
        fresh_process(work.die)


def test_a_killed_parent_takes_its_child_along(work, tmp_path):
    said = tmp_path / "child"
    parent = subprocess.Popen([sys.executable, work.__file__, str(said)])
    _until(lambda: said.exists() and said.read_text())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    _until(lambda: not _runs(int(said.read_text())))


def _until(happened):
    for _ in range(600):
        if happened():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen within half a minute")


def _runs(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


def test_the_machine_is_named():
    assert {"cpu", "n_cores", "system", "python", "numpy"} == set(machine())

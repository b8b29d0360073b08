"""What is loaded when: nothing heavy before it is used."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

HEAVY = (
    "numpy",
    "scipy",
    "pyarrow",
    "torch",
    "duckdb",
    "ibis",
    "matplotlib",
    "fastapi",
    "pydantic",
)


def loaded_by(code: str) -> tuple[set[str], float]:
    """Modules of a fresh interpreter after `code`, and what `code` took as a share of start-up."""
    script = (
        "import sys, time\nbegin = time.process_time()\n"
        f"{code}\n"
        "took = time.process_time() - begin\n"
        "import json; print(json.dumps([sorted(sys.modules), took, begin]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    modules, took, start = json.loads(done.stdout.splitlines()[-1])
    return set(modules), took / max(start, 1e-3)


def test_importing_the_package_loads_nothing_heavy_and_is_quick():
    modules, share = loaded_by("import youli")
    assert not modules.intersection(HEAVY)
    assert "youli.errors" not in modules
    assert share < 0.5, "next to starting Python, it costs nothing"


def test_the_version_is_said_without_the_tables():
    code = (
        "from youli.cli.main import main\nsys.argv = ['youli', '--version']\n"
        "try: main()\nexcept SystemExit as end: assert not end.code"
    )
    modules, _ = loaded_by(code)
    assert "youli.cli.main" in modules
    assert not modules.intersection(HEAVY)


def test_serving_loads_no_table_engine_no_plots_and_no_torch():
    modules, _ = loaded_by("import youli.serve.app, youli.engine, youli.cli.serve")
    assert {"numpy", "fastapi"} <= modules
    assert not modules.intersection({"duckdb", "ibis", "matplotlib", "torch", "pandas"})


@pytest.mark.parametrize("command", ["recommend", "explain"])
def test_asking_a_saved_shop_loads_no_table_engine(command):
    modules, _ = loaded_by(f"import youli.cli.{command}")
    assert not modules.intersection({"duckdb", "ibis", "matplotlib", "torch", "fastapi"})


def test_names_of_channels_and_models_are_known_without_loading_them():
    modules, _ = loaded_by(
        "from youli.registry import CHANNELS, MODELS\nCHANNELS.names(), MODELS.names()"
    )
    assert not modules.intersection(HEAVY)

# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys

from perfcompare.testing.reference import write_page

RENDER = (
    "import sys; from pathlib import Path;"
    "from perfcompare.testing.reference import write_page;"
    "[write_page(name, Path(sys.argv[1])) for name in sys.argv[2:]]"
)
# Of each kind of page one; the emoji are what a locale could change.
RUNS = ("regression", "failed", "measured", "side-by-side", "hostile-emoji")


def test_judged_again_under_another_sky_the_same_run_is_the_same_bytes(tmp_path):
    first = {run: write_page(run, tmp_path).read_bytes() for run in RUNS}
    for page in tmp_path.glob("*.html"):
        page.unlink()
    subprocess.run(
        [sys.executable, "-c", RENDER, tmp_path, *reversed(RUNS)],
        check=True,
        env={
            **os.environ,
            "COLUMNS": "40",
            "LANG": "C",
            "LC_ALL": "C",
            "PYTHONHASHSEED": "4242",
            "TZ": "Pacific/Auckland",
        },
    )

    again = {run: (tmp_path / f"{run}.html").read_bytes() for run in RUNS}
    assert [run for run in RUNS if again[run] != first[run]] == []

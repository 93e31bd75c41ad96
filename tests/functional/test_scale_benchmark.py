# SPDX-License-Identifier: Apache-2.0
"""`benchmarks/scale.py`, small: it judges what it wrote, and pandas groups it."""

import re
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "scale.py"


def test_the_benchmark_of_scale_judges_its_run_beside_pandas() -> None:
    argv = [sys.executable, str(SCRIPT), "--iterations", "6000", "--pandas"]
    found = subprocess.run(argv, check=True, capture_output=True, text=True)

    rows = re.findall(r"^ *(\S.*?) +6,000 +\d+\.\d", found.stdout, re.MULTILINE)
    assert rows == ["perfcompare compare", "without the report", "pandas"]
    assert "ratio to pandas: CPU " in found.stdout

# SPDX-License-Identifier: Apache-2.0
"""The pages that are looked at, by name: made up, measured on fakes, hostile."""

import io
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS
from perfcompare.cli.judging import judge_run
from perfcompare.cli.side_by_side import judge_side_by_side
from perfcompare.model.judgement import Judgement
from perfcompare.model.variant import VariantName
from perfcompare.report.html import write_html
from perfcompare.report.side_by_side.files import WRITERS
from perfcompare.store.reader import open_run
from perfcompare.testing.failed import failed_early, failed_run
from perfcompare.testing.hostile import HOSTILE_NAMES, spoiled_run
from perfcompare.testing.judgements import (
    imported_run,
    inconclusive_run,
    parity_run,
    regression_run,
)
from perfcompare.testing.large import large_run
from perfcompare.testing.plans import LIST, make_plan
from perfcompare.testing.redistributed import busy_run, redistributed_run
from perfcompare.testing.runs import make_run
from perfcompare.testing.sequential import sequential_run

REFERENCE_RUNS: Mapping[str, Callable[[], Judgement]] = {
    "parity": parity_run,
    "regression": regression_run,
    "inconclusive": inconclusive_run,
    "failed": failed_run,
    "failed-early": failed_early,
    "imported": imported_run,
    "sequential": sequential_run,
    "redistributed": redistributed_run,
    "busy": busy_run,
    "large": large_run,
}
"""As runs leave them."""

MEASURED = "measured"
SIDE_BY_SIDE = "side-by-side"
HOSTILE = tuple(f"hostile-{name.replace(' ', '-')}" for name in HOSTILE_NAMES)
REPORTS = (*REFERENCE_RUNS, MEASURED)
"""One run each."""
PAGES = (*REPORTS, SIDE_BY_SIDE, *HOSTILE)

_JUDGED: Mapping[str, Callable[[], Judgement]] = {
    **REFERENCE_RUNS,
    **{
        name: partial(spoiled_run, word)
        for name, word in zip(HOSTILE, HOSTILE_NAMES.values(), strict=True)
    },
}


def write_page(name: str, folder: Path) -> Path:
    """Write the one of PAGES that has this *name*, if it is not there, and return it.

    Args:
        name: One of `PAGES`.
        folder: Where the page is to be; runs that it needs are beside it.
    """
    page = folder / f"{name}.html"
    if page.exists():
        return page
    text = io.StringIO()
    if name == SIDE_BY_SIDE:
        runs = (_run(folder, slower=1.0), _run(folder, slower=1.3))
        WRITERS["html"](judge_side_by_side(runs, thresholds={}, known=()), text)
    elif name == MEASURED:
        run = open_run(_run(folder, slower=1.3))
        write_html(judge_run(run, thresholds=DEFAULT_THRESHOLDS).judgement, text)
    else:
        write_html(_JUDGED[name](), text)
    page.write_text(text.getvalue(), encoding="utf-8")
    return page


def _run(folder: Path, *, slower: float) -> Path:
    """Measure a run in three variants, of which the new backend is *slower*."""
    path = folder / f"run-{slower:g}"
    if not path.exists():
        plan = make_plan(VariantName.BASE, VariantName.TARGET, VariantName.CROSSOVER)
        make_run(path, plan=plan, durations={"target": {LIST: 0.1 * slower}})
    return path

# SPDX-License-Identifier: Apache-2.0
"""``--plots``: every plot of a report as a file of its own."""

from pathlib import Path

import click

from perfcompare.model.errors import StoreError
from perfcompare.model.judgement import Judgement
from perfcompare.report.plots.export import write_plots

DIRECTORY = "plots"
"""Below the report's own."""


def draw_plots(judgement: Judgement, report: Path, *, form: str) -> None:
    """Write all plots beside the report in *report*, and tell where they are.

    Raises:
        StoreError: A file cannot be written.
    """
    directory = report / DIRECTORY
    try:
        names = write_plots(judgement, directory=directory, form=form)
    except OSError as error:
        raise StoreError(
            f"the plots cannot be written: {error.filename}: {error.strerror};"
            " name another place with --out"
        ) from error
    click.echo(f"perfcompare: {len(names)} plots are in {directory}", err=True)

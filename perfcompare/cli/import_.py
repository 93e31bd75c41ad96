# SPDX-License-Identifier: Apache-2.0
"""``perfcompare import``: make a run of results that were measured elsewhere."""

from collections.abc import Sequence
from pathlib import Path

import click

from perfcompare.model.errors import PlanError, Problem


class ManyFiles(click.Command):
    """A command whose options take all the files up to the next option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give each file an option of its own: ``--base A B`` is two of them."""
        option = ""
        spread: list[str] = []
        for arg in args:
            if arg in {"--base", "--target"}:
                option = arg
            elif arg.startswith("-"):
                option = ""
                spread.append(arg)
            else:
                spread += [option, arg] if option else [arg]
        return super().parse_args(ctx, spread)


@click.group("import")
def command() -> None:
    """Make a run of results that were measured elsewhere."""


@command.command("rally", cls=ManyFiles)
@click.option(
    "--base",
    required=True,
    multiple=True,
    type=click.Path(path_type=Path),
    help="Reports of base, one file a round, in order.",
)
@click.option(
    "--target",
    required=True,
    multiple=True,
    type=click.Path(path_type=Path),
    help="Reports of target, one file a round, in order.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The run to make.",
)
@click.option("--title", default="imported from Rally", show_default=True)
@click.option("--project", default="imported", show_default=True)
@click.option("--base-release", default="base", show_default=True)
@click.option("--target-release", default="target", show_default=True)
def rally(
    base: Sequence[Path], target: Sequence[Path], out: Path, **labels: str
) -> None:
    """Make a run of Rally's JSON reports (``rally task report --json``).

    Nothing but latencies and failures is in such reports: no memory, no threads, no
    proof of the backend; the run says so.
    """
    from perfcompare.cli.importing import Labels, import_rally

    if len(base) != len(target):
        message = (
            f"{len(base)} files for base and {len(target)} for target; a round"
            " is one file of each"
        )
        raise PlanError((Problem(path="--target", line=None, message=message),))
    import_rally(base, target, out=out, labels=Labels(**labels))
    click.echo(f"judge it: perfcompare compare {out}")

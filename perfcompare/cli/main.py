# SPDX-License-Identifier: Apache-2.0
"""The way in, and the only place that catches."""

import importlib
import signal
import sys
import traceback

import click

from perfcompare.model.errors import PerfcompareError
from perfcompare.model.exit_status import ExitStatus

# Verb → module and one line of help.  The help stands here, not in the modules, so
# that `perfcompare --help` imports none of them.
VERBS = {
    "run": ("run", "Measure a plan: base, upgrade, target, in rounds; judge; report."),
    "measure": ("measure", "Visit a DevStack cloud, before or after its upgrade."),
    "compare": ("compare", "Judge a run, or a CSV of samples, again; report."),
    "validate": ("validate", "Check a plan and say what it would measure."),
    "doctor": ("doctor", "Check this host: what is missing, how restless it is."),
    "power": ("power", "Say how many rounds a question takes, from a pilot."),
    "show": ("show", "Say what a run holds."),
    "list": ("list_runs", "List the runs below a directory."),
    "import": ("import_", "Make a run of results measured elsewhere."),
    "schema": ("schema", "Print the JSON Schema of a plan, or of comparison.json."),
}


class Verbs(click.Group):
    """The group of verbs, each imported only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the verbs in the order of a user's day."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a verb and return its command."""
        del ctx
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"perfcompare.cli.{VERBS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """List the verbs without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(verb, text) for verb, (_, text) in VERBS.items()])


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="perfcompare", message="%(version)s")
def cli() -> None:
    """Compare what an OpenStack service costs before and after an upgrade.

    Exit statuses: 0 no regression and everything primary decided, 1 regression,
    2 usage or bad input, 3 inconclusive, 4 the experiment failed, 70 internal error.
    """


def status_of(arguments: list[str]) -> int:
    """Run the command line and return its exit status; nothing escapes."""
    try:
        status = cli.main(arguments, prog_name="perfcompare", standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # the one place
        return tell(error)
    return int(status or ExitStatus.OK)


def tell(error: BaseException) -> int:
    """Say on stderr what happened, in one message, and return the exit status."""
    match error:
        case click.exceptions.Exit():
            status = error.exit_code
        case click.ClickException():
            error.show()
            status = ExitStatus.USAGE
        case PerfcompareError():
            click.echo(f"perfcompare: {error}", err=True)
            status = error.exit_status
        case KeyboardInterrupt() | click.Abort():
            click.echo("perfcompare: interrupted", err=True)
            status = 128 + signal.SIGINT
        case _:
            traceback.print_exception(error)
            click.echo(
                "perfcompare: internal error; please report it with the lines above",
                err=True,
            )
            status = ExitStatus.INTERNAL_ERROR
    return status


def main() -> None:
    """Run the command line and leave."""
    sys.exit(status_of(sys.argv[1:]))

# SPDX-License-Identifier: Apache-2.0
"""What the pages say against the program."""

import re
import shlex
from pathlib import Path

import click
import pytest

from perfcompare.cli.main import VERBS, cli

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINKS = [
    (page, link)
    for page in PAGES
    for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text())
]


def commands(page: Path) -> list[str]:
    """Return the command lines that *page* shows: in code blocks, and in its text."""
    text = page.read_text()
    lines = re.findall(r"^ *(?:[$] )?(perfcompare .+)$", text, re.MULTILINE)
    lines += re.findall(r"`(perfcompare [^`]+)`", text.replace("\n", " "))
    return [line for line in lines if line.split()[1].strip(",.;") in VERBS]


COMMANDS = sorted({(page.name, line) for page in PAGES for line in commands(page)})


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_every_command_line_of_the_pages_parses(page: str, line: str) -> None:
    _, verb, *arguments = shlex.split(line.partition(" > ")[0].replace("…", "x"))
    command = cli.get_command(click.Context(cli), verb)

    assert command is not None
    with command.make_context(verb, arguments, resilient_parsing=True) as context:
        assert context.info_name == verb


def test_there_are_commands_to_look_at() -> None:
    assert len(COMMANDS) > 10


@pytest.mark.parametrize(("page", "link"), LINKS)
def test_every_link_between_the_pages_leads_somewhere(page: Path, link: str) -> None:
    assert (page.parent / link).exists()

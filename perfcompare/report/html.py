# SPDX-License-Identifier: Apache-2.0
"""index.html: one file that needs no network and no other file, nor its own script.

The script sorts and chooses lines; the policy of the page lets this one run and no
other, by the hash of its text.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import TextIO

import jinja2
from markupsafe import Markup

from perfcompare.model.judgement import Judgement
from perfcompare.report.bars import (
    BAND_HIGH,
    BAND_LOW,
    HEIGHT,
    WIDTH,
    ZERO,
    Bar,
    bar_for,
)
from perfcompare.report.facts import evidence_words, made_of
from perfcompare.report.headline import count_word
from perfcompare.report.page.attribution import attribution_section
from perfcompare.report.page.busy import busy_section
from perfcompare.report.page.durations import durations_section
from perfcompare.report.page.failure import failure_section
from perfcompare.report.page.first import first_section
from perfcompare.report.page.provenance import provenance_section
from perfcompare.report.page.services import services_section
from perfcompare.report.page.trust import trust_section
from perfcompare.report.page.upgrade import upgrade_section
from perfcompare.report.page.verdicts import verdicts_section
from perfcompare.report.rows import Row
from perfcompare.report.shown import Shown
from perfcompare.report.words import MARKS, plural, printable, printable_lines, span

_SECTIONS: tuple[Callable[[Judgement], Mapping[str, object]], ...] = (
    first_section,
    failure_section,
    verdicts_section,
    trust_section,
    attribution_section,
    busy_section,
    services_section,
    durations_section,
    upgrade_section,
    provenance_section,
)
"""Each gives the values of its templates; no two give the same name."""


def write_html(judgement: Judgement, out: TextIO) -> None:
    """Write the page."""
    templates = environment()
    script = templates.get_template("script.js").render()
    shown = {
        name: value
        for section in _SECTIONS
        for name, value in section(judgement).items()
    }
    template = templates.get_template("report.html.j2")
    out.write(
        template.render(shown, script=Markup(script), script_hash=_hash_of(script))  # noqa: S704  # ours
    )


def _hash_of(script: str) -> str:
    """Name the text of a script as a Content-Security-Policy does."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def environment() -> jinja2.Environment:
    """Return what renders templates: every page escapes alike."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("perfcompare.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        bar=_bar,
        counted=count_word,
        evidence=evidence_words,
        made_of=made_of,
        mark=lambda verdict: MARKS[verdict],
        css=lambda verdict: verdict.replace(" ", "-"),
        plural=plural,
        show=lambda text: printable(str(text), limit=300),
        block=printable_lines,
        span=span,
        drawing=Markup,
    )
    made.globals.update(
        bar_width=WIDTH,
        bar_height=HEIGHT,
        bar_zero=ZERO,
        bar_band=(BAND_LOW, BAND_HIGH),
        Shown=Shown,
    )
    return made


def _bar(row: Row) -> Bar | None:
    return bar_for(row.comparison)

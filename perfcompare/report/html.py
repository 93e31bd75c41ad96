# SPDX-License-Identifier: Apache-2.0
"""index.html: one file that needs no network, no script and no other file."""

from typing import TextIO

import jinja2
from markupsafe import Markup

from perfcompare.model.comparison import Contrast
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.judgement import Judgement
from perfcompare.report.attribution import attributions
from perfcompare.report.bars import HEIGHT, WIDTH, Bar, bar_for
from perfcompare.report.counters import latent_words
from perfcompare.report.differences import other_differences, suspected
from perfcompare.report.facts import conditions, evidence_words, made_of
from perfcompare.report.headline import (
    answer,
    count_word,
    of_contrast,
    primary_total,
    subject,
    verdict_counts,
)
from perfcompare.report.round_conditions import (
    round_lines,
    round_words,
    set_aside,
)
from perfcompare.report.rows import Row, table
from perfcompare.report.sections import (
    OPEN_DISTRIBUTIONS,
    services,
    timeline,
    workload_distributions,
)
from perfcompare.report.shown import Shown
from perfcompare.report.trust import (
    calibration_lines,
    calibration_words,
    confidence,
    level_words,
    looks,
    sham_words,
)
from perfcompare.report.words import MARKS, plural, printable, printable_lines, span

_OUTCOMES = {
    ExitStatus.OK: "no regression",
    ExitStatus.REGRESSION: "regression",
    ExitStatus.INCONCLUSIVE: "inconclusive",
    ExitStatus.EXPERIMENT_FAILED: "experiment failed",
}


def write_html(judgement: Judgement, out: TextIO) -> None:
    """Write the page."""
    template = _environment().get_template("report.html.j2")
    total = of_contrast(judgement, Contrast.TOTAL)
    panels, quantiles = workload_distributions(judgement)
    facts = judgement.facts
    page = template.render(
        title=printable(facts.title, limit=200),
        subject=subject(facts),
        answer=answer(judgement),
        outcome=_OUTCOMES.get(judgement.exit_status, "not judged"),
        status=judgement.exit_status,
        counts=verdict_counts(primary_total(judgement)),
        conditions=(*conditions(judgement), *confidence(judgement)),
        caveats=[printable(str(caveat), limit=500) for caveat in judgement.caveats],
        primary=table([row for row in total if row.primary]),
        others=table(
            [row for row in total if not row.primary], controls=facts.controls
        ),
        latent=latent_words(judgement),
        attributions=attributions(judgement),
        services=services(judgement),
        panels=panels[:OPEN_DISTRIBUTIONS],
        folded_panels=panels[OPEN_DISTRIBUTIONS:],
        quantiles=quantiles,
        upgrade=facts.upgrade,
        steps=timeline(facts.upgrade) if facts.upgrade else (),
        facts=facts,
        # Only of visits that were seen is it known that they were alike.
        alike=any(one.evidence for one in facts.variants) and not facts.one_way,
        trust=_trust(judgement),
        suspected=suspected(judgement),
        other_differences=other_differences(judgement),
    )
    out.write(page)


def _trust(judgement: Judgement) -> dict[str, object]:
    """Gather what the section shows that asks whether the run can be trusted."""
    found, spending = judgement.calibration, judgement.spending
    sham = of_contrast(judgement, Contrast.SHAM)
    return {
        "judged": bool(judgement.comparisons),
        "calibration": calibration_words(found) if found else "",
        "calibration_lines": calibration_lines(judgement),
        "looks": looks(spending),
        "level": level_words(spending) if spending else "",
        "sham": table(sham, controls=judgement.facts.controls),
        "sham_words": sham_words(judgement),
        "rounds": round_lines(judgement),
        "round_words": round_words(judgement),
        "set_aside": set_aside(judgement),
    }


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("perfcompare.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
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
    environment.globals.update(bar_width=WIDTH, bar_height=HEIGHT, Shown=Shown)
    return environment


def _bar(row: Row) -> Bar | None:
    return bar_for(row.comparison)

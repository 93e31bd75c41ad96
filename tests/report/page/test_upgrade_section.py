# SPDX-License-Identifier: Apache-2.0
"""The upgrade: steps on an axis of time, the outage across, migrations marked."""

import io
import math
from dataclasses import replace

import pytest
from lxml import html

from perfcompare.model.upgrade import Upgrade, UpgradeStep
from perfcompare.report.html import write_html
from perfcompare.report.page.timeline import MOST_LANES, timeline, took
from perfcompare.report.page.upgrade import outage_words, step_words
from perfcompare.testing.judgements import parity_run


def upgrade_of(*steps, outage=None, migration=None):
    """Make steps of (name, start, end)."""
    return Upgrade(
        steps=tuple(
            UpgradeStep(name=name, started_at=start, ended_at=end, detail=f"did {name}")
            for name, start, end in steps
        ),
        outage_seconds=outage,
        migration_seconds=migration,
    )


def laid_out(upgrade):
    drawn = timeline(upgrade)
    assert drawn
    return drawn


def section_of(upgrade):
    run = parity_run()
    facts = replace(run.facts, upgrade=upgrade)
    out = io.StringIO()
    write_html(replace(run, facts=facts, curves=(), distributions=()), out)
    (section,) = html.document_fromstring(out.getvalue()).xpath(
        "//section[@aria-labelledby='upgrade']"
    )
    return section


def words(element):
    return " ".join(" ".join(element.itertext()).split())


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_upgrade_shows_its_steps_and_the_outage():
    section = section_of(parity_run().facts.upgrade)
    rows = [words(row) for row in section.findall(".//tbody/tr")]

    assert (
        "Outage 25.9 s, from the stop of base until target was ready; of that,"
        " migrations 8.4 s (32 %)."
    ) in words(section)
    assert len(rows) == 7
    assert rows[3] == "migrate 18.9 s 8.4 s 4 migrations"
    assert rows[-1] == (
        "outage 15.1 s 25.9 s from the stop of base until target was ready"
    )


def test_the_picture_has_a_lane_a_step_and_tells_all_of_it_in_words():
    section = section_of(parity_run().facts.upgrade)
    (drawn,) = section.find_class("timeline")

    assert [words(lane) for lane in drawn.findall("g")] == [
        "outage 25.9 s",
        "create 14.2 s",
        "verify pre-upgrade 900 ms",
        "shutdown 3.8 s",
        "migrate 8.4 s",
        "start 13.7 s",
        "verify post-upgrade 1.2 s",
    ]
    assert words(drawn.find("title")).endswith(
        "verify post-upgrade 1.2 s from 41.0 s; outage 25.9 s from 15.1 s"
    )
    assert [words(one) for one in drawn.find_class("migrates")] == ["migrate 8.4 s"]


def test_what_was_made_before_and_found_after_is_told():
    upgrade = parity_run().facts.upgrade
    assert upgrade

    assert step_words(upgrade) == (
        "create: 2 share types, 6 shares; verify pre-upgrade: all 8 resources are"
        " there; verify post-upgrade: all 8 resources are there"
    )


def test_bars_stand_where_their_time_is():
    drawn = laid_out(upgrade_of(("a", 100.0, 125.0), ("b", 150.0, 200.0)))

    assert [(lane.bar.left, lane.bar.width) for lane in drawn.lanes] == [
        (0.0, 25.0),
        (50.0, 50.0),
    ]
    assert [plain(lane.began) for lane in drawn.lanes] == ["0 s", "50.0 s"]


def test_the_outage_begins_with_the_stop_and_may_end_after_the_last_step():
    drawn = laid_out(upgrade_of(("create", 0, 50), ("shutdown", 50, 60), outage=50.0))

    assert drawn.outage
    assert (drawn.outage.left, drawn.outage.right) == (50.0, 100.0)
    assert drawn.lanes[0].bar.width == 50.0


@pytest.mark.parametrize(
    ("upgrade", "anchor"),
    [
        (upgrade_of(("shutdown", 0, 90), ("b", 90, 100), outage=20.0), (0.0, "start")),
        (upgrade_of(("a", 0, 80), ("shutdown", 80, 100), outage=15.0), (95.0, "end")),
    ],
)
def test_the_word_of_the_outage_stays_inside_the_picture(upgrade, anchor):
    outage = laid_out(upgrade).outage

    assert outage
    assert outage.anchor == anchor


def test_an_outage_without_a_stop_is_told_and_not_drawn():
    upgrade = upgrade_of(("upgrade", 0, 60), outage=20.0, migration=5.0)
    section = section_of(upgrade)

    assert "Outage 20.0 s" in words(section)
    assert laid_out(upgrade).outage is None
    assert len(section.findall(".//tbody/tr")) == 1


def test_a_passage_that_nobody_watched_is_one_step_of_which_all_is_told():
    section = section_of(upgrade_of(("upgrade", 0.0, 171.3)))

    assert "How long the service was away is not known" in words(section)
    assert "The one step: upgrade: did upgrade ." in words(section)
    assert [words(one) for one in section.xpath(".//svg/g")] == ["upgrade 3 min"]


@pytest.mark.parametrize(
    ("outage", "migration", "told"),
    [
        (None, 3.0, "nobody watched it; migrations took 3.0 s."),
        (20.0, None, "; how much of that was migrations is not known."),
        (20.0, 5.0, "; of that, migrations 5.0 s (25 %)."),
        (20.0, 0.0, "; of that, migrations 0 s."),
        (20.0, 30.0, "; of that, migrations 30.0 s."),
    ],
)
def test_what_is_not_known_of_the_outage_is_said(outage, migration, told):
    text = plain(outage_words(upgrade_of(outage=outage, migration=migration)))

    assert text.endswith(told)


def test_an_upgrade_without_steps_still_tells_the_outage():
    section = section_of(upgrade_of(outage=25.9, migration=8.4))

    assert "Outage 25.9 s" in words(section)
    assert section.find(".//svg") is None
    assert section.find(".//table") is None


def test_steps_that_took_no_time_are_still_seen():
    drawn = laid_out(upgrade_of(("a", 7.0, 7.0), ("b", 7.0, 7.0)))

    assert all(lane.bar.width > 0 for lane in drawn.lanes)
    assert [plain(lane.took) for lane in drawn.lanes] == ["0 s", "0 s"]


def test_a_clock_that_went_back_makes_no_bar_of_less_than_nothing():
    drawn = laid_out(upgrade_of(("a", 10.0, 8.0), ("b", 10.0, 20.0)))

    assert plain(drawn.lanes[0].took) == "0 s"
    assert all(lane.bar.width > 0 for lane in drawn.lanes)
    assert all(0 <= lane.bar.left <= lane.bar.right <= 100 for lane in drawn.lanes)


@pytest.mark.parametrize("moment", [math.nan, math.inf])
def test_an_upgrade_at_a_time_that_is_no_number_has_no_line_of_time(moment):
    assert timeline(upgrade_of(("a", 0.0, moment))) is None
    assert timeline(upgrade_of(("a", moment, 1.0))) is None


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        (0.4, ["0 ms", "100 ms", "200 ms", "300 ms", "400 ms"]),
        (23.1, ["0 s", "5 s", "10 s", "15 s", "20 s"]),
        (171.3, ["0 s", "30 s", "60 s", "90 s", "120 s", "150 s"]),
        (3000, ["0 min", "10 min", "20 min", "30 min", "40 min", "50 min"]),
        (9000, ["0 min", "30 min", "60 min", "90 min", "120 min", "150 min"]),
        (4 * 3600, ["0 h", "1 h", "2 h", "3 h", "4 h"]),
        (20 * 86400, ["0 d", "4 d", "8 d", "12 d", "16 d", "20 d"]),
    ],
)
def test_the_axis_is_marked_at_round_times(seconds, labels):
    ticks = laid_out(upgrade_of(("a", 0.0, seconds))).ticks

    assert [plain(tick.label) for tick in ticks] == labels


def test_the_first_label_and_one_at_the_end_do_not_leave_the_picture():
    ticks = laid_out(upgrade_of(("a", 0.0, 4.0))).ticks

    assert [tick.end for tick in ticks] == [
        "start",
        "middle",
        "middle",
        "middle",
        "end",
    ]


def test_more_steps_than_can_be_looked_at_are_counted():
    steps = [(f"step {at}", at, at + 1) for at in range(MOST_LANES + 2)]
    section = section_of(upgrade_of(*steps))

    assert len(section.xpath(".//svg/g")) == MOST_LANES
    assert len(section.findall(".//tbody/tr")) == MOST_LANES + 2
    assert "2 more steps are not drawn." in words(section)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.0, "0 s"),
        (-1.0, "0 s"),
        (0.0154, "15 ms"),
        (1.0, "1.0 s"),
        (7500.0, "2 h 5 min"),
        (math.nan, "unknown"),
    ],
)
def test_short_steps_are_told_in_milliseconds(seconds, told):
    assert plain(took(seconds)) == told

# SPDX-License-Identifier: Apache-2.0
"""Release or backend: the finding, the steps and the side-by-side table."""

import io
import math
import re
from dataclasses import replace

import pytest
from lxml import html

from perfcompare.model.comparison import Contrast, Interval, Verdict
from perfcompare.report.attribution import attributions
from perfcompare.report.carried import Carrier, carried, finding
from perfcompare.report.html import write_html
from perfcompare.report.page.attribution import MOST_PICTURES, attribution_section
from perfcompare.report.rows import table
from perfcompare.report.waterfall import WIDTH, passage, waterfall
from perfcompare.testing.comparisons import MIB, comparison_of, key_of
from perfcompare.testing.judgements import parity_run, regression_run

PEAK = key_of("pss_peak", service="manila-scheduler")


def part(contrast, base, target, verdict=Verdict.REGRESSION, *, key=PEAK, **changes):
    row = comparison_of(key, base * MIB, target * MIB, verdict)
    return replace(row, contrast=contrast, **changes)


def grown(*, crossover=105.0, release=Verdict.PARITY, backend=Verdict.REGRESSION):
    """Return base → crossover → target of one metric: 101 → 105 → 161 MiB."""
    return (
        part(Contrast.TOTAL, 101, 161),
        part(Contrast.RELEASE, 101, crossover, release),
        part(Contrast.BACKEND, crossover, 161, backend),
    )


def split_of(*comparisons):
    return attributions(replace(parity_run(), comparisons=comparisons))


def picture_of(*comparisons):
    rows = table(comparisons).rows
    halves = {row.comparison.contrast: row for row in rows}
    drawn = waterfall(
        halves[Contrast.TOTAL],
        halves.get(Contrast.RELEASE),
        halves.get(Contrast.BACKEND),
    )
    assert drawn
    return drawn


def passage_of(*comparisons):
    rows = table(comparisons).rows
    halves = {row.comparison.contrast: row for row in rows}
    return plain(
        passage(
            halves[Contrast.TOTAL],
            halves.get(Contrast.RELEASE),
            halves.get(Contrast.BACKEND),
        )
    )


def plain(text):
    return " ".join(text.replace("\N{MINUS SIGN}", "-").split())


def ends_of(lane):
    """Return where a bar begins and where its tip stands."""
    numbers = re.findall(r"[MHL](-?[\d.]+)", lane.bar)
    return float(numbers[0]), float(numbers[2])


def tree_of(judgement):
    out = io.StringIO()
    write_html(replace(judgement, curves=(), distributions=()), out)
    return html.document_fromstring(out.getvalue())


def words(element):
    return " ".join(" ".join(element.itertext()).split())


def test_each_step_begins_where_the_one_before_ends():
    release, backend, total = picture_of(*grown()).lanes

    assert ends_of(release)[1] == ends_of(backend)[0]
    assert ends_of(total) == (ends_of(release)[0], ends_of(backend)[1])


def test_equal_factors_are_equal_lengths():
    release, backend, _ = picture_of(
        part(Contrast.TOTAL, 100, 400),
        part(Contrast.RELEASE, 100, 200),
        part(Contrast.BACKEND, 200, 400),
    ).lanes
    lengths = [end - start for start, end in map(ends_of, (release, backend))]

    assert lengths[0] == pytest.approx(lengths[1], abs=0.2)


def test_equal_differences_are_equal_lengths():
    key = key_of("error_rate", workload="list")
    release, backend, _ = picture_of(
        *(
            replace(comparison_of(key, base, target, Verdict.REGRESSION), contrast=one)
            for one, base, target in (
                (Contrast.TOTAL, 0.0, 0.2),
                (Contrast.RELEASE, 0.0, 0.1),
                (Contrast.BACKEND, 0.1, 0.2),
            )
        )
    ).lanes
    lengths = [end - start for start, end in map(ends_of, (release, backend))]

    assert lengths[0] == pytest.approx(lengths[1], abs=0.2)


def test_the_passage_has_three_values_in_one_unit():
    assert passage_of(*grown()) == "101 → 105 → 161 MiB"


@pytest.mark.parametrize("half", [0, 1])
def test_the_passage_knows_the_crossover_from_either_half(half):
    total, *halves = grown()

    assert passage_of(total, halves[half]) == "101 → 105 → 161 MiB"


def test_what_nobody_measured_between_is_a_dash():
    total, *_ = grown()

    assert passage_of(total) == "101 → — → 161 MiB"


def test_the_picture_says_both_steps_and_what_they_come_to():
    assert plain(picture_of(*grown()).said) == (
        "release +4.0 % (parity), backend +53.3 % (regression);"
        " together +59.4 % (regression)"
    )


def test_what_falls_points_to_the_left():
    release, backend, _ = picture_of(*grown(crossover=90.0)).lanes

    assert (release.falls, backend.falls) == (True, False)
    assert ends_of(release)[1] < ends_of(release)[0]


def test_what_did_not_move_is_still_seen():
    same = picture_of(
        *(
            part(contrast, 100, 100, Verdict.PARITY)
            for contrast in (Contrast.TOTAL, Contrast.RELEASE, Contrast.BACKEND)
        )
    )

    assert {lane.bar.count("h1.5") for lane in same.lanes} == {1}
    assert same.band
    middle = same.band[0] + same.band[1] / 2
    assert same.zero == pytest.approx(middle, abs=0.1)


def test_an_interval_that_goes_far_beyond_ends_without_a_cap_inside_the_picture():
    total, release, backend = grown()
    wide = replace(backend, ci95=Interval(low=0.0, high=1e9))
    lane = picture_of(total, release, wide).lanes[1]

    assert re.findall(r"v6", lane.interval) == []
    xs = [float(x) for x in re.findall(r"[MH](-?[\d.]+)", lane.interval)]
    assert all(0 <= x <= WIDTH for x in xs)


def test_without_an_interval_there_is_no_line():
    total, release, backend = grown()
    lanes = picture_of(total, replace(release, ci95=None), backend).lanes

    assert [bool(lane.interval) for lane in lanes] == [False, True, True]


def test_without_anything_tolerated_there_is_no_band_and_still_a_picture():
    rows = [
        replace(row, effect=1.0, margin=None, threshold=None, floor=0.0, ci95=None)
        for row in grown()
    ]
    drawn = picture_of(*rows)

    assert drawn.band is None
    assert 0 < drawn.zero < WIDTH


@pytest.mark.parametrize("effect", [None, math.nan, math.inf, 0.0])
def test_an_effect_that_is_no_number_is_not_drawn(effect):
    for which in range(3):
        rows = list(grown())
        rows[which] = replace(rows[which], effect=effect)

        assert waterfall(*table(rows).rows) is None


def test_the_half_that_carries_most_of_the_logarithm_is_named():
    (line,) = split_of(*grown()).lines

    found = carried(line)
    assert found.carrier is Carrier.BACKEND
    assert found.share == pytest.approx(math.log(161 / 105) / math.log(161 / 101))


@pytest.mark.parametrize(
    ("rows", "carrier"),
    [
        (grown(crossover=155.0), Carrier.RELEASE),
        # Both factors are the root of 161 / 101.
        (grown(crossover=math.sqrt(101 * 161)), Carrier.BOTH),
        (grown(backend=Verdict.INCONCLUSIVE), Carrier.OPEN),
        (grown(release=Verdict.INCONCLUSIVE), Carrier.BACKEND),
        (
            grown(crossover=math.sqrt(101 * 161), release=Verdict.INCONCLUSIVE),
            Carrier.OPEN,
        ),
        (grown()[:2], Carrier.OPEN),
        ((*grown()[:2], replace(grown()[2], effect=None)), Carrier.OPEN),
        ([replace(row, effect=1.0) for row in grown()], Carrier.OPEN),
    ],
)
def test_a_change_is_carried_by_a_half_only_where_that_is_decided(rows, carrier):
    (line,) = split_of(*rows).lines

    assert carried(line).carrier is carrier


def test_the_finding_counts_what_each_half_carries():
    others = [
        replace(row, key=key_of("pss_peak", service=f"service-{at}"))
        for at in range(4)
        for row in grown()
    ]
    release = [
        replace(row, key=key_of("pss_idle", service="manila-share"))
        for row in grown(crossover=155.0, backend=Verdict.PARITY)
    ]

    assert plain(finding(split_of(*grown(), *others, *release))) == (
        "Of the 6 regressions the backend carries 5 (92 % of manila-scheduler memory"
        " peak (PSS), 92 % of service-0 memory peak (PSS), 92 % of service-1 memory"
        " peak (PSS) and 2 more); the release carries 1 (92 % of manila-share memory"
        " idle (PSS))."
    )


def test_one_regression_is_told_without_counting():
    assert plain(finding(split_of(*grown()))) == (
        "The regression: the backend carries it (92 % of manila-scheduler memory peak"
        " (PSS))."
    )


def test_a_half_that_the_other_takes_back_from_carries_all():
    told = plain(finding(split_of(*grown(crossover=90.0))))

    assert "the backend carries it (all of manila-scheduler" in told


def test_shared_and_undecided_changes_are_told_as_such():
    shared = grown(crossover=math.sqrt(101 * 161))
    other = [
        replace(row, key=key_of("pss_idle", service="api"))
        for row in grown(backend=Verdict.INCONCLUSIVE)
    ]

    assert plain(finding(split_of(*shared, *other))) == (
        "Of the 2 regressions release and backend share 1 (manila-scheduler memory peak"
        " (PSS)); which half carries 1 is undecided (api memory idle (PSS))."
    )


def test_where_nothing_changed_the_finding_says_so_and_counts_what_is_open():
    still = [replace(row, verdict=Verdict.PARITY) for row in grown()]
    hidden = [
        replace(row, key=key_of("p50", workload="list"), verdict=Verdict.INCONCLUSIVE)
        for row in grown()
    ]

    assert finding(split_of(*still)) == (
        "Nothing that counts is shown to have changed: there is nothing to split."
    )
    assert finding(split_of(*still, *hidden)).endswith("1 total is undecided.")
    assert finding(split_of(*grown(), *hidden)).endswith(" 1 total is undecided.")


def test_improvements_are_split_as_regressions_are():
    better = [
        replace(row, effect=1 / row.effect, verdict=Verdict.IMPROVEMENT)
        for row in grown()
        if row.effect
    ]

    assert plain(finding(split_of(*better))).startswith(
        "The improvement: the backend carries it (92 % of manila-scheduler"
    )


def test_metrics_of_which_no_part_moved_are_folded():
    still = [
        replace(
            row, key=key_of("pss_idle", service="manila-api"), verdict=Verdict.PARITY
        )
        for row in grown()
    ]
    tree = tree_of(replace(parity_run(), comparisons=(*grown(), *still)))
    (section,) = tree.xpath("//section[@aria-labelledby='attribution']")

    (seen,) = section.findall("div//tbody/tr")
    (folded,) = section.findall("details//tbody/tr")
    assert words(seen).startswith("memory peak (PSS) manila-scheduler")
    assert words(folded).startswith("memory idle (PSS) manila-api")
    assert words(section.find("details/summary")).startswith("1 metric where nothing")
    assert section.find("details").get("open") is None


def test_where_nothing_moved_at_all_the_fold_is_open():
    still = tuple(replace(row, verdict=Verdict.PARITY) for row in grown())
    tree = tree_of(replace(parity_run(), comparisons=still))
    (fold,) = tree.xpath("//section[@aria-labelledby='attribution']/details")

    assert fold.get("open") is not None


def test_each_half_tells_its_verdict_by_mark_and_word():
    tree = tree_of(regression_run())
    row = tree.xpath("//section[@aria-labelledby='attribution']//tbody/tr")[0]

    assert [words(one) for one in row.find_class("told")] == [
        "✗ regression",
        "= parity",
        "✗ regression",
    ]
    assert words(row.find_class("fall")[0].find("title")).startswith("release +5.4 %")


def test_a_row_without_a_picture_still_has_its_effects():
    rows = tuple(replace(row, effect=None, ci95=None) for row in grown())
    tree = tree_of(replace(parity_run(), comparisons=rows))
    (row,) = tree.xpath("//section[@aria-labelledby='attribution']//tbody/tr")

    assert row.find_class("fall") == []
    assert words(row).startswith(
        "memory peak (PSS) manila-scheduler 101 → 105 → 161 MiB —"
    )


def test_what_moved_has_its_picture_before_what_did_not_and_few_are_enough():
    def rows_of(verdict, count):
        return [
            replace(
                row, key=key_of("pss_peak", service=f"{verdict}{at}"), verdict=verdict
            )
            for at in range(count)
            for row in grown()
        ]

    still = rows_of(Verdict.PARITY, MOST_PICTURES)
    moved = rows_of(Verdict.REGRESSION, 2)
    tree = tree_of(replace(parity_run(), comparisons=(*still, *moved)))
    (section,) = tree.xpath("//section[@aria-labelledby='attribution']")

    assert len(section.xpath("div//svg")) == 2
    assert len(section.xpath("details//svg")) == MOST_PICTURES - 2
    assert len(section.xpath("details//tbody/tr")) == MOST_PICTURES


def test_without_a_crossover_there_is_nothing_to_attribute():
    shown = attribution_section(parity_run())["attributions"]

    assert isinstance(shown, dict)
    assert not shown["lines"]
    assert shown["finding"] == ""

# SPDX-License-Identifier: Apache-2.0
import math
from dataclasses import replace

import pytest

from perfcompare.model.comparison import Interval, Verdict
from perfcompare.report.page.order import Kind, kind_of, sort_keys
from perfcompare.testing.comparisons import comparison_of, key_of


@pytest.mark.parametrize(
    ("metric", "kind"),
    [
        ("p99", Kind.LATENCY),
        ("mean", Kind.LATENCY),
        ("max", Kind.LATENCY),
        ("pss_idle", Kind.MEMORY),
        ("uss_peak", Kind.MEMORY),
        ("cpu_seconds_per_iteration", Kind.WORK),
        ("context_switches_per_iteration", Kind.WORK),
        ("threads_peak", Kind.WORK),
        ("error_rate", Kind.ERRORS),
        ("throughput", Kind.OTHER),
        ("ready_seconds", Kind.OTHER),
    ],
)
def test_every_metric_is_of_one_kind(metric, kind):
    assert kind_of(key_of(metric)) is kind


def test_half_and_double_are_changes_of_the_same_size():
    row = comparison_of(key_of("p50", workload="w"), 1.0, 1.0, Verdict.PARITY)
    half, double = (
        sort_keys(replace(row, effect=effect))["data-c"] for effect in (0.5, 2.0)
    )

    assert half == double == "0.693"


def test_lines_are_sorted_by_base_width_and_detectable_change():
    row = replace(
        comparison_of(key_of("p50", workload="w"), 0.25, 0.25, Verdict.PARITY),
        ci95=Interval(low=0.5, high=2.0),
        detectable_effect=-0.05,
    )
    keys = sort_keys(row)

    assert keys["data-b"] == "0.25"
    assert float(keys["data-w"]) == pytest.approx(2 * math.log(2), rel=0.01)
    assert keys["data-d"] == "0.05"


def test_what_is_not_known_is_sorted_by_nothing():
    row = comparison_of(key_of("p50", workload="w"), 1.0, 2.0, Verdict.NOT_COMPARABLE)
    row = replace(row, detectable_effect=math.inf)

    assert set(sort_keys(row)) == {"data-b"}

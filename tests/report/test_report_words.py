# SPDX-License-Identifier: Apache-2.0
import pytest

from perfcompare.analysis.metrics import METRICS
from perfcompare.model.metric import MetricKey
from perfcompare.report.words import LABELS, UNKNOWN, metric_label, moment, span


def test_every_label_is_of_a_metric_that_is_measured():
    assert set(LABELS) <= set(METRICS)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("p50", "p50 latency"),
        ("pss_peak", "memory peak (PSS)"),
        ("error_rate", "error rate"),
        ("fds_peak", "file descriptors peak"),
        ("threads_idle", "threads idle"),
    ],
)
def test_a_metric_is_called_what_people_call_it(name, label):
    key = MetricKey(workload="", action="", service="", metric=METRICS[name])

    assert metric_label(key) == label


@pytest.mark.parametrize("seconds", [1e18, -1e18, float("nan"), float("inf")])
def test_a_moment_that_no_calendar_holds_is_unknown(seconds):
    assert moment(seconds) == UNKNOWN


def test_a_moment_is_a_date_and_a_minute():
    assert moment(1_790_000_000.0) == "2026-09-21 14:13 UTC"
    assert moment(None) == ""


@pytest.mark.parametrize("seconds", [float("nan"), float("inf")])
def test_a_duration_that_is_no_number_is_unknown(seconds):
    assert span(seconds) == UNKNOWN

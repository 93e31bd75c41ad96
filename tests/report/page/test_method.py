# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from perfcompare.model.comparison import Verdict
from perfcompare.report.page.method import method_words, raw_lines, raw_unit
from perfcompare.testing.comparisons import MIB, comparison_of, key_of

LATENCY = comparison_of(key_of("p50", workload="w"), 0.1, 0.2, Verdict.REGRESSION)
ERRORS = comparison_of(key_of("error_rate", workload="w"), 0.0, 0.0, Verdict.PARITY)


def test_the_method_is_told_with_its_chances_and_what_matters():
    assert method_words(LATENCY) == (
        "Student's t on 6 pairs of rounds; p 0.00040, adjusted 0.0020;"
        " matters beyond both 10\xa0% and 2\xa0ms"
    )


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("yuen", "Yuen's t on trimmed means on 6 pairs"),
        ("welch", "Welch's t with another run's sham taken off on 6 pairs"),
        ("bootstrap", "bootstrap on 6 pairs"),
    ],
)
def test_every_method_has_its_name(method, words):
    assert method_words(replace(LATENCY, method=method)).startswith(words)


@pytest.mark.parametrize(
    ("p", "adjusted", "words"),
    [
        (0.0, None, "; p 0 (all rounds agree exactly); "),
        (1e-9, 2e-9, "; p below 0.0001, adjusted below 0.0001; "),
        (0.41, None, "; p 0.41; "),
        (None, None, "; not tested; "),
    ],
)
def test_a_chance_is_told_no_finer_than_it_is_known(p, adjusted, words):
    assert words in method_words(replace(LATENCY, p_value=p, p_adjusted=adjusted))


@pytest.mark.parametrize(
    ("comparison", "words"),
    [
        (ERRORS, "; matters beyond 1\xa0pp"),
        (replace(LATENCY, floor=0.0), "; matters beyond 10\xa0%"),
        (replace(LATENCY, floor=0.0, threshold=None), "; any change matters"),
        (
            comparison_of(key_of("threads_peak"), 1.0, 2.0, Verdict.PARITY),
            "; matters beyond both 25\xa0% and 4",
        ),
    ],
)
def test_what_matters_names_only_the_limits_that_there_are(comparison, words):
    assert method_words(comparison).endswith(words)


def test_the_values_to_copy_are_lines_with_tabs_in_base_units():
    made = replace(
        LATENCY,
        rounds=(1, 3),
        base=replace(LATENCY.base, values=(0.14857225418, 0.0)),
        target=replace(LATENCY.target, values=(2.5e-05, 105848832.0)),
    )

    assert raw_lines(made) == (
        "round\tbase\ttarget\n1\t0.1485723\t2.5e-05\n3\t0\t105848832"
    )


def test_bytes_are_copied_whole():
    memory = comparison_of(key_of("pss_peak"), 105 * MIB, 178 * MIB, Verdict.PARITY)
    value = 4_294_967_296.0
    memory = replace(
        memory,
        rounds=(1,),
        base=replace(memory.base, values=(value,)),
        target=replace(memory.target, values=(value,)),
    )

    assert raw_lines(memory).endswith("1\t4294967296\t4294967296")


def test_the_unit_of_the_values_is_named():
    keys = (key_of(name) for name in ("p50", "pss_peak", "throughput"))
    named = [raw_unit(comparison_of(key, 1.0, 1.0, Verdict.PARITY)) for key in keys]

    assert named == ["s", "B", "1/s"]
    assert raw_unit(ERRORS) == "a share of 1"

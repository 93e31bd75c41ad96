# SPDX-License-Identifier: Apache-2.0
from datetime import date

import pytest

from perfcompare.model.acknowledgement import Acknowledgement
from perfcompare.model.errors import PlanError
from perfcompare.plan.known import load_known

ENTRIES = """\
# What we live with.
- metric: list images/p50
  reason: the new policy engine (LP 123)
  until: 2026-12-31

- metric: "*/pss_*"
  reason: one more worker
  until: "2027-02-01"
"""


@pytest.fixture
def known(tmp_path):
    def known(text):
        path = tmp_path / "known.yaml"
        path.write_text(text)
        return load_known(path)

    return known


@pytest.fixture
def problems(known, tmp_path):
    def problems(text):
        with pytest.raises(PlanError) as caught:
            known(text)
        found = [str(problem) for problem in caught.value.problems]
        return [text.replace(f"{tmp_path}/", "") for text in found]

    return problems


def below_a_key(text):
    return "known:\n" + "".join(f"  {line}\n" for line in text.splitlines())


@pytest.mark.parametrize(
    ("text", "lines"), [(ENTRIES, (2, 6)), (below_a_key(ENTRIES), (3, 7))]
)
def test_each_entry_says_what_why_until_when_and_where(known, text, lines):
    assert known(text) == (
        Acknowledgement(
            metric="list images/p50",
            reason="the new policy engine (LP 123)",
            until=date(2026, 12, 31),
            where=f"known.yaml:{lines[0]}",
        ),
        Acknowledgement(
            metric="*/pss_*",
            reason="one more worker",
            until=date(2027, 2, 1),
            where=f"known.yaml:{lines[1]}",
        ),
    )


def test_nothing_is_known_of_an_empty_list(known):
    assert known("[]") == known("known: []") == ()


def test_every_problem_is_named_at_once_with_its_line(problems):
    found = problems(
        """\
- metric: p50
  reason: ""
  until: soon
- metric: p90
  reazon: slow
  until: 2027-02-01
- 7
"""
    )

    assert found == [
        "known.yaml:2: known.0.reason is ''; give a value, or leave the key out",
        "known.yaml:3: known.0.until is 'soon'; it is no date; write it as 2026-04-20",
        "known.yaml:4: 'known.1.reason' is missing; add it",
        "known.yaml:5: unknown key 'known.1.reazon'; did you mean 'reason'?",
        "known.yaml:7: known.2 is 7; write a mapping (key: value)",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "known.yaml:1: is empty; write a mapping (key: value)"),
        ("{}", "known.yaml:1: 'known' is missing; add it"),
        ("p50", "known.yaml:1: is 'p50'; write a mapping (key: value)"),
        ("known: p50", "known.yaml:1: known is 'p50'; write a list (- item)"),
        ("knwon: []", "known.yaml:1: unknown key 'knwon'; did you mean 'known'?"),
    ],
)
def test_what_is_no_list_is_refused(problems, text, problem):
    assert problem in problems(text)


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(PlanError, match=r"nowhere\.yaml: does not exist"):
        load_known(tmp_path / "nowhere.yaml")

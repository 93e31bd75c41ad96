# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a plan before its keys are looked at."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from perfcompare.model.errors import PlanError
from perfcompare.model.project import Project
from perfcompare.plan.loader import Overrides, load_plan
from perfcompare.plan.positions import MAX_VALUES, parse
from perfcompare.plan.reading import MAX_BYTES, read_text

Problems = Callable[..., list[str]]


def refused(path: Path, projects: Mapping[str, Project]) -> str:
    none = Overrides(rounds=None, quick=False, thresholds=())
    with pytest.raises(PlanError) as caught:
        load_plan(path, projects=projects, defaults=(), overrides=none)
    return str(caught.value).removeprefix(str(path))


def said(text: str) -> str:
    with pytest.raises(PlanError) as caught:
        parse(text, path="plan.yaml")
    return str(caught.value)


def test_a_missing_plan_is_one_message(
    tmp_path: Path, projects: Mapping[str, Project]
) -> None:
    path = tmp_path / "plan.yaml"

    assert refused(path, projects) == ": does not exist; check the path"


def test_a_directory_is_no_plan(
    tmp_path: Path, projects: Mapping[str, Project]
) -> None:
    found = refused(tmp_path, projects)

    assert found == ": is a directory; give the path of a YAML file"


def test_a_path_through_a_file_says_what_the_system_says(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.touch()

    with pytest.raises(PlanError, match="cannot be read: not a directory"):
        read_text(path / "below")


def test_a_path_that_no_system_takes_is_a_problem() -> None:
    with pytest.raises(PlanError, match="is not a path; check the name"):
        read_text(Path("a\0b"))


def test_an_endless_plan_is_not_read_to_its_end() -> None:
    with pytest.raises(PlanError, match=f"is larger than {MAX_BYTES} bytes"):
        read_text(Path("/dev/zero"))


def test_bytes_that_are_not_utf8_are_found_by_line(
    tmp_path: Path, projects: Mapping[str, Project]
) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(b"project: things\ntitle: \xe9t\xe9\n")

    assert refused(path, projects) == (
        ":2: byte 0xe9 is not UTF-8; save the file as UTF-8"
    )


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(b"\xef\xbb\xbfproject: things\n")

    assert read_text(path) == "project: things\n"


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_an_empty_plan_is_a_problem(text: str, problems: Problems) -> None:
    (found,) = problems(text)

    assert found.endswith(": is empty; write a mapping (key: value)")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("- project: things\n", "is a list"),
        ("things\n", "is 'things'"),
        ("42\n", "is 42"),
    ],
)
def test_a_plan_that_is_no_mapping_says_what_it_is(
    text: str, what: str, problems: Problems
) -> None:
    assert problems(text) == [f"plan.yaml:1: {what}; write a mapping (key: value)"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("project: things\nbase: {release: 1\n", 3),
        ("project: things\n\tbase: 1\n", 2),
        ("project: 'things\n", 2),
        ("a: 1\n---\nb: 2\n", 2),
        ("a: *nothing\n", 1),
        ("<<: *nothing\n", 1),
    ],
)
def test_what_is_not_yaml_is_found_by_line(text: str, line: int) -> None:
    assert said(text).startswith(f"plan.yaml:{line}: not YAML: ")


def test_a_glob_without_quotes_is_told_to_take_some() -> None:
    assert said("*/p50: 1\n").endswith("; what begins with * stands in quotes")


def test_a_control_character_is_found_by_line() -> None:
    assert said("a: 1\nb: \x07\n") == (
        "plan.yaml:2: character U+0007 is not allowed in YAML; remove it"
    )


def test_brackets_without_end_are_refused() -> None:
    assert "nested too deeply" in said("[" * 5000)


def test_an_alias_inside_itself_is_refused() -> None:
    assert "nested too deeply" in said("a: &a [*a]\n")


def test_aliases_that_multiply_are_refused() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [
        f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]"
        for level in range(1, 10)
    ]

    assert f"more than {MAX_VALUES} values" in said("\n".join(levels))


def test_merges_that_multiply_are_refused() -> None:
    levels = ["a0: &a0 {x: 1}"]
    levels += [
        f"a{level}: &a{level} {{<<: [{', '.join([f'*a{level - 1}'] * 10)}]}}"
        for level in range(1, 10)
    ]

    assert f"more than {MAX_VALUES} values" in said("\n".join(levels))


def test_a_merge_gives_way_to_the_keys_beside_it_and_the_first_of_a_list_wins() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc: {y: 3, <<: [*a, *b]}\n"

    source = parse(text, path="plan.yaml")

    assert source.value == {
        "a": {"x": 1, "y": 1},
        "b": {"x": 2, "z": 2},
        "c": {"x": 1, "y": 3, "z": 2},
    }
    assert source.problems == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "3: duplicate key 'a' (first on line 1); keep one"),
        ("a: {<<: 1}\n", "1: '<<' merges mappings alone; name one"),
        ("{1: 2}: 3\n", "1: a key must be text; write a plain word"),
        ("a: !!binary aGk=\n", "1: tag tag:yaml.org,2002:binary is not allowed"),
        ("a:\n  !thing {b: 1}\n", "2: tag !thing is not allowed; write a plain"),
        ("a: !!python/object/apply:os.abort []\n", "1: tag tag:yaml.org,2002:python"),
        ("a: 0x_\n", "1: '0x_' cannot be read; write a plain value"),
        ("a: !!bool maybe\n", "1: 'maybe' cannot be read; write a plain value"),
        ('a: "\\0"\n', "1: a NUL character; remove it"),
    ],
)
def test_what_yaml_allows_and_a_plan_does_not_is_a_problem(
    text: str, message: str
) -> None:
    (found,) = parse(text, path="plan.yaml").problems

    assert str(found).startswith(f"plan.yaml:{message}")


def test_a_number_with_too_many_digits_is_a_problem_and_no_crash() -> None:
    (found,) = parse(f"a: {'9' * 5000}\n", path="plan.yaml").problems

    assert "cannot be read" in found.message
    assert len(found.message) < 100


def test_dates_stay_text_and_what_is_verbatim_stays_as_written() -> None:
    text = "day: 2026-04-20\nenvironment: {A: on, B: 1.10, C: 0x10, D: }\nb: on\n"

    source = parse(text, path="plan.yaml", verbatim=("environment",))

    assert source.value == {
        "day": "2026-04-20",
        "environment": {"A": "on", "B": "1.10", "C": "0x10", "D": None},
        "b": True,
    }


def test_a_problem_stands_at_the_nearest_thing_that_has_a_line() -> None:
    source = parse("a:\n  b:\n    c: 1\n", path="plan.yaml")

    assert source.problem(("a", "b", "d", 0), "x").line == 2
    assert source.problem(("z",), "x").line == 1

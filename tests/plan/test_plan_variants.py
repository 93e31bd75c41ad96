# SPDX-License-Identifier: Apache-2.0
"""What the words of a plan come to, with what the project has."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from perfcompare.model.plan import Plan
from perfcompare.model.variant import Backend, Packages, Variant, VariantName

Load = Callable[..., Plan]
Problems = Callable[..., list[str]]


def text(base: str, target: str, *more: str, project: str = "things") -> str:
    lines = (f"project: {project}", f"base: {{{base}}}", f"target: {{{target}}}")
    return "\n".join((*lines, "task: task.yaml", *more)) + "\n"


OLD = 'release: "1.0", backend: eventlet'
NEW = 'release: "2.0", backend: threading'


def variant(plan: Plan, name: str) -> Variant:
    (found,) = (each for each in plan.variants if each.name.value == name)
    return found


def test_a_variant_is_a_release_on_a_backend_with_its_packages(load: Load) -> None:
    plan = load(text(OLD, NEW))

    assert variant(plan, "base") == Variant(
        name=VariantName.BASE,
        release="1.0",
        backend=Backend.EVENTLET,
        packages=Packages(
            requirements=("Things==1.0", "oslo.messaging==17.3.0"),
            uploaded_before=date(2026, 4, 20),
            uploaded_before_each={"things": date(2026, 5, 1)},
            python="3.11",
        ),
        environment={},
        config={},
        uwsgi={},
    )


def test_without_a_backend_the_release_decides(load: Load) -> None:
    plan = load(text('release: "1.0"', 'release: "2.0"'))

    assert [each.backend for each in plan.variants] == [
        Backend.EVENTLET,
        Backend.THREADING,
    ]


def test_packages_take_the_place_of_what_they_name_or_are_added(load: Load) -> None:
    own = 'packages: ["oslo_messaging>=18,<19", "cotyledon", "things == 2.0.1"]'

    packages = variant(load(text(OLD, f"{NEW}, {own}")), "target").packages

    assert packages.requirements == (
        "things == 2.0.1",
        "oslo_messaging>=18,<19",
        "cotyledon",
    )


def test_date_and_interpreter_of_the_plan_win(load: Load) -> None:
    own = 'uploaded_before: 2026-11-01, python: "3.12"'

    packages = variant(load(text(OLD, f"{NEW}, {own}")), "target").packages

    assert (packages.uploaded_before, packages.python) == (date(2026, 11, 1), "3.12")


def test_what_is_said_for_all_gives_way_to_what_is_said_for_one(load: Load) -> None:
    plan = load(
        text(
            OLD,
            f"{NEW}, environment: {{A: 2}}, uwsgi: {{threads: 8}},"
            " config: {things.conf: {DEFAULT: {workers: 2}, db: {pool: 5}}}",
            "environment: {A: 1, B: on}",
            "uwsgi: {threads: 4, processes: 1}",
            "config: {things.conf: {DEFAULT: {workers: 1, debug: no}}}",
        )
    )

    base, target = plan.variants
    assert base.environment == {"A": "1", "B": "on"}
    assert target.environment == {"A": "2", "B": "on"}
    assert base.uwsgi == {"threads": "4", "processes": "1"}
    assert target.uwsgi == {"threads": "8", "processes": "1"}
    assert base.config == {"things.conf": {"DEFAULT": {"workers": "1", "debug": "no"}}}
    assert target.config == {
        "things.conf": {
            "DEFAULT": {"workers": "2", "debug": "no"},
            "db": {"pool": "5"},
        }
    }


def test_crossover_is_targets_release_on_bases_backend(load: Load) -> None:
    plan = load(
        text(
            OLD,
            f"{NEW}, environment: {{A: 2}}, packages: [cotyledon]",
            "attribution: true",
            "environment: {A: 1}",
        )
    )

    crossover, target = variant(plan, "crossover"), variant(plan, "target")
    assert (crossover.release, crossover.backend) == ("2.0", Backend.EVENTLET)
    assert crossover.packages == target.packages
    assert crossover.environment == {"A": "2"}


def test_crossover_may_need_something_of_its_own(load: Load) -> None:
    plan = load(
        text(
            OLD,
            NEW,
            "attribution: true",
            "crossover: {packages: [eventlet==0.41.0], environment: {A: 3}}",
        )
    )

    crossover = variant(plan, "crossover")
    assert crossover.packages.requirements[-1] == "eventlet==0.41.0"
    assert crossover.environment == {"A": "3"}


def test_sham_is_a_copy_of_base_and_comes_last(load: Load) -> None:
    plan = load(text(OLD, NEW, "attribution: true", "sham: true"))

    base, sham = plan.variants[0], plan.variants[-1]
    assert [each.name.value for each in plan.variants] == [
        "base",
        "target",
        "crossover",
        "sham",
    ]
    assert (sham.release, sham.backend, sham.packages) == (
        base.release,
        base.backend,
        base.packages,
    )


@pytest.mark.parametrize(
    ("base", "target", "line", "message"),
    [
        (
            OLD,
            'release: "2.1"',
            3,
            "unknown release '2.1' of things; did you mean '2.0'?",
        ),
        (
            OLD,
            "release: Zed",
            3,
            "unknown release 'Zed' of things; there is 1.0, 2.0, 3.0",
        ),
        (
            OLD,
            'release: "2.0", backend: threads',
            3,
            "unknown backend 'threads'; did you mean 'threading'?",
        ),
        (
            OLD,
            'release: "3.0", backend: eventlet',
            3,
            "no eventlet here: things 3.0 has threading only; choose one that it has",
        ),
        (
            'release: "2.0"',
            'release: "1.0"',
            3,
            "target 1.0 is older than base 2.0; databases migrate forward only: swap",
        ),
        (
            f"{OLD}, config: {{thing.conf: {{}}}}",
            NEW,
            2,
            "unknown file 'thing.conf'; did you mean 'things.conf'?",
        ),
        (
            f"{OLD}, uwsgi: {{threads: 4}}",
            NEW,
            2,
            "uWSGI serves nothing here on eventlet; leave uwsgi out",
        ),
        (
            f"{OLD}, packages: [six, Six==1]",
            NEW,
            2,
            "'six' stands twice; keep one of them",
        ),
    ],
)
def test_what_the_project_does_not_have_says_what_it_has(
    base: str, target: str, line: int, message: str, problems: Problems
) -> None:
    assert problems(text(base, target)) == [f"plan.yaml:{line}: {message}"]


@pytest.mark.parametrize(
    ("base", "target", "more", "message"),
    [
        (OLD, OLD, (), "3: base and target are equal: there is nothing to compare;"),
        (
            OLD,
            'release: "3.0"',
            ("attribution: true",),
            "5: crossover would be 3.0 on eventlet, and things 3.0 has threading only",
        ),
        (
            OLD,
            'release: "2.0", backend: eventlet',
            ("attribution: true",),
            "5: crossover would equal target: attribution needs variants that differ",
        ),
        (
            'release: "2.0", backend: eventlet',
            NEW,
            ("attribution: true",),
            "5: crossover would equal base: attribution needs variants that differ",
        ),
        (OLD, NEW, ("crossover: {}",), "5: crossover is given, but attribution is"),
        (
            OLD,
            NEW,
            ("attribution: true", "crossover: {config: {x.conf: {}}}"),
            "6: unknown file 'x.conf'",
        ),
        (
            OLD,
            NEW,
            ("attribution: true", "crossover: {uwsgi: {threads: 1}}"),
            "6: uWSGI serves nothing here on eventlet",
        ),
        (
            OLD,
            NEW,
            ("attribution: true", "crossover: {release: '1.0'}"),
            "6: unknown key 'crossover.release'; there is packages, config, envir",
        ),
        (OLD, NEW, ("config: {nova.conf: {}}",), "5: unknown file 'nova.conf'; did"),
    ],
)
def test_variants_that_make_no_sense_together_are_a_problem(
    base: str, target: str, more: tuple[str, ...], message: str, problems: Problems
) -> None:
    (found,) = problems(text(base, target, *more))

    assert found.startswith(f"plan.yaml:{message}")


def test_one_difference_of_any_kind_is_enough_to_compare(load: Load) -> None:
    plan = load(text(OLD, f"{OLD}, environment: {{A: 1}}"))

    assert len(plan.variants) == 2


def test_without_a_known_project_the_rest_is_still_judged(problems: Problems) -> None:
    found = problems(
        text(OLD, f"{NEW}, packages: [six, six], source: nowhere", project="nova")
    )

    assert [each.partition(";")[0].partition(": ")[2] for each in found] == [
        "unknown project 'nova'",
        "'six' stands twice",
        f"source {found[2].split()[2]} does not exist",
    ]


def test_a_source_takes_the_place_of_the_projects_own_package(
    load: Load, tmp_path: Path
) -> None:
    checkout = tmp_path / "my things"
    checkout.mkdir()
    (checkout / "setup.cfg").touch()

    packages = variant(load(text(OLD, f"{NEW}, source: my things")), "target").packages

    assert packages.requirements == (
        f"things @ {checkout.as_uri()}",
        "oslo.messaging==17.3.0",
    )


def test_a_project_without_a_package_of_its_name_takes_no_source(
    problems: Problems, tmp_path: Path
) -> None:
    (tmp_path / "local.whl").touch()

    (found,) = problems(text(OLD, f"{NEW}, source: local.whl", project="local"))

    assert found.startswith("plan.yaml:3: local 2.0 has no package that a source cou")


def test_a_source_that_does_not_exist_does_not_make_variants_equal(
    problems: Problems,
) -> None:
    (found,) = problems(text(OLD, f"{OLD}, source: nowhere"))

    assert "does not exist; check the path" in found

# SPDX-License-Identifier: Apache-2.0
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from perfcompare.model.busy_caveat import (
    BusyHost,
    MeanUndecided,
    Redistributed,
    UnseenHost,
)
from perfcompare.model.caveat import (
    Acknowledged,
    Bimodal,
    BusyWhileIdle,
    Caveat,
    Differs,
    Expired,
    FailedIterations,
    FewIterations,
    FewRounds,
    Killed,
    MarkedRounds,
    MissingRounds,
    Note,
    NotSteady,
    OneWay,
    SequentialLooks,
    ShamTakenOff,
    Uncorrected,
    UnequalSplit,
    Unreached,
    WholeVisits,
    WithinFloor,
)
from perfcompare.model.errors import StoreError
from perfcompare.model.load_caveat import GeneratorBound, Saturated
from perfcompare.model.plan import Plan
from perfcompare.model.variant import Backend
from perfcompare.model.visit import Phase, ProcessEvidence, Visit, Window
from perfcompare.store import codec
from perfcompare.testing.plans import make_plan

ONE_OF_EACH: tuple[Caveat, ...] = (
    FewRounds(rounds=3, needed=4),
    MissingRounds(rounds=(1, 2)),
    FailedIterations(variant="base", failed=1, total=9, most_common="E: é"),
    Killed(variant="target", service="api", rounds=(2, 3), grace_seconds=10.0),
    OneWay(),
    WholeVisits(),
    BusyWhileIdle(variant="base", cpu_ratio=0.125),
    FewIterations(variant="base", iterations=20, quantile=0.95),
    WithinFloor(floor=0.005, unit="s", ratio=0.1),
    Uncorrected(metrics=12, p_adjusted=0.06),
    Differs(what="kernel", base="6.1", target="6.2"),
    Acknowledged(reason="known", until=date(2026, 12, 1), where="known.yaml:3"),
    Expired(reason="known", until=date(2026, 1, 1), where="known.yaml:3"),
    ShamTakenOff(effect=1.02, unit="", rounds=6),
    UnequalSplit(rounds=(2,)),
    SequentialLooks(looks=(4, 6), level=0.03),
    MarkedRounds(rounds=(2,), reasons=("steal 3 %",), voided=True),
    NotSteady(variant="base", ratio=1.2, low=1.1, high=1.3, warm_up=4),
    Bimodal(
        variant="base", low_seconds=0.1, high_seconds=0.2, high_share=0.3, rounds=4
    ),
    Unreached(
        variant="target",
        workload="list",
        loaded_ratio=0.01,
        standing_by_ratio=0.02,
        most_ratio=0.9,
    ),
    BusyHost(rounds=(2,), others_ratio=0.9, limit_cores=0.25, decided=True),
    UnseenHost(what="CPU that others use"),
    Redistributed(
        kind="evened out",
        slower=0.5,
        slower_effect=1.3,
        faster=0.9,
        faster_effect=0.7,
        mean_effect=1.01,
    ),
    MeanUndecided(),
    Saturated(
        variants=("base", "target"),
        concurrency=4,
        service="",
        cpu_ratios=(),
        served=(1.1, 1.2),
    ),
    GeneratorBound(variants=("base",), concurrency=1, cpu_ratios=(0.9,)),
    Note(text="seen"),
)


def visit(*, caveats: tuple[Caveat, ...] = ()) -> Visit:
    return Visit(
        round=1,
        variant="base",
        position=0,
        started_at=1.5,
        ended_at=9.0,
        ready_seconds=1.0,
        services=("api",),
        controls=(),
        windows=(
            Window(
                phase=Phase.LOAD,
                workload="list",
                block=1,
                started_at=2.0,
                ended_at=3.0,
                iterations=4,
                generator_cpu_seconds=None,
            ),
        ),
        stops=(),
        evidence=(
            ProcessEvidence(
                service="api",
                pid=7,
                title="api",
                expected=Backend.THREADING,
                found=None,
                threads=3,
                evidence="",
            ),
        ),
        counters=(),
        overhead_seconds=0.25,
        caveats=caveats,
    )


def test_a_visit_comes_back_as_it_was_with_every_kind_of_caveat(tmp_path):
    assert {type(caveat) for caveat in ONE_OF_EACH} == set(get_args(Caveat))
    written = visit(caveats=ONE_OF_EACH)
    path = tmp_path / "visit.json"
    path.write_bytes(codec.dump(written, Visit))

    assert codec.load(path, Visit) == written


def test_a_plan_comes_back_as_it_was_with_dates_and_nested_mappings(tmp_path):
    plan = make_plan()
    packages = replace(
        plan.variants[0].packages,
        uploaded_before=date(2026, 4, 1),
        uploaded_before_each={"oslo.log": date(2026, 5, 2)},
    )
    base = replace(plan.variants[0], packages=packages)
    plan = replace(plan, variants=(base, plan.variants[1]))
    path = tmp_path / "plan.json"
    path.write_bytes(codec.dump(plan, Plan))

    assert codec.load(path, Plan) == plan


def test_the_order_of_a_mapping_does_not_change_the_bytes():
    plan = make_plan()
    base, target = plan.variants
    one = replace(plan, variants=(replace(base, uwsgi={"a": "1", "b": "2"}), target))
    two = replace(plan, variants=(replace(base, uwsgi={"b": "2", "a": "1"}), target))

    assert codec.dump(one, Plan) == codec.dump(two, Plan)


def test_a_whole_number_may_stand_where_a_fraction_is_expected(tmp_path):
    path = tmp_path / "visit.json"
    path.write_text(codec.dump(visit(), Visit).decode().replace("9.0", "9"))

    assert codec.load(path, Visit).ended_at == 9.0


def change(path: Path, *keys: str | int, to: object) -> None:
    """Put *to* at *keys* of a valid visit, or remove what is there (Ellipsis)."""
    data = json.loads(codec.dump(visit(caveats=(OneWay(),)), Visit))
    place = data
    for key in keys[:-1]:
        place = place[key]
    if to is ...:
        del place[keys[-1]]
    else:
        place[keys[-1]] = to
    path.write_text(json.dumps(data))


@pytest.mark.parametrize(
    ("keys", "to", "problem"),
    [
        (("round",), ..., "the file lacks 'round'"),
        (("rounds",), 1, "the file has the unknown 'rounds'"),
        (("round",), "1", "round is '1', not a whole number"),
        (("round",), True, "round is True, not a whole number"),
        (("round",), 1.5, "round is 1.5, not a whole number"),
        (("started_at",), None, "started_at is None, not a number"),
        (("started_at",), False, "started_at is False, not a number"),
        (("started_at",), float("nan"), "is broken or was cut short: NaN"),
        (("started_at",), float("inf"), "is broken or was cut short: Infinity"),
        (("services",), "api", "services is 'api', not a list"),
        (("windows", 0, "phase"), "run", "windows[0].phase: 'run' is not a valid"),
        (("windows", 0, "block"), ..., "windows[0] lacks 'block'"),
        (("evidence", 0, "expected"), None, "evidence[0].expected is None"),
        (("caveats", 0, "is"), "Doom", "caveats[0] is of the unknown kind 'Doom'"),
        (("caveats", 0), 5, "caveats[0] is 5, not an object"),
    ],
)
def test_what_does_not_fit_is_named_with_file_and_place(tmp_path, keys, to, problem):
    path = tmp_path / "visit.json"
    change(path, *keys, to=to)

    with pytest.raises(StoreError) as caught:
        codec.load(path, Visit)

    assert str(path) in str(caught.value)
    assert problem in str(caught.value)


def test_a_number_too_large_for_a_float_is_refused(tmp_path):
    path = tmp_path / "visit.json"
    path.write_text(codec.dump(visit(), Visit).decode().replace("9.0", "1e999"))

    with pytest.raises(StoreError, match="ended_at is inf"):
        codec.load(path, Visit)


def test_nan_is_never_written():
    with pytest.raises(ValueError, match="not JSON compliant"):
        codec.dump(replace(visit(), started_at=float("nan")), Visit)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_is_no_json_is_one_message(tmp_path, content):
    path = tmp_path / "visit.json"
    path.write_bytes(content)

    with pytest.raises(StoreError, match=f"{path} is broken or was cut short"):
        codec.load(path, Visit)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"visit\.json is missing"):
        codec.load(tmp_path / "visit.json", Visit)


def test_a_directory_in_place_of_a_file_is_named(tmp_path):
    with pytest.raises(StoreError, match="cannot be read: Is a directory"):
        codec.load(tmp_path, Visit)

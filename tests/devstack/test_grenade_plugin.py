# SPDX-License-Identifier: Apache-2.0
"""Tests of a passage: the plugin, driven as Grenade drives it, around a real upgrade.

The passage takes minutes, so it happens once; each test asks another question about it.
"""

import json
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from perfcompare.command import Daemon
from perfcompare.model.variant import Backend
from perfcompare.model.visit import Visit
from perfcompare.store.reader import Run, open_run
from tests.devstack.cloud import OLD, Cloud
from tests.devstack.container import CHECKOUT, Container
from tests.devstack.units import DAEMONS, UNITS, Moment
from tests.devstack.watching import Look, watch

# Six visits and an upgrade, on a machine that may be busy with other things.
pytestmark = [pytest.mark.integration, pytest.mark.timeout(1500)]

GRENADE = "/opt/stack/grenade"
RUN = "/opt/stack/data/perfcompare/run"
# Four values a variant never decide anything: what fails is the plugin or perfcompare.
LOCALRC = f"""\
PERFCOMPARE_VENV={sys.prefix}
PERFCOMPARE_PLAN={CHECKOUT}/tests/devstack/plan.yaml
PERFCOMPARE_GATE=True
PERFCOMPARE_ACCEPT="0 1 3"
"""


def grenade(*step: str) -> tuple[str, ...]:
    """Return the command line of one step of Grenade."""
    return (f"{GRENADE}/grenade.sh", str(CHECKOUT), *step)


def install_grenade(container: Container, *, localrc: str) -> None:
    container.do("mkdir", "-p", GRENADE, user="stack")
    for source in (CHECKOUT / "tests" / "devstack" / "grenade").iterdir():
        container.do("cp", str(source), GRENADE, user="stack")
    container.write(f"{GRENADE}/localrc", localrc, owner="stack")


@dataclass(frozen=True, kw_only=True)
class Passage:
    """What is left of it."""

    run: Run
    comparison: dict[str, Any]
    looks: list[Look]
    """While the new release was measured."""
    output: str
    drop_ins: tuple[str, ...]
    """After all."""
    kill_modes: frozenset[str]
    """After all, of every unit."""
    now: Moment
    """After all."""


@pytest.fixture(scope="session")
def passage(
    cloud: Cloud, container: Container, tmp_path_factory: pytest.TempPathFactory
) -> Passage:
    """Do what grenade.sh does, in its order."""
    log = tmp_path_factory.mktemp("grenade") / "grenade.log"
    cloud.serve(OLD)
    install_grenade(container, localrc=LOCALRC)

    def begin(*words: str) -> Daemon:
        return container.start(grenade(*words), log=log, user="stack")

    def step(*words: str) -> None:
        end(begin(*words))

    def end(daemon: Daemon) -> None:
        cloud.wait(lambda: "" if daemon.status is not None else f"{log} goes on", 600)
        assert daemon.status == 0, log.read_text()

    step("resources", "early_create")
    step("resources", "create")
    step("resources", "verify", "pre-upgrade")
    step("resources", "verify_noapi", "pre-upgrade")
    cloud.upgrade()
    step("upgrade")
    measuring = begin("resources", "verify", "post-upgrade")
    looks = watch(cloud, measuring, timeout_seconds=600)
    end(measuring)
    step("resources", "destroy")
    # The new release's own default.
    cloud.wait(lambda: "" if cloud.now().is_on_threads() else "no threads yet")
    cloud.wait(lambda: "" if cloud.now().is_whole() else "manila-share has no workers")
    run = container.path(RUN)
    return Passage(
        run=open_run(run),
        comparison=json.loads((run / "comparison.json").read_text()),
        looks=looks,
        output=log.read_text(),
        drop_ins=cloud.drop_ins(),
        kill_modes=frozenset(cloud.show(name, "KillMode") for name in UNITS),
        now=cloud.now(),
    )


def found(visit: Visit) -> set[Backend]:
    """Return what the daemons of *visit* were proved to run; masters serve nothing."""
    daemons = [one for one in visit.evidence if one.service in DAEMONS.values()]
    assert {one.service for one in daemons} == set(DAEMONS.values())
    return {one.found for one in daemons if one.found is not None}


def in_turn(passage: Passage) -> list[Visit]:
    return sorted(passage.run.visits, key=lambda visit: visit.started_at)


def test_each_release_is_measured_on_its_side_of_the_upgrade(passage: Passage) -> None:
    provenance = passage.run.provenance
    assert provenance is not None
    packages = {each.variant: each.packages for each in provenance.variants}

    assert [visit.variant for visit in in_turn(passage)][:2] == ["base", "base"]
    assert "manila==22.0.2" in packages["base"]
    assert "manila==23.0.1" in packages["target"]
    assert "manila==23.0.1" in packages["crossover"]


def test_the_backend_is_flipped_in_rounds_and_proved_each_time(
    passage: Passage,
) -> None:
    eventlet, threading = {Backend.EVENTLET}, {Backend.THREADING}

    proved = [found(visit) for visit in in_turn(passage)]

    assert proved[:2] == [eventlet, eventlet]
    # The second round begins with the variant that the first one ended with.
    assert proved[2:] in (
        [threading, eventlet, eventlet, threading],
        [eventlet, threading, threading, eventlet],
    )


def test_no_start_finds_what_an_earlier_one_has_left(passage: Passage) -> None:
    clean = {look.main_pid for look in passage.looks if look.ready and not look.strays}
    started = {look.main_pid for look in passage.looks if look.altered and look.ready}

    # The units as Grenade started them, and once for each of four visits.
    assert len(started) >= 4, passage.looks
    assert started <= clean, passage.looks


def test_every_service_ends_when_it_is_asked_to(passage: Passage) -> None:
    killed = [
        f"{stop.service} of {visit.variant} in round {visit.round}"
        for visit in passage.run.visits
        for stop in visit.stops
        if stop.killed or stop.orphans
    ]

    assert killed == []


def test_afterwards_the_units_are_as_grenade_left_them(passage: Passage) -> None:
    assert passage.drop_ins == ()
    assert passage.kill_modes == {"process"}
    for name in UNITS:
        assert passage.now.groups[name] == passage.now.family(name) != set()
    assert passage.now.is_on_threads()


def test_the_release_is_compared_one_way_and_the_backend_in_rounds(
    passage: Passage,
) -> None:
    kinds = {
        contrast: {
            caveat["kind"]
            for row in passage.comparison["comparisons"]
            if row["contrast"] == contrast
            for caveat in row["caveats"]
        }
        for contrast in ("total", "release", "backend")
    }

    assert passage.comparison["facts"]["one_way"]
    assert "one_way" in kinds["total"]
    assert "one_way" in kinds["release"]
    assert "one_way" not in kinds["backend"]
    # The sentence is wrapped where its line ends.
    said = " ".join(passage.output.split())
    assert "the backend alone, compared in rounds" in said


@pytest.mark.parametrize(("gate", "status"), [("False", 0), ("True", 2)])
def test_what_fails_here_fails_the_upgrade_only_when_it_is_a_gate(
    old_cloud: Cloud, gate: str, status: int
) -> None:
    localrc = (
        f"PERFCOMPARE_VENV={sys.prefix}\nPERFCOMPARE_PLAN=/no/plan.yaml\n"
        f"PERFCOMPARE_GATE={gate}\n"
    )
    install_grenade(old_cloud.container, localrc=localrc)

    step = grenade("resources", "verify", "post-upgrade")
    finished = old_cloud.container.run(step, user="stack")

    assert finished.status == status, finished.output
    assert "/no/plan.yaml" in finished.output
    assert "perfcompare: after ended with status 2" in finished.output

# SPDX-License-Identifier: Apache-2.0
"""Tests of a deployment as a whole: the testbed, installed and run for real."""

import errno
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from perfcompare import command
from perfcompare.deployment import proctree
from perfcompare.deployment.httpclient import HttpApi
from perfcompare.deployment.local.deployment import LocalDeployment
from perfcompare.deployment.local.running import LocalRunning
from perfcompare.model.errors import DeploymentError
from perfcompare.model.variant import Backend, Variant, VariantName
from perfcompare.projects.testbed import TESTBED

pytestmark = pytest.mark.integration
Until = Callable[[Callable[[], bool]], None]
MakeVariant = Callable[..., Variant]


@pytest.fixture
def variants(variant: MakeVariant) -> Mapping[VariantName, Variant]:
    old, new = (release.packages for release in TESTBED.releases)
    made = (
        variant("base", backend=Backend.EVENTLET, packages=old),
        variant("target", release="2.0", backend=Backend.THREADING, packages=new),
        variant("sham", backend=Backend.EVENTLET, packages=old),
    )
    return {each.name: each for each in made}


@pytest.fixture
def deployed(
    deployment: Callable[..., LocalDeployment],
    variants: Mapping[VariantName, Variant],
) -> Iterator[LocalDeployment]:
    with deployment(TESTBED, *variants.values()) as entered:
        entered.upgrade()
        yield entered


def api(running: LocalRunning) -> HttpApi:
    return HttpApi(running.load_target.environment["PERFCOMPARE_ENDPOINT"])


def items(running: LocalRunning) -> list[Mapping[str, object]]:
    answer = api(running).get("/items")
    assert isinstance(answer, list)
    return answer


def living(scratch: Path) -> int:
    """Count the processes whose command line names *scratch*, whoever's they are."""
    titles = (proctree.title(pid) for pid in command.processes())
    return sum(f"{scratch}/" in title for title in titles)


def test_the_upgrade_carries_resources_over_and_takes_its_steps_down(
    deployment: Callable[..., LocalDeployment],
    variants: Mapping[VariantName, Variant],
) -> None:
    with deployment(TESTBED, *variants.values()) as entered:
        upgrade = entered.upgrade()

    assert [step.name for step in upgrade.steps] == [
        "create",
        "verify pre-upgrade",
        "shutdown",
        "migrate",
        "start",
        "verify post-upgrade",
    ]
    details = [step.detail for step in upgrade.steps]
    assert details[0] == "5 resources"
    assert details[3] == "perfcompare-testbed migrate --database --release 2.0"
    assert details[5] == "all 5 resources are there"
    seconds = [step.ended_at - step.started_at for step in upgrade.steps]
    assert upgrade.outage_seconds == pytest.approx(sum(seconds[2:5]))
    assert upgrade.migration_seconds == pytest.approx(seconds[3])


def test_variants_stand_side_by_side_and_each_proves_its_backend(
    deployed: LocalDeployment, variants: Mapping[VariantName, Variant]
) -> None:
    with ExitStack() as stack:
        up = {
            name: stack.enter_context(deployed.up(variant))
            for name, variant in variants.items()
        }
        for name, running in up.items():
            answer = api(running).get("/work")
            master, worker = running.verify_backend()
            running.check_alive()

            assert answer == {"seconds": 0.01}
            assert master.found is None
            assert worker.found is worker.expected is variants[name].backend

        # Only the migrated schema has notes; the sham starts where base does.
        notes = {name: "note" in items(running)[0] for name, running in up.items()}
        assert notes == {"base": False, "target": True, "sham": False}
        assert {len(items(running)) for running in up.values()} == {5}


def test_stopped_variants_leave_neither_processes_nor_files(
    deployed: LocalDeployment,
    variants: Mapping[VariantName, Variant],
    tmp_path: Path,
) -> None:
    kept = sorted((tmp_path / "s").iterdir())
    with deployed.up(variants[VariantName.TARGET]) as running:
        assert living(tmp_path) == 2
        (stop,) = running.stop()

        assert living(tmp_path) == 0
        assert (stop.service, stop.killed, stop.orphans) == ("testbed", False, 0)
        assert running.logs()["testbed.log"] == b"serving on threading\n"

    assert sorted((tmp_path / "s").iterdir()) == kept


def test_leaving_the_deployment_removes_the_scratch_directory(
    deployment: Callable[..., LocalDeployment],
    variants: Mapping[VariantName, Variant],
    tmp_path: Path,
) -> None:
    with deployment(TESTBED, *variants.values()):
        assert (tmp_path / "s").is_dir()

    assert not (tmp_path / "s").exists()


def test_every_start_finds_the_state_of_the_upgrade(
    deployed: LocalDeployment, variants: Mapping[VariantName, Variant]
) -> None:
    for _ in range(2):
        with deployed.up(variants[VariantName.BASE]) as running:
            assert len(items(running)) == 5
            api(running).send("POST", "/items", {"name": "more"})


def test_a_plan_that_says_threading_while_the_environment_forces_eventlet_fails(
    deployment: Callable[..., LocalDeployment],
    variants: Mapping[VariantName, Variant],
    variant: MakeVariant,
    tmp_path: Path,
) -> None:
    wrong = variant(
        "target",
        release="2.0",
        packages=TESTBED.releases[1].packages,
        environment={"TESTBED_BACKEND": "eventlet"},
    )

    with (
        deployment(TESTBED, variants[VariantName.BASE], wrong) as entered,
        pytest.raises(
            DeploymentError,
            match=r"testbed \(pid \d+\) should run threading and runs eventlet:"
            r" thread .* is in .*eventlet/hubs/",
        ),
    ):
        entered.upgrade()
    assert living(tmp_path) == 0


def test_a_killed_service_is_reported_and_its_orphan_is_ended(
    deployed: LocalDeployment,
    variants: Mapping[VariantName, Variant],
    until: Until,
    tmp_path: Path,
) -> None:
    with deployed.up(variants[VariantName.BASE]) as running:
        (tree,) = running.trees
        os.kill(tree.pid, signal.SIGKILL)
        until(lambda: command.processes()[tree.pid].ended)

        with pytest.raises(
            DeploymentError, match="testbed of base was ended by signal 9; its last"
        ):
            running.check_alive()
        assert living(tmp_path) == 1

    assert living(tmp_path) == 0


def test_a_service_that_cannot_start_shows_why(
    deployment: Callable[..., LocalDeployment], variant: MakeVariant
) -> None:
    packages = TESTBED.releases[0].packages
    broken = variant(packages=packages, environment={"TESTBED_BACKEND": "asyncio"})
    target = variant("target", packages=packages)

    with (
        deployment(TESTBED, broken, target) as entered,
        pytest.raises(
            DeploymentError,
            match=r"testbed of base ended with status 1; its last log lines:\n"
            r"  TESTBED_BACKEND is 'asyncio': neither eventlet nor threading",
        ),
    ):
        entered.upgrade()


def test_a_scratch_directory_that_cannot_be_written_is_one_message(
    deployment: Callable[..., LocalDeployment],
    variants: Mapping[VariantName, Variant],
    tmp_path: Path,
) -> None:
    (tmp_path / "s").touch()

    with (
        pytest.raises(DeploymentError, match=r"cannot write .*/s: File exists; look"),
        deployment(TESTBED, *variants.values()),
    ):
        pass


def test_a_start_that_the_disk_refuses_is_one_message(
    deployed: LocalDeployment,
    variants: Mapping[VariantName, Variant],
    tmp_path: Path,
) -> None:
    # The upgrade has taken numbers 1 and 2.
    (tmp_path / "s" / "003-base").touch()

    with (
        pytest.raises(DeploymentError, match=r"cannot write .*/003-base"),
        deployed.up(variants[VariantName.BASE]),
    ):
        pass


def test_an_upgrade_that_the_disk_refuses_is_one_message(
    deployment: Callable[..., LocalDeployment],
    variants: Mapping[VariantName, Variant],
    tmp_path: Path,
) -> None:
    with deployment(TESTBED, *variants.values()) as entered:
        (tmp_path / "s" / "001-base").touch()
        with pytest.raises(DeploymentError, match=r"cannot write .*/001-base/etc"):
            entered.upgrade()


def test_an_error_of_whoever_visits_is_not_taken_for_the_disks(
    deployed: LocalDeployment, variants: Mapping[VariantName, Variant]
) -> None:
    with (
        pytest.raises(FileNotFoundError, match="of the visitor"),
        deployed.up(variants[VariantName.BASE]),
    ):
        raise FileNotFoundError(errno.ENOENT, "of the visitor")


def test_the_upgrade_leaves_the_logs_of_its_starts_and_migrations(
    deployed: LocalDeployment, variants: Mapping[VariantName, Variant]
) -> None:
    base, target, sham = (deployed.last_logs(each) for each in variants.values())

    assert base["testbed.log"] == b"serving on eventlet\n"
    assert target["testbed.log"] == b"serving on threading\n"
    assert b"perfcompare-testbed migrate" in target["commands.log"]
    assert sham == {}


def test_before_the_upgrade_there_is_nothing_to_start_from(
    deployment: Callable[..., LocalDeployment],
    variants: Mapping[VariantName, Variant],
) -> None:
    with (
        deployment(TESTBED, *variants.values()) as entered,
        pytest.raises(DeploymentError, match="base has no state to start from"),
        entered.up(variants[VariantName.BASE]),
    ):
        pass


def test_variants_with_equal_packages_share_no_file(
    deployed: LocalDeployment, variants: Mapping[VariantName, Variant]
) -> None:
    paths = {venv.path for venv in deployed._venvs.values()}
    modules = [
        next(path.glob("lib/*/site-packages/eventlet/wsgi.py")) for path in paths
    ]

    assert len({module.stat().st_ino for module in modules}) == len(variants)


def test_provenance_says_what_a_variant_is_made_of(
    deployed: LocalDeployment, variants: Mapping[VariantName, Variant]
) -> None:
    provenance = deployed.provenance(variants[VariantName.TARGET])

    assert "eventlet==0.41.0" in provenance.packages
    assert provenance.environment == {"TESTBED_BACKEND": "threading"}
    assert provenance.python.startswith("3.")
    assert provenance.config == {}


def test_injected_costs_are_paid(
    deployment: Callable[..., LocalDeployment], variant: MakeVariant
) -> None:
    packages = TESTBED.releases[0].packages
    costs = {
        "TESTBED_LATENCY_SECONDS": "0.03",
        "TESTBED_TAIL_SECONDS": "0.02",
        "TESTBED_TAIL_RATIO": "0.5",
        "TESTBED_THREADS": "7",
        "TESTBED_MEMORY_BYTES": str(64 * 2**20),
    }
    base = variant(packages=packages, backend=Backend.EVENTLET, environment=costs)
    target = variant("target", packages=packages, backend=Backend.EVENTLET)
    with deployment(TESTBED, base, target) as entered:
        entered.upgrade()
        with entered.up(base) as running:
            answers = {str(api(running).get("/work")) for _ in range(20)}
            _, worker = running.verify_backend()
            status = Path(f"/proc/{worker.pid}/status").read_text()

    assert answers == {"{'seconds': 0.03}", "{'seconds': 0.05}"}
    assert worker.threads == 8
    (resident,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
    assert int(resident.split()[1]) > 64 * 1024

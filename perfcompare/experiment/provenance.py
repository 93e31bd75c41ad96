# SPDX-License-Identifier: Apache-2.0
"""What was measured where: host, generator, and what each variant is made of."""

import os
import platform
import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import distributions, version
from pathlib import Path

from perfcompare.deployment.base import Deployment
from perfcompare.model.provenance import Host, Origin, Provenance
from perfcompare.model.variant import Variant

ROOT = Path("/")
_CLOCK_SOURCE = "sys/devices/system/clocksource/clocksource0/current_clocksource"
_CONTAINER_MARKS = {".dockerenv": "docker", "run/.containerenv": "podman"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an experiment runs in, whatever it deploys."""

    host: Host
    generator_packages: tuple[str, ...]
    perfcompare_version: str
    command_line: str


def surroundings(command: Sequence[str]) -> Surroundings:
    """Look around, before anything is started; *command* is our own argv."""
    return Surroundings(
        host=host(),
        generator_packages=generator_packages(),
        perfcompare_version=version("perfcompare"),
        command_line=shlex.join(command),
    )


def collect(
    found: Surroundings, deployment: Deployment, variants: Sequence[Variant]
) -> Provenance:
    """Add to *found* what each variant of *deployment* is made of."""
    return Provenance(
        host=found.host,
        variants=tuple(_origin(deployment, variant) for variant in variants),
        generator_packages=found.generator_packages,
        perfcompare_version=found.perfcompare_version,
        command_line=found.command_line,
    )


def known(recorded: Provenance | None, visited: Collection[str]) -> Provenance | None:
    """Return of *recorded* what *visited* variants were made of; None if none was."""
    if recorded is None or not visited:
        return None
    origins = tuple(each for each in recorded.variants if each.variant in visited)
    return replace(recorded, variants=origins)


def merged(
    old: Provenance | None, new: Provenance, variants: Sequence[Variant]
) -> Provenance:
    """Return *old* with what *new* adds; what was recorded first stays."""
    if old is None:
        return new
    origins = {each.variant: each for each in (*new.variants, *old.variants)}
    names = (variant.name.value for variant in variants)
    there = {each.variant for each in old.variants}
    lines = [old.command_line]
    if any(each.variant not in there for each in new.variants):
        lines.append(new.command_line)
    return replace(
        old,
        variants=tuple(origins[name] for name in names if name in origins),
        command_line="\n".join(lines),
    )


def changed_packages(old: Provenance, new: Provenance) -> str:
    """Name the first package that is no longer as it was; "" when all are.

    Rounds measured with other packages would be rounds of another experiment.  A
    variant that *old* does not know has nothing to differ from.
    """
    before = {origin.variant: origin.packages for origin in old.variants}
    after = {origin.variant: origin.packages for origin in new.variants}
    before["the load generator"] = old.generator_packages
    after["the load generator"] = new.generator_packages
    for name in (name for name in after if name in before):
        had, packages = before[name], after[name]
        gone, come = (
            sorted(set(had) - set(packages)),
            sorted(set(packages) - set(had)),
        )
        if gone or come:
            was, now = (", ".join(names[:3]) or "nothing" for names in (gone, come))
            return f"{name} had {was} and now has {now}"
    return ""


def _origin(deployment: Deployment, variant: Variant) -> Origin:
    facts = deployment.provenance(variant)
    return Origin(
        variant=variant.name.value,
        packages=facts.packages,
        config=tuple(sorted(facts.config.items())),
        environment=tuple(sorted(facts.environment.items())),
        python=facts.python,
    )


def generator_packages() -> tuple[str, ...]:
    """List the packages of the environment that perfcompare and Rally run in."""
    found = {f"{each.name.lower()}=={each.version}" for each in distributions()}
    return tuple(sorted(found))


def host(root: Path = ROOT) -> Host:
    """Describe the machine whose ``/`` is *root*."""
    return Host(
        kernel=platform.release(),
        cpu_model=cpu_model(root),
        cores=len(os.sched_getaffinity(0)),
        memory_bytes=memory_bytes(root),
        virtualization=virtualization(root),
        clock_source=_text(root / _CLOCK_SOURCE),
        load_at_start=os.getloadavg()[0],
        python=f"{platform.python_implementation()} {platform.python_version()}",
    )


def cpu_model(root: Path) -> str | None:
    """Return the model of the first CPU."""
    return _field(root / "proc/cpuinfo", "model name")


def memory_bytes(root: Path) -> int | None:
    """Return the memory of the machine, or of our control group if that is less."""
    total = _field(root / "proc/meminfo", "MemTotal")
    limit = _text(root / "sys/fs/cgroup/memory.max")
    sizes = [int(total.split()[0]) * 1024] if total else []
    sizes += [int(limit)] if limit and limit.isdecimal() else []
    return min(sizes, default=None)


def virtualization(root: Path) -> str | None:
    """Guess what this machine runs in: container, hypervisor, or nothing."""
    container = _container(root)
    if container:
        return f"container ({container})"
    flags = _field(root / "proc/cpuinfo", "flags")
    if flags is None:
        return None
    if "hypervisor" not in flags.split():
        return "none"
    vendor = _text(root / "sys/class/dmi/id/sys_vendor")
    product = _text(root / "sys/class/dmi/id/product_name")
    kind = _text(root / "sys/hypervisor/type") or "virtual machine"
    made_by = " ".join(part for part in (vendor, product) if part)
    return f"{kind} ({made_by})" if made_by else kind


def _container(root: Path) -> str | None:
    named = _text(root / "run/systemd/container")
    marks = (name for path, name in _CONTAINER_MARKS.items() if (root / path).exists())
    return named or next(marks, None)


def _field(path: Path, name: str) -> str | None:
    """Return the first value of *name* in a ``name: value`` file."""
    for line in (_text(path) or "").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return None


def _text(path: Path) -> str | None:
    # Absent, or not for us to read: the host does not say.
    try:
        return path.read_text(errors="replace").strip() or None
    except OSError:
        return None

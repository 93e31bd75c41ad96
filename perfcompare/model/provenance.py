# SPDX-License-Identifier: Apache-2.0
"""What was measured where: the host, the variants' make-up, the load generator."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The machine, as it says itself; None where it does not say."""

    kernel: str
    cpu_model: str | None
    cores: int
    """That this process may use."""
    memory_bytes: int | None
    virtualization: str | None
    """A guess: "kvm (QEMU)", "container (docker)", or "none"."""
    clock_source: str | None
    load_at_start: float
    """Runnable processes, mean of the minute before the first start."""
    python: str
    """Of perfcompare itself: "CPython 3.11.7"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What one variant is made of."""

    variant: str
    packages: tuple[str, ...]
    """``name==version``, sorted."""
    config: tuple[tuple[str, str], ...]
    """File name → text, secrets redacted, sorted."""
    environment: tuple[tuple[str, str], ...]
    """Variables set for the services, secrets redacted, sorted."""
    python: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """All that a stranger needs to judge where the numbers come from."""

    host: Host
    variants: tuple[Origin, ...]
    """In plan order."""
    generator_packages: tuple[str, ...]
    """``name==version``, sorted, of the environment that drove the load."""
    perfcompare_version: str
    command_line: str
    """As a shell would take it; a line each where variants were measured apart."""

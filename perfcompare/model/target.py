# SPDX-License-Identifier: Apache-2.0
"""What a deployment hands to the sampler and to the load: trees and targets."""

from collections.abc import Mapping
from dataclasses import dataclass

CONTROL = "control"
"""The owner of what is watched but not compared: database, broker, keystone."""


HOST = "host"
"""The owner of two readings a look that are of no process: what the host's CPUs did
that was not ours.  Their pid is 0, their ``cpu_seconds`` count from the first look."""

STEAL = "steal"
"""The service of HOST's reading of what the hypervisor gave to others."""

OTHERS = "others"
"""The service of HOST's reading of what processes used that are none of ours: neither
watched, nor perfcompare itself, nor started by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A process tree to watch, by its root."""

    owner: str
    """The variant's name, or CONTROL."""
    service: str
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadTarget:
    """What Rally needs to reach a variant; holds secrets, never stored."""

    platform: Mapping[str, object] | None
    """Rally environment spec ("existing@openstack": ...); None without keystone."""
    environment: Mapping[str, str]
    """Variables for the scenarios (endpoints)."""
    secrets: tuple[str, ...]
    """Passwords to cut out of whatever the load prints."""

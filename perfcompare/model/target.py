# SPDX-License-Identifier: Apache-2.0
"""What a deployment hands to the sampler and to the load: trees and targets."""

from collections.abc import Mapping
from dataclasses import dataclass

CONTROL = "control"
"""The owner of what is watched but not compared: database, broker, keystone."""


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

# SPDX-License-Identifier: Apache-2.0
"""What the driver asks of the Rally process: one JSON object a line on its stdin."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

REPORT = "report.json"
"""In the order's directory: Rally's own report."""
LOG = "rally.log"
"""In the order's directory: all that Rally said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One Rally, please."""

    variant: str
    directory: str
    """For its database (which holds passwords), its log and its report."""
    socket: str
    """Where the coordinator listens."""
    environment: Mapping[str, str]
    """Variables on top of the process's own."""
    platform: Mapping[str, object]
    """Rally's environment spec; {} without one."""
    task: Mapping[str, object]


def encode(order: Order) -> bytes:
    """Write *order* as one line."""
    return json.dumps(asdict(order)).encode() + b"\n"


def decode(line: bytes) -> Order:
    """Read what `encode` wrote."""
    return Order(**json.loads(line))

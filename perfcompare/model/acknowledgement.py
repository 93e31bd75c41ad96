# SPDX-License-Identifier: Apache-2.0
"""An acknowledgement: somebody knows of a regression and lets it pass for a while."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """One entry of a file of known regressions."""

    metric: str
    """A glob over ``str(MetricKey)``, or a bare metric name, as in thresholds."""
    reason: str
    until: date
    """The last day on which it is let pass."""
    where: str
    """The line that says so: "known.yaml:3"."""

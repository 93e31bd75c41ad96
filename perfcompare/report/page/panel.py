# SPDX-License-Identifier: Apache-2.0
"""One plot of a page with its words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One plot with its words."""

    caption: str
    svg: str

# SPDX-License-Identifier: Apache-2.0
"""One plot of a page with its words."""

from dataclasses import dataclass

from perfcompare.report.plots.figure import Plot, element


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One plot with its words."""

    name: str
    """The same in every run that draws it, in any unit: for the name of a file."""
    caption: str
    plot: Plot

    @property
    def svg(self) -> str:
        """The plot, drawn as an element for a page."""
        return element(self.plot)

# SPDX-License-Identifier: Apache-2.0
"""Arithmetic only: samples, intervals, verdicts, families of metrics.

May not know where numbers come from or where they go: no file, process or clock,
no plan, no report.  Frames and values in, values out.

::

    visit + frames ─ collect ─► samples ─ judge ─► comparisons ─ family ─► exit status
                        │ values, resources   │ compare, intervals
                        └► distributions, curves, marks, caveats
"""

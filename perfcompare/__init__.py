# SPDX-License-Identifier: Apache-2.0
"""Compare what a service costs before and after an upgrade.

The tree is the data flow::

    plan ──► deployment ──► workload ─┐
             (base, upgrade, target)  ├─► store ─► analysis ─► report ─► exit status
                          sampling ───┘   (run)    (verdicts)  (html, csv, json, …)
             └──────── experiment: rounds ───────┘

Measuring (left of the store) and judging (right of it) are two programs that
meet only in the files of a run.
"""

# SPDX-License-Identifier: Apache-2.0
"""Show results: one renderer a format, each ``write_x(judgement, out)``.

Decides nothing: it picks columns, units and words from finished comparisons, and
the same judgement gives the same bytes.  Knows nothing of runs, files apart from
the ones it writes, or of how anything was measured.
"""

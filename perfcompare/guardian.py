# SPDX-License-Identifier: Apache-2.0
"""Outlives perfcompare by a moment, so that nothing it started outlives it."""

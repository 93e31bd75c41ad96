# SPDX-License-Identifier: Apache-2.0
"""YAML to a valid Plan, or every problem at once with file and line.

Knows projects only as the data it is given; starts nothing but ``git rev-parse``.
"""

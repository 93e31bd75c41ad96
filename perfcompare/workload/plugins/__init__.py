# SPDX-License-Identifier: Apache-2.0
"""What perfcompare adds to Rally: a runner that takes turns, and scenarios.

Rally imports every module in here (entry point ``rally_plugins``) at each of its
commands, so they import little beyond Rally itself.
"""

# SPDX-License-Identifier: Apache-2.0
"""A small HTTP service with known costs: the truth that a comparison must find.

One master, one worker, on eventlet or on native threads.  Every cost is injected
through a variable of the environment, so a test knows what ought to be found.
"""

# SPDX-License-Identifier: Apache-2.0
"""Watch processes with psutil, in a process of its own; knows nothing of visits."""

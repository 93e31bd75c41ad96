# SPDX-License-Identifier: Apache-2.0
"""Bring a service to a variant; knows nothing of load, readings or verdicts."""

# SPDX-License-Identifier: Apache-2.0
"""Drive a service through Rally; knows nothing of deployments or verdicts."""

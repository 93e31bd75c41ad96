# SPDX-License-Identifier: Apache-2.0
"""deployment/local."""

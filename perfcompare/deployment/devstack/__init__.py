# SPDX-License-Identifier: Apache-2.0
"""A cloud that DevStack has deployed on this host, and that Grenade upgrades."""

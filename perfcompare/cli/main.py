# SPDX-License-Identifier: Apache-2.0
"""The way in, and the only place that catches."""


def main() -> None:
    """Run the command line."""

# SPDX-License-Identifier: Apache-2.0
"""``python -m perfcompare`` is ``perfcompare``."""

from perfcompare.cli.main import main

if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""What the packages of all projects have in common."""

import sys

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
"""The services run on the Python that runs perfcompare: it is surely there."""

UWSGI = "pyuwsgi==2.0.30.post1"
"""uWSGI as a wheel, so that no compiler is needed; the same for all releases."""

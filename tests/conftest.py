# SPDX-License-Identifier: Apache-2.0
import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="session")
def ctrl_c_is_heard() -> Iterator[None]:
    """Let Ctrl-C reach what tests start.

    Behind `&` or nohup it is ignored, which every child would inherit.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)

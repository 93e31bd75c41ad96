# SPDX-License-Identifier: Apache-2.0
"""What happens in which order.

Knows deployment, load, sampling and store by their protocols alone; which ones
they are is decided by ``cli``.
"""

# SPDX-License-Identifier: Apache-2.0
"""What kept a workload from going faster: rules with fixed limits, in a fixed order.

A closed loop of one client cannot queue.  With more, the first of these that holds is
named: a process of the service has used up its core; the generator has; clients wait
for each other though nobody lacks the CPU; the host has no CPU left; clients wait for
each other.
"""

from perfcompare.model.occupancy import Limit, Occupancy

CORE_SHARE = 0.8
"""Of its one core, what a process uses that its interpreter's lock bounds.  Threads of
Python that four clients never left idle used 0.85 to 0.98 on two calm cores and 0.80
beside others that used half a core: they lose the rest when the lock changes hands."""

UNLOCKED_RATIO = 1.05
"""A process that uses more is not bound by a lock.  Looks half a second apart blur both
ends of the load by up to 0.25 s together: 5 % of a load of 5 s."""

HOST_SHARE = 0.9
"""Of all CPUs.  Of two CPUs that are busy by so much, who wants one finds none free in
85 % of cases: Erlang's C(2, 0.9) = 2 0.9^2 / (1 + 0.9)."""

LIGHT_RATIO = 0.25
"""A process that uses less of a core does not lack it on a full host: a fair scheduler
gives it as much beside three others that want the same core all the time."""

SERVED_SHARE = 0.7
"""Of the clients, those whose iterations the service works on; the others wait.  By
mean value analysis (M. Reiser, S. S. Lavenberg, 1980, JACM 27, 313-322) four clients
whose request takes 30 % of its time on one CPU have 0.72 of them served and that CPU
0.87 busy: whom this rule spares has all but used up its core as well.  Two workers for
three clients (0.67) are found, three for four (0.75) are not."""


def limit_of(one: Occupancy) -> Limit:
    """Name what limited a workload, by everything in *one* but its own `limit`."""
    if is_at_core(one):
        return Limit.SATURATED
    if (one.generator_cpu_ratio or 0.0) >= CORE_SHARE:
        return Limit.GENERATOR_BOUND
    queued = _is_queued(one)
    if _is_host_full(one) and not (queued and _is_light(one)):
        return Limit.HOST_BOUND
    if queued:
        return Limit.SATURATED
    return Limit.FREE if _is_known(one) else Limit.UNKNOWN


def is_at_core(one: Occupancy) -> bool:
    """Tell whether several clients queue for a process that has used up its core."""
    used = one.process_cpu_ratio
    if used is None or one.concurrency == 1:
        return False
    return CORE_SHARE <= used <= UNLOCKED_RATIO


def _is_host_full(one: Occupancy) -> bool:
    if one.host_cpu_ratio is None or one.cores is None:
        return False
    return one.host_cpu_ratio >= HOST_SHARE * one.cores


def _is_light(one: Occupancy) -> bool:
    """Tell whether neither service nor generator wants much of the CPU.

    A generator that nobody counted is taken for a light one.
    """
    if one.process_cpu_ratio is None:
        return False
    return max(one.process_cpu_ratio, one.generator_cpu_ratio or 0.0) < LIGHT_RATIO


def _is_queued(one: Occupancy) -> bool:
    if one.served is None or one.concurrency == 1:
        return False
    return one.served <= SERVED_SHARE * one.concurrency


def _is_known(one: Occupancy) -> bool:
    """Tell whether anything speaks for a workload that no rule has named.

    A client who is alone is always served at once; that alone says nothing.
    """
    compared = one.served is not None and one.concurrency > 1
    return one.process_cpu_ratio is not None or compared

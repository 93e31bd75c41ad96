# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

from perfcompare.model.target import HOST, OTHERS, STEAL, Tree
from perfcompare.model.visit import Reading
from perfcompare.sampling.readings import decode, encode

TREES = (
    Tree(owner="base", service="api", pid=10),
    Tree(owner="target", service="api", pid=20),
)
FULL = Reading(
    at=1_700_000_000.125,
    owner="target",
    service="api",
    pid=21,
    parent_pid=20,
    threads=9,
    file_descriptors=30,
    rss_bytes=5_000_000_000,
    uss_bytes=4_000_000_000,
    pss_bytes=4_500_000_000,
    cpu_seconds=12.25,
    voluntary_switches=6_000_000_000,
    involuntary_switches=7,
)
CHEAP = replace(
    FULL,
    owner="base",
    file_descriptors=None,
    uss_bytes=None,
    pss_bytes=None,
    voluntary_switches=None,
    involuntary_switches=None,
)


def test_readings_come_back_as_they_were():
    assert decode(encode([FULL, CHEAP], TREES), TREES) == (FULL, CHEAP)


def test_what_is_read_of_the_host_has_its_place_behind_the_trees():
    steal = replace(CHEAP, owner=HOST, service=STEAL, pid=0, parent_pid=0, threads=0)
    others = replace(steal, service=OTHERS)

    assert decode(encode([others, FULL, steal], TREES), TREES) == (others, FULL, steal)


def test_zero_is_not_absent():
    zero = replace(FULL, file_descriptors=0, uss_bytes=0, involuntary_switches=0)

    assert decode(encode([zero], TREES), TREES) == (zero,)


def test_a_record_that_was_cut_off_is_left_out():
    data = encode([FULL, CHEAP], TREES)

    assert decode(data[:-1], TREES) == (FULL,)
    assert decode(b"", TREES) == ()

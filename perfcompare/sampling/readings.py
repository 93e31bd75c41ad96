# SPDX-License-Identifier: Apache-2.0
"""Readings in a scratch file: fixed-size records, written a look at a time."""

import struct
from collections.abc import Sequence

from perfcompare.model.target import HOST, OTHERS, STEAL, Tree
from perfcompare.model.visit import Reading

# at, tree (its place in the watch; behind the last one is the host), pid, parent,
# threads, file descriptors, rss, uss, pss, cpu seconds, voluntary and involuntary
# switches.
_RECORD = struct.Struct("<dHIIIiqqqdqq")
_ABSENT = -1


def encode(readings: Sequence[Reading], trees: Sequence[Tree]) -> bytes:
    """Return the records of one look at *trees*."""
    places = {key: place for place, key in enumerate(_keys(trees))}
    return b"".join(
        _RECORD.pack(
            reading.at,
            places[reading.owner, reading.service],
            reading.pid,
            reading.parent_pid,
            reading.threads,
            _number(reading.file_descriptors),
            reading.rss_bytes,
            _number(reading.uss_bytes),
            _number(reading.pss_bytes),
            reading.cpu_seconds,
            _number(reading.voluntary_switches),
            _number(reading.involuntary_switches),
        )
        for reading in readings
    )


def decode(data: bytes, trees: Sequence[Tree]) -> tuple[Reading, ...]:
    """Return the readings in *data*; a record that was cut off is left out."""
    whole = len(data) - len(data) % _RECORD.size
    keys = _keys(trees)
    return tuple(
        Reading(
            at=at,
            owner=keys[place][0],
            service=keys[place][1],
            pid=pid,
            parent_pid=parent_pid,
            threads=threads,
            file_descriptors=_value(file_descriptors),
            rss_bytes=rss_bytes,
            uss_bytes=_value(uss_bytes),
            pss_bytes=_value(pss_bytes),
            cpu_seconds=cpu_seconds,
            voluntary_switches=_value(voluntary),
            involuntary_switches=_value(involuntary),
        )
        for (
            at,
            place,
            pid,
            parent_pid,
            threads,
            file_descriptors,
            rss_bytes,
            uss_bytes,
            pss_bytes,
            cpu_seconds,
            voluntary,
            involuntary,
        ) in _RECORD.iter_unpack(data[:whole])
    )


def _keys(trees: Sequence[Tree]) -> tuple[tuple[str, str], ...]:
    """Return owner and service of all that a watch may read, each at its place."""
    return (
        *((tree.owner, tree.service) for tree in trees),
        (HOST, STEAL),
        (HOST, OTHERS),
    )


def _number(value: int | None) -> int:
    return _ABSENT if value is None else value


def _value(number: int) -> int | None:
    return None if number == _ABSENT else number

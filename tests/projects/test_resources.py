# SPDX-License-Identifier: Apache-2.0
"""Tests of Grenade's create and verify, and of ready checks, on scripted answers."""

import itertools
from collections.abc import Callable

import pytest

from perfcompare.model.errors import DeploymentError
from perfcompare.projects import manila
from perfcompare.projects.answers import member, rows
from perfcompare.projects.glance import GLANCE
from perfcompare.projects.manila import MANILA
from perfcompare.projects.testbed import TESTBED
from perfcompare.testing.clock import FakeClock

STARTED_AT = 1_795_000_000.0
"""2026-11-18 11:06:40 UTC."""


class Scripted:
    """An API that answers a GET from *answers*, and a POST with the next id."""

    def __init__(self, answers: dict[str, object], created: str = "") -> None:
        self.answers = answers
        self.sent: list[tuple[str, str, object]] = []
        self._created = created
        self._ids = itertools.count(1)

    def get(self, path: str) -> object:
        return self.answers[path]

    def send(self, method: str, path: str, body: object) -> object:
        self.sent.append((method, path, body))
        made = {"id": str(next(self._ids))} if method == "POST" else {}
        return {self._created: made} if self._created else made


def services(**changes: object) -> dict[str, object]:
    rows_ = [
        {
            "binary": name,
            "state": "up",
            "updated_at": "2026-11-18T11:06:44.000000",
            **(changes if name == "manila-share" else {}),
        }
        for name in ("manila-scheduler", "manila-share", "manila-data")
    ]
    return {
        "/v2/services": {"services": rows_},
        "/v2/scheduler-stats/pools": {"pools": [{"name": "perfcompare@alpha#p"}]},
    }


def shares(*statuses: str) -> dict[str, object]:
    numbered = enumerate(statuses, start=1)
    detail = [{"id": str(number), "status": status} for number, status in numbered]
    return {"/v2/shares/detail": {"shares": detail}}


def images(**changes: object) -> dict[str, object]:
    content = "perfcompare-00\n" * (16 * 1024 // 15)
    image = {"id": "1", "name": "perfcompare-00", "status": "active", **changes}
    return {
        "/v2/images?limit=1000": {"images": [image]},
        "/v2/images/1/file": content,
    }


def test_manila_is_ready_when_all_services_reported_and_a_pool_is_known() -> None:
    assert MANILA.ready(Scripted(services()), STARTED_AT) == ""


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        # From the snapshot: up, but written before the start.
        (
            {"updated_at": "2026-11-18T11:06:39.000000"},
            "manila-share has not reported since its start",
        ),
        ({"updated_at": None}, "manila-share has not reported since its start"),
        ({"state": "down"}, "manila-share is down"),
        ({"binary": "other"}, "manila-share has not reported since its start"),
    ],
)
def test_manila_is_not_ready_while_a_service_is_missing(
    changes: dict[str, object], missing: str
) -> None:
    assert MANILA.ready(Scripted(services(**changes)), STARTED_AT) == missing


def test_manila_is_not_ready_before_the_scheduler_knows_a_pool() -> None:
    answers = services() | {"/v2/scheduler-stats/pools": {"pools": []}}

    missing = MANILA.ready(Scripted(answers), STARTED_AT)

    assert missing == "manila-scheduler knows no pool yet"


def test_manila_prepares_a_share_type() -> None:
    api = Scripted({})

    MANILA.prepare(api)

    ((method, path, body),) = api.sent
    assert (method, path) == ("POST", "/v2/types")
    assert member(body, "share_type", "name") == "default"


def test_manila_creates_shares_and_waits_until_they_are_available() -> None:
    class Slow(Scripted):
        def get(self, path: str) -> object:
            if clock.monotonic() > 1:
                self.answers = shares(*["available"] * 4)
            return super().get(path)

    clock = FakeClock()
    api = Slow(shares("available", "creating", "creating", "creating"), "share")

    assert manila._create(api, clock=clock) == ("1", "2", "3", "4")
    assert clock.monotonic() > 1


def test_a_share_in_error_is_an_error_at_once_that_names_it() -> None:
    api = Scripted(shares("available", "creating", "error", "creating"), "share")
    clock = FakeClock()
    began = clock.monotonic()

    with pytest.raises(DeploymentError, match="share 3 is error, not available"):
        manila._create(api, clock=clock)

    assert clock.monotonic() == began


def test_a_share_that_never_comes_is_an_error_that_names_it() -> None:
    api = Scripted(shares("available", "creating", "creating", "creating"), "share")

    with pytest.raises(
        DeploymentError, match="share 2 is creating, not available after 120 s"
    ):
        manila._create(api, clock=FakeClock())


@pytest.mark.parametrize(
    ("statuses", "missing"),
    [
        (("available", "available"), ""),
        (("available", "error"), "share 2 is error, not available"),
        (("available",), "share 2 is gone"),
    ],
)
def test_manila_verifies_its_shares(statuses: tuple[str, ...], missing: str) -> None:
    assert MANILA.verify(Scripted(shares(*statuses)), ("1", "2")) == missing


def test_glance_creates_twenty_images_with_content() -> None:
    api = Scripted({})

    created = GLANCE.create(api)

    assert created == tuple(str(number) for number in range(1, 21))
    uploads = [(path, body) for method, path, body in api.sent if method == "PUT"]
    assert len(uploads) == 20
    assert uploads[0][0] == "/v2/images/1/file"
    assert uploads[0][1] != uploads[1][1]


@pytest.mark.parametrize(
    ("answers", "missing"),
    [
        (images(), ""),
        (images(id="2"), "image 1 is gone"),
        (images(status="queued"), "image 1 is queued, not active"),
        (
            images() | {"/v2/images/1/file": "else"},
            "image 1 has another content than was uploaded",
        ),
    ],
)
def test_glance_verifies_its_images(answers: dict[str, object], missing: str) -> None:
    assert GLANCE.verify(Scripted(answers), ("1",)) == missing


def test_the_testbed_creates_items_and_verifies_them() -> None:
    api = Scripted({"/items": [{"id": 1}, {"id": 2}, {"id": 4}]})

    created = TESTBED.create(api)

    assert created == ("1", "2", "3", "4", "5")
    assert TESTBED.verify(api, created) == "items 3, 5 are gone"
    assert TESTBED.verify(api, ("1", "2")) == ""


@pytest.mark.parametrize(
    "read", [lambda answer: rows(answer, "items"), lambda a: member(a, "items", "x")]
)
def test_an_answer_of_another_shape_is_shown(read: Callable[[object], object]) -> None:
    with pytest.raises(
        DeploymentError, match=r"the API's answer has no .*: \{'a': 1\}"
    ):
        read({"a": 1})


def test_a_member_that_is_no_list_is_shown() -> None:
    with pytest.raises(DeploymentError, match="has no list items"):
        rows({"items": 3}, "items")

# SPDX-License-Identifier: Apache-2.0
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfcompare.analysis.differences import differences, options_of, plain
from perfcompare.model.judgement import (
    Difference,
    DifferenceKind,
    Suspicion,
    VariantFacts,
)

EXAMPLES = Path(__file__).parents[2] / "reports" / "examples"


def variant(name="base", *, packages=(), config=(), environment=(), python=""):
    return VariantFacts(
        name=name,
        release="2026.1",
        backend="eventlet",
        packages=packages,
        evidence=(),
        config=config,
        environment=environment,
        python=python,
    )


def found(*variants, project="manila"):
    return differences(variants, project=project)


def of_packages(*lists, project="manila"):
    return found(*(variant(packages=each) for each in lists), project=project)


def of_configs(*texts):
    return found(*(variant(config=(("x.conf", each),)) for each in texts))


def ranks(differences):
    return {each.name: each.suspicion for each in differences}


def test_equal_variants_have_no_differences():
    one = variant(
        packages=("a==1",),
        config=(("x.conf", "[DEFAULT]\na = 1\n"),),
        environment=(("A", "1"),),
        python="CPython 3.11.7",
    )

    assert found(one, one, one) == ()


def test_a_difference_shows_the_value_of_every_variant():
    (one,) = found(
        variant(environment=(("A", "1"),)),
        variant(environment=()),
        variant(environment=(("A", "2"),)),
    )

    assert one == Difference(
        kind=DifferenceKind.ENVIRONMENT,
        name="A",
        values=("1", None, "2"),
        suspicion=Suspicion.MEDIUM,
        why="",
    )


def test_what_is_not_known_of_a_variant_is_no_difference():
    known = variant(packages=("a==1",), config=(("x", "a=1"),), python="CPython 3.11.7")

    assert found(known, variant()) == ()


@pytest.mark.parametrize(
    ("base", "target", "suspicion"),
    [
        # The reply poll of 0.5 s came with 14.8.0 and went with 18.2.0.
        ("oslo.messaging==18.1.0", "oslo-messaging==18.2.0", Suspicion.HIGH),
        ("oslo.messaging==18.3.1", "oslo.messaging==17.3.0", Suspicion.HIGH),
        ("oslo.messaging==14.7.3", "oslo.messaging==14.8.0", Suspicion.HIGH),
        ("oslo.messaging==18.2.0", "oslo.messaging==18.3.1", Suspicion.MEDIUM),
        ("oslo.messaging==18.2", "oslo.messaging==18.3.1", Suspicion.MEDIUM),
        ("oslo.messaging==17.3.0", "oslo.messaging==17.3.2", Suspicion.LOW),
        ("SQLAlchemy==2.0.49", "sqlalchemy==2.1.6", Suspicion.MEDIUM),
        ("SQLAlchemy==2.0.46", "sqlalchemy==2.0.52", Suspicion.LOW),
        ("anything==1.9.9", "anything==2.0", Suspicion.MEDIUM),
        ("anything==1.9.9", "anything==1.10", Suspicion.LOW),
        ("certifi==2025.1.1", "certifi==2026.2.25", Suspicion.LOW),
        ("manila==22.0.1.dev22", "manila==22.0.1.dev250", Suspicion.MEDIUM),
        ("manila==21.0.3", "manila==22.0.2", Suspicion.HIGH),
        ("odd==main", "odd @ file:///tmp/odd", Suspicion.LOW),
    ],
)
def test_packages_are_ranked_by_what_their_step_is_known_to_do(base, target, suspicion):
    (one,) = of_packages((base,), (target,))

    assert one.kind is DifferenceKind.PACKAGE
    assert one.suspicion is suspicion


def test_a_reason_names_every_step_that_was_passed():
    (one,) = of_packages(("oslo.messaging==17.3.0",), ("oslo.messaging==18.3.1",))

    assert "since 18.2.0 the reply" in one.why
    assert "since 18.0.0 heartbeat_in_pthread" in one.why
    assert "14.8.0" not in one.why


def test_the_name_of_a_package_is_the_same_however_it_is_spelt():
    assert of_packages(("oslo.db==1", "A_b==2"), ("oslo-db==1", "a-B==2")) == ()


def test_a_package_that_one_variant_alone_has_is_suspicious():
    (one,) = of_packages(("a==1",), ("a==1", "uvloop==0.19"))

    assert (one.values, one.suspicion) == ((None, "0.19"), Suspicion.MEDIUM)


@pytest.mark.parametrize(
    ("base", "target", "suspicion"),
    [
        ("CPython 3.11.7", "CPython 3.12.7", Suspicion.HIGH),
        ("CPython 3.11.7", "PyPy 3.11.7", Suspicion.HIGH),
        ("CPython 3.11.2", "CPython 3.11.7", Suspicion.MEDIUM),
    ],
)
def test_another_interpreter_is_suspicious(base, target, suspicion):
    (one,) = found(variant(python=base), variant(python=target))

    assert (one.kind, one.suspicion) == (DifferenceKind.PYTHON, suspicion)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", {}),
        ("[DEFAULT]\na = 1\n# b = 2\n; c = 3\n\n", {"[DEFAULT] a": "1"}),
        ("[Default]\na=1\n[DATABASE]\nb: 2", {"[default] a": "1", "[database] b": "2"}),
        (
            "[x]\nlist = one\nlist = two\nlong = a\n   b\n\tc\n",
            {"[x] list": "one, two", "[x] long": "a b c"},
        ),
        ("[x]\nurl = http://h/%(a)s?b=c\n", {"[x] url": "http://h/%(a)s?b=c"}),
        ("  a = 1\nnonsense\n[", {"[] a": "1", "[] nonsense": ""}),
    ],
)
def test_options_are_read_as_oslo_config_reads_them(text, options):
    read = options_of(variant(config=(("x.conf", text),)))

    assert {name: read[f"x.conf: {name}"] for name in options} == options


@given(st.text(), st.text())
def test_any_text_can_be_read_and_compared(one, other):
    assert of_configs(one, one) == ()
    of_configs(one, other)


@pytest.mark.parametrize(
    ("base", "target"),
    [
        ("bind_port = 9292", "bind_port = 40123"),
        ("url = http://127.0.0.1:5000/v3", "url = http://127.0.0.1:5001/v3"),
        ("c = mysql://u:***@localhost:3306/d", "c = mysql://u:***@localhost:33/d"),
        ("t = rabbit://u:***@mq:5672/base", "t = rabbit://u:***@mq:5673/target"),
        ("p = /srv/run/base/state", "p = /srv/run/sham/state"),
        ("p = /opt/stack/old/manila", "p = /opt/stack/new/manila"),
    ],
)
def test_a_port_or_a_place_alone_is_hardly_suspicious(base, target):
    (one,) = of_configs(f"[DEFAULT]\n{base}", f"[DEFAULT]\n{target}")

    assert one.suspicion is Suspicion.LOW
    assert "port" in one.why


@pytest.mark.parametrize(
    ("base", "target"),
    [
        ("delays = create:20", "delays = create:30"),
        ("mode = old", "mode = new"),
        ("rules = scope-old", "rules = scope-new"),
        ("path = /srv/older", "path = /srv/old"),
        ("path = /srv/based", "path = /srv/targeted"),
        ("support = 10", "support = ten"),
        ("url = http://127.0.0.1:5000/v2", "url = http://127.0.0.1:5001/v3"),
    ],
)
def test_what_only_looks_like_a_port_or_a_place_counts(base, target):
    (one,) = of_configs(f"[DEFAULT]\n{base}", f"[DEFAULT]\n{target}")

    assert one.suspicion is not Suspicion.LOW


@pytest.mark.parametrize(
    "option",
    [
        "[DEFAULT]\nexecutor_thread_pool_size",
        "[DEFAULT]\nrpc_workers",
        "[DEFAULT]\nosapi_share_workers",
        "[conductor]\nworkers",
        "[DATABASE]\nmax_pool_size",
        "[oslo_messaging_rabbit]\nheartbeat_in_pthread",
        "[DEFAULT]\nsync_power_state_pool_size",
        "[service:central]\nthreads",
        "[uwsgi]\nprocesses",
        "[alpha]\nshare_driver",
        "[alpha]\ndummy_driver_default_driver_method_delay",
        "[glance_store]\nstores",
    ],
)
def test_pools_workers_and_drivers_are_most_suspicious(option):
    (one,) = of_configs(f"{option} = 1", f"{option} = 2")

    assert one.suspicion is Suspicion.HIGH
    assert one.why


@pytest.mark.parametrize(
    ("name", "suspicion"),
    [
        ("MALLOC_ARENA_MAX", Suspicion.HIGH),
        ("PYTHONMALLOC", Suspicion.HIGH),
        ("OS_NOVA_DISABLE_EVENTLET_PATCHING", Suspicion.MEDIUM),
        ("TZ", Suspicion.MEDIUM),
    ],
)
def test_variables_of_the_allocator_are_most_suspicious(name, suspicion):
    (one,) = found(variant(environment=((name, "1"),)), variant())

    assert one.suspicion is suspicion


def test_the_most_suspicious_come_first_then_what_has_a_reason():
    base = variant(
        python="CPython 3.11.7",
        packages=("a==1", "b==1.0", "eventlet==0.40", "oslo.messaging==17.0"),
        config=(("x.conf", "[DEFAULT]\nrpc_workers = 1\nsize = 1"),),
        environment=(("MALLOC_ARENA_MAX", "1"),),
    )
    target = variant(
        python="CPython 3.12.1",
        packages=("a==2", "b==1.1", "eventlet==0.41", "oslo.messaging==18.2"),
        config=(("x.conf", "[DEFAULT]\nrpc_workers = 2\nsize = 2"),),
    )

    assert [one.name for one in found(base, target)] == [
        "python",
        "oslo.messaging",
        "x.conf: [DEFAULT] rpc_workers",
        "MALLOC_ARENA_MAX",
        "eventlet",
        "a",
        "x.conf: [DEFAULT] size",
        "b",
    ]


@pytest.mark.parametrize(
    "example", ["grenade-manila", "manila-2026.1-2026.2"], ids=lambda name: name
)
def test_a_real_upgrade_names_the_poll_for_replies_first(example):
    text = (EXAMPLES / example / "comparison.json").read_text()
    facts = json.loads(text)["facts"]
    variants = [
        variant(
            each["name"],
            packages=tuple(each["packages"]),
            config=tuple((name, text) for name, text in each["config"]),
            environment=tuple((name, value) for name, value in each["environment"]),
            python=each["python"],
        )
        for each in facts["variants"]
    ]

    first, *others = differences(variants, project=facts["project"])
    assert first.name.replace("-", ".") == "oslo.messaging"
    assert first.suspicion is Suspicion.HIGH
    assert all(one.suspicion is not Suspicion.HIGH for one in others)
    assert {one.kind for one in others} == {
        DifferenceKind.PACKAGE,
        DifferenceKind.ENVIRONMENT,
    }


def test_nothing_is_plain_nothing():
    assert plain("x.conf: [DEFAULT] bind_port", None) is None

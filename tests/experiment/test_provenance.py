# SPDX-License-Identifier: Apache-2.0
import os
import sys
from importlib.metadata import version

import pytest

from perfcompare.experiment import provenance
from perfcompare.experiment.provenance import surroundings


def write(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


CPUINFO = "processor\t: 0\nmodel name\t: Some CPU @ 2.00GHz\nflags\t\t: fpu {}\n\n"
CLOCK_SOURCE = "sys/devices/system/clocksource/clocksource0/current_clocksource"


def test_this_host_describes_itself():
    host = provenance.host()

    assert host.kernel == os.uname().release
    assert 1 <= host.cores <= (os.cpu_count() or 1)
    assert host.memory_bytes is not None
    assert host.memory_bytes > 64 * 1024**2
    assert host.load_at_start >= 0.0
    assert sys.version.split()[0] in host.python


def test_a_host_that_says_nothing_has_none_and_not_zero(tmp_path):
    host = provenance.host(tmp_path)

    assert host.cpu_model is None
    assert host.memory_bytes is None
    assert host.virtualization is None
    assert host.clock_source is None


def test_model_memory_and_clock_source_are_read(tmp_path):
    write(
        tmp_path,
        {
            "proc/cpuinfo": CPUINFO.format("sse") * 2,
            "proc/meminfo": "MemTotal:       2048 kB\nMemFree:  7 kB\n",
            CLOCK_SOURCE: "kvm-clock\n",
        },
    )

    host = provenance.host(tmp_path)

    assert host.cpu_model == "Some CPU @ 2.00GHz"
    assert host.memory_bytes == 2048 * 1024
    assert host.clock_source == "kvm-clock"


@pytest.mark.parametrize(
    ("limit", "memory_bytes"), [("1048576", 1048576), ("max", 2097152)]
)
def test_the_limit_of_a_control_group_counts(tmp_path, limit, memory_bytes):
    write(
        tmp_path,
        {
            "proc/meminfo": "MemTotal: 2048 kB\n",
            "sys/fs/cgroup/memory.max": f"{limit}\n",
        },
    )

    assert provenance.memory_bytes(tmp_path) == memory_bytes


@pytest.mark.parametrize(
    ("files", "guess"),
    [
        ({"proc/cpuinfo": CPUINFO.format("sse")}, "none"),
        ({"proc/cpuinfo": CPUINFO.format("hypervisor")}, "virtual machine"),
        (
            {
                "proc/cpuinfo": CPUINFO.format("hypervisor"),
                "sys/class/dmi/id/sys_vendor": "QEMU\n",
                "sys/class/dmi/id/product_name": "Standard PC\n",
            },
            "virtual machine (QEMU Standard PC)",
        ),
        (
            {
                "proc/cpuinfo": CPUINFO.format("hypervisor"),
                "sys/hypervisor/type": "xen\n",
            },
            "xen",
        ),
        ({".dockerenv": ""}, "container (docker)"),
        ({"run/.containerenv": ""}, "container (podman)"),
        ({"run/systemd/container": "systemd-nspawn\n"}, "container (systemd-nspawn)"),
    ],
)
def test_virtualization_is_guessed(tmp_path, files, guess):
    write(tmp_path, files)

    assert provenance.virtualization(tmp_path) == guess


def test_the_generator_is_this_environment():
    found = surroundings(["perfcompare", "run", "my plan.yaml"])

    assert f"rally=={version('rally')}" in found.generator_packages
    assert list(found.generator_packages) == sorted(set(found.generator_packages))
    assert found.perfcompare_version == version("perfcompare")
    assert found.command_line == "perfcompare run 'my plan.yaml'"

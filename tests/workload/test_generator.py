# SPDX-License-Identifier: Apache-2.0
from importlib.metadata import version

from perfcompare.workload.generator import generator_packages, missing_imports


def test_packages_are_pinned_and_sorted():
    packages = generator_packages()

    assert f"rally=={version('rally')}" in packages
    assert list(packages) == sorted(set(packages), key=str.lower)


def test_only_what_cannot_be_imported_is_missing():
    modules = ("json", "os.path", "no_such_thing", "no_such_thing.at_all", "json.none")

    assert missing_imports(modules) == (
        "no_such_thing",
        "no_such_thing.at_all",
        "json.none",
    )

# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys

from perfcompare.workload.generator import missing_imports


def test_only_what_cannot_be_imported_is_missing():
    modules = ("json", "os.path", "no_such_thing", "no_such_thing.at_all", "json.none")

    assert missing_imports(modules) == (
        "no_such_thing",
        "no_such_thing.at_all",
        "json.none",
    )


def test_no_proxy_and_no_python_path_comes_between_rally_and_the_service():
    script = (
        "from perfcompare.workload.generator import own_environment\n"
        "print(sorted(own_environment()))"
    )
    shell = {
        "PATH": os.environ["PATH"],
        "HOME": "/",
        "http_proxy": "http://proxy:3128",
        "HTTPS_PROXY": "http://proxy:3128",
        "PYTHONPATH": "/tmp",
        "RALLY_PLUGIN_PATHS": "/tmp",
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=shell,
        capture_output=True,
        text=True,
        check=True,
    )

    kept = done.stdout.replace("'LC_CTYPE', ", "")  # Python itself may set it
    assert kept == "['HOME', 'PATH']\n"

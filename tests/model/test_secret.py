# SPDX-License-Identifier: Apache-2.0
from perfcompare.model.secret import masked


def test_what_is_named_like_a_secret_is_masked():
    values = {"OS_PASSWORD": "a", "OS_REGION": "b", "key": "c", "fixed_key": "d"}

    assert masked(values) == {
        "OS_PASSWORD": "***",
        "OS_REGION": "b",
        "key": "***",
        "fixed_key": "***",
    }

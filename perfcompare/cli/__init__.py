# SPDX-License-Identifier: Apache-2.0
"""Arguments in, exit status out: one module a verb, imported when it is used."""

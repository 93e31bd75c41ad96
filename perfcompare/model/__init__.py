# SPDX-License-Identifier: Apache-2.0
"""The nouns: immutable values with units in their names.

May import the standard library alone, and of it nothing that touches the world.
"""

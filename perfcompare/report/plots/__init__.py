# SPDX-License-Identifier: Apache-2.0
"""The pictures of a page, drawn by matplotlib, as elements with text as text."""

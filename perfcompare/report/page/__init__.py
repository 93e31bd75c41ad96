# SPDX-License-Identifier: Apache-2.0
"""What each section of the page shows, as values; templates place the words."""

# SPDX-License-Identifier: Apache-2.0
"""What a run leaves on disk: layout, writer, reader.

``run.json`` is the authority: a visit exists once it is listed there, and it is
listed once all its files are on the disk.  Knows nothing of who measured.
"""

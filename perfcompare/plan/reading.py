# SPDX-License-Identifier: Apache-2.0
"""A file that a person wrote, as text: every way it can be unreadable is a problem."""

from pathlib import Path

from perfcompare.model.errors import PlanError, Problem

MAX_BYTES = 1024 * 1024
"""Far above any plan or task by hand; a device or a dump is not read to its end."""


def read_text(path: Path) -> str:
    """Return the text of *path*.

    Raises:
        PlanError: It is missing, a directory, unreadable, too large or not UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except IsADirectoryError:
        raise _refuse(path, "is a directory; give the path of a YAML file") from None
    except FileNotFoundError:
        raise _refuse(path, "does not exist; check the path") from None
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise _refuse(path, f"cannot be read: {reason}") from error
    except ValueError:  # open() refuses a path with a NUL byte
        raise _refuse(path, "is not a path; check the name") from None
    if len(content) > MAX_BYTES:
        raise _refuse(path, f"is larger than {MAX_BYTES} bytes; is it the right file?")
    return _decode(path, content)


def _decode(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        wrong = content[error.start]
        raise _refuse(
            path, f"byte 0x{wrong:02x} is not UTF-8; save the file as UTF-8", line
        ) from None


def _refuse(path: Path, message: str, line: int | None = None) -> PlanError:
    return PlanError((Problem(path=str(path), line=line, message=message),))

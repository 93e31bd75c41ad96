# SPDX-License-Identifier: Apache-2.0
"""Generated passwords, and cutting them out of what is kept."""

from secrets import token_hex


class Secrets:
    """The passwords of one deployment; they live in memory and in 0600 files."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def password(self, name: str) -> str:
        """Return the password called *name*, generated on first use.

        Hexadecimal, so that it needs no quoting in URLs, SQL or INI files.
        """
        # Two threads that ask at once must get the same answer.
        return self._values.setdefault(name, token_hex(16))

    @property
    def values(self) -> tuple[str, ...]:
        """Every password generated so far."""
        return tuple(self._values.values())

    def redact(self, text: str) -> str:
        """Replace every password in *text* by ``***``."""
        for value in self.values:
            text = text.replace(value, "***")
        return text

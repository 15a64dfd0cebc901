"""A registration we do not keep."""

from __future__ import annotations


class ClientRefused(Exception):
    """The text is one sentence that begins with the field it is about and says what to change."""

    @property
    def field(self) -> str:
        """The name of that field, for who answers in the terms of RFC 7591 3.2.2."""
        return str(self).partition(" ")[0].partition("[")[0].partition(".")[0]

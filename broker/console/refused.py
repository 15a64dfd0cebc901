"""What every action says when it does not do what it was asked."""

from __future__ import annotations


class Refused(Exception):
    """Nothing was changed. The text is one sentence for the member of staff, without personal data."""

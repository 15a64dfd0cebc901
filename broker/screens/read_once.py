"""Templates are read and compiled once in a process: the houses in it, and the workers forked from it, share what was made."""

from __future__ import annotations

from functools import cache
from types import CodeType

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class ReadOnce(BytecodeCache):
    """Keeps compiled templates in memory, told apart by their name and their source. What the templates see is not kept."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Hand out what was compiled from the same source."""
        bucket.code = _compiled().get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        if bucket.code is not None:
            _compiled()[bucket.key, bucket.checksum] = bucket.code


@cache
def _compiled() -> dict[tuple[str, str], CodeType]:
    return {}

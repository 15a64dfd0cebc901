"""Other upstreams than Gosuslugi, as pages name them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from broker.screens.values import RegionName

# Causes whose words name Gosuslugi have others for an upstream of another name: `cause.<code>.other` in the catalogue.
OTHER: Final = "other"
OTHER_WORDS: Final = frozenset(
    {2101, 2102, 2103, 2106, 2107, 2108, 2109, 2110, 2111, 2112, 2115, 3102, 3103, 3105, 3115, 3201, 3202, 3203, 4004, 4006, 8004}
)


@dataclass(frozen=True, slots=True)
class OtherWay:
    """A further button of the first page. `title` is None for Gosuslugi."""

    title: RegionName | None
    url: str


def variant_for(code: int, title: RegionName | None) -> str:
    """The wording of a cause for somebody who came by an upstream of this title; None is Gosuslugi."""
    return OTHER if title is not None and code in OTHER_WORDS else ""

"""Which region's rules and name a sign-in begins with. The person's own school decides again after matching."""

from __future__ import annotations

import re

from broker.login.neighbours import Neighbours
from broker.policy.rules import RegionPolicy
from broker.screens.values import RegionName

COOKIE = "region"
_CODE = re.compile(r"\d{2}", re.ASCII)


def region_of(rooms: Neighbours, unverified: str) -> str:
    """The code of a region given by code or slug; "" when it is neither. A region without a file of its own has a code too."""
    word = unverified.strip().lower()
    by_slug = rooms.policies.by_slug(word)
    if by_slug is not None:
        return by_slug.code
    return word if _CODE.fullmatch(word) else ""


def first_region(rooms: Neighbours, unverified_wishes: tuple[str, ...], unverified_host: str) -> str:
    """The first that is known: what the request or client says, the host, what this browser chose before; "" means: ask.

    `unverified_wishes`: the request's region, the client's default, the remembered one, in this order.
    """
    asked, default, remembered = unverified_wishes
    by_host = rooms.policies.by_host(unverified_host)
    own = region_of(rooms, asked) or region_of(rooms, default)
    return own or (by_host.code if by_host else "") or region_of(rooms, remembered)


def policy_of(rooms: Neighbours, code: str) -> RegionPolicy:
    """The rules for a code, the default ones for a region without a file of its own or for "not chosen yet"."""
    return rooms.policies.of_region(code)


def name_of(rooms: Neighbours, code: str) -> RegionName | None:
    """What the region is called, None before one is chosen."""
    if not code:
        return None
    policy = rooms.policies.of_region(code)
    return RegionName(policy.name_ru, policy.name_en)

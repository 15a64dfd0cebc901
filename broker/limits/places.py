"""Where a try comes from, as far as it can be counted."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address

# What one household or one rented server is given (RFC 6177 2; RFC 4291 2.5.4): it holds 2^64 addresses, all of one person.
_OF_ONE_PLACE = 64


@lru_cache(maxsize=1024)
def place_of(unverified_address: str) -> str:
    """One word for a network address: an IPv4 address is itself, an IPv6 address its /64, and one within the other IPv4 again.

    What is no address at all stays as it is: it is counted, whatever it means.
    """
    # A zone (RFC 4007 11) names an interface of ours, not a place of theirs.
    bare = unverified_address.partition("%")[0]
    try:
        found = ip_address(bare)
    except ValueError:
        return unverified_address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    prefix = int(found) >> (128 - _OF_ONE_PLACE) << (128 - _OF_ONE_PLACE)
    return f"{IPv6Address(prefix)}/{_OF_ONE_PLACE}"

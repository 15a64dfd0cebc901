"""What a registration must be like before we keep it (RFC 7591 2, OpenID Connect Registration 2): every rule, in order."""

from __future__ import annotations

from collections.abc import Callable

from broker.clients.client import Client
from broker.clients.profile import require_fapi2
from broker.clients.refused import ClientRefused as ClientRefused
from broker.clients.rules_names import is_client_id as is_client_id
from broker.clients.rules_names import require_grants, require_known_words, require_names, require_reasons
from broker.clients.rules_places import require_addresses, require_front_channel, require_one_sector, require_resources
from broker.clients.rules_proofs import (
    require_certificate_name,
    require_combination,
    require_encryption,
    require_keys,
    require_lives,
)
from broker.clients.words import AUTH_METHODS as AUTH_METHODS
from broker.clients.words import GRANT_TYPES as GRANT_TYPES
from broker.clients.words import SECRET_METHODS as SECRET_METHODS
from broker.clients.words import SHARED_SECRET as SHARED_SECRET
from broker.clients.words import SIGNING_ALGORITHMS as SIGNING_ALGORITHMS
from broker.clients.words import SUBJECT_TYPES as SUBJECT_TYPES


def require_sound(client: Client) -> None:
    """Refuse a registration that is dangerous or contradicts itself.

    Raises:
        ClientRefused: with one sentence about the first thing that is wrong.
    """
    for check in CHECKS:
        check(client)


CHECKS: tuple[Callable[[Client], None], ...] = (
    require_names,
    require_known_words,
    require_grants,
    require_reasons,
    require_addresses,
    require_front_channel,
    require_one_sector,
    require_resources,
    require_combination,
    require_fapi2,
    require_keys,
    require_encryption,
    require_certificate_name,
    require_lives,
)

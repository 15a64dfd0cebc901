"""Every grant there is. A file beside this one says how each one's own proof is spent; what follows is the pipeline's.

Authlib's order at the token endpoint: authenticate the client, may it use this grant, query the proof, then the person, then the
tokens, then delete the proof. Ours looks at the sender first, spends the proof where Authlib queries it, and deletes nothing.
"""

from __future__ import annotations

from typing import Any

from broker.provider.granting.client_grant import ClientGrant
from broker.provider.granting.code_grant import CodeGrant, S256Challenge
from broker.provider.granting.device_grant import DeviceGrant
from broker.provider.granting.exchange_grant import ExchangeGrant
from broker.provider.granting.refresh_grant import RefreshGrant

TOKEN_GRANTS: tuple[tuple[Any, tuple[Any, ...]], ...] = (
    (CodeGrant, (S256Challenge(required=True),)),
    (RefreshGrant, ()),
    (ClientGrant, ()),
    (DeviceGrant, ()),
    (ExchangeGrant, ()),
)

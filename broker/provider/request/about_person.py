"""What a request says of the person: who, how lately, how surely, and what about them (OpenID Connect Core 3.1.2.1, 5.5)."""

from __future__ import annotations

import re

from broker.provider.request.asking import Asking, CheckTools
from broker.provider.request.claims_request import read_claims_request
from broker.provider.wire import refusal
from broker.tokens.acr import LEVEL_OF_ACR, level_demanded, levels_from

PROMPTS = ("none", "login", "consent", "select_account")
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


def require_sane_prompt(asking: Asking, tools: CheckTools) -> None:
    """`none` stands alone (OpenID Connect Core 3.1.2.1)."""
    words = frozenset((asking.parameters.get("prompt") or "").split())
    if not words.issubset(PROMPTS):
        raise refusal("invalid_request", "prompt has an unknown value")
    if "none" in words and len(words) > 1:
        raise refusal("invalid_request", "prompt=none stands alone")
    asking.prompt = words


def require_sane_max_age(asking: Asking, tools: CheckTools) -> None:
    """Whole seconds; the client's own default where the request names none (OpenID Connect Registration 2)."""
    text = asking.parameters.get("max_age")
    if text is None:
        asking.max_age = asking.known_client.default_max_age
        return
    if not _NUMBER.fullmatch(text):
        raise refusal("invalid_request", "max_age must be a number of seconds")
    asking.max_age = int(text)


def read_levels(asking: Asking, tools: CheckTools) -> None:
    """`acr_values` are wishes, so unknown ones are passed over (OpenID Connect Core 3.1.2.1). `claims` comes next and may say it
    more strongly."""
    text = asking.parameters.get("acr_values")
    wished = asking.known_client.default_acr_values if text is None else text.split()
    asking.levels = tuple(dict.fromkeys(LEVEL_OF_ACR[urn] for urn in wished if urn in LEVEL_OF_ACR))


def read_claims(asking: Asking, tools: CheckTools) -> None:
    """The `claims` parameter (OpenID Connect Core 5.5)."""
    text = asking.parameters.get("claims")
    if text is None:
        return
    wanted = read_claims_request(text, asking.known_client.scopes)
    asking.claims, asking.id_token_claims = wanted.userinfo, wanted.id_token
    asking.hinted_subject = wanted.subject
    asking.levels, asking.level_essential = wanted.levels or asking.levels, wanted.level_essential


def require_reachable_level(asking: Asking, tools: CheckTools) -> None:
    """What the service demands of everybody holds whatever a request says: the browser brings the request, and may have changed
    it. An essential level below it is one that nobody could reach (OpenID Connect Core 5.5.1.1)."""
    least = asking.known_client.minimum_acr_value
    if least is None:
        return
    asking.least_level = level_demanded(least)
    if asking.level_essential and levels_from(least).isdisjoint(asking.levels):
        raise refusal("unmet_authentication_requirements", "the essential acr is less than the service takes")


def read_hint(asking: Asking, tools: CheckTools) -> None:
    """An ID token of ours for this client, also an expired one, says who is expected (OpenID Connect Core 3.1.2.1)."""
    text = asking.parameters.get("id_token_hint")
    if text is None:
        return
    subject = tools.hints.subject_of(text, asking.known_client.client_id)
    if subject is None and "none" in asking.prompt:
        raise refusal("login_required", "id_token_hint cannot be verified")
    if subject is not None and asking.hinted_subject not in (None, subject):
        raise refusal("invalid_request", "claims and id_token_hint name different people")
    asking.hinted_subject = subject or asking.hinted_subject

"""Which authorization details a token holds (RFC 9396 7, 9.1), and whether the token request asked for others (RFC 9396 6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from broker.clients.client import Client
from broker.consent.details import BadDetails, Detail, are_same, details_of, good_at, known_as, read
from broker.provider.granting.terms import Terms
from broker.provider.request.strict_json import BadJson, strict_json
from broker.provider.wire import refusal
from broker.tokens.authorization import Authorization


def held_details(
    about: Authorization, holder: Client, terms: Terms, names: Callable[[], Mapping[str, str]]
) -> tuple[Detail, ...]:
    """What the person allowed, of it what is good where the token is. Whoever got the token by exchange has own names for the
    children: `names` gives them by those under which they were allowed.

    Raises:
        OAuth2Error: invalid_authorization_details.
    """
    details: Iterable[Detail] = read(about.authorization_details)
    if terms.audience:
        details = good_at(details, terms.audience)
    if holder.client_id != about.client_id:
        found = tuple(details)
        details = known_as(found, names() if any(detail.children for detail in found) else {})
    held = tuple(details)
    require_no_others(terms.asked_details, held)
    return held


def require_no_others(unverified_text: str | None, held: tuple[Detail, ...]) -> None:
    """A token request may repeat the details that its token holds. More was not allowed; fewer would need tokens that keep their
    own. Either is refused rather than answered with a token for something else.

    Raises:
        OAuth2Error: invalid_authorization_details (RFC 9396 6).
    """
    if unverified_text is None:
        return
    try:
        asked = details_of(strict_json(unverified_text))
    except (BadJson, BadDetails) as error:
        raise refusal("invalid_authorization_details", "authorization_details is not what its types allow") from error
    if not are_same(asked, held):
        raise refusal("invalid_authorization_details", "authorization_details is not what the token would hold")

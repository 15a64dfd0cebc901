"""Who tries what discovery says of leaving: each promise, with a sign-in and a sign-out of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwe

from broker.signout.logout_token import LogoutTokens
from broker.tokens.names import Names
from tests.rooms.provider.readers import EC, ENCRYPTION_KEYS, read_jwt
from tests.rooms.provider.stand import ISSUER, RelyingParty, Stand, answer_of

OUT = "https://diary.example.ru/out"


def logout_tokens(stand: Stand, party: RelyingParty, **changes: Any) -> tuple[dict[str, Any], list[str]]:
    """The ID token of a sign-in, and the logout tokens that wait once its session has been ended."""
    stand.change("diary", backchannel_logout_uri=OUT)
    browser = stand.browser()
    session = browser.sign_in()
    claims = read_jwt(stand, party.tokens(browser)["id_token"], party.client.id_token_signed_response_alg)
    stand.change("diary", **changes)
    rooms = stand.rooms
    with stand.app.app_context():
        rooms.sign_out.end_session(session.id, "sign_out")
        writer = LogoutTokens(rooms.envelopes, Names(rooms.vault), rooms.clients.find, rooms.outside)
        parcels = [writer.parcel(taken) for taken in rooms.deliveries.waiting(session.id, "logout", 5)]
    return claims, [parse_qs(parcel.body.decode())["logout_token"][0] for parcel in parcels]


def _back_channel(stand: Stand, party: RelyingParty) -> None:
    claims, [token] = logout_tokens(stand, party)
    told = read_jwt(stand, token, party.client.id_token_signed_response_alg)
    assert {name: claims[name] for name in ("iss", "sub", "aud", "sid")} == {
        name: told[name] for name in ("iss", "sub", "aud", "sid")
    }


def _front_channel(stand: Stand, party: RelyingParty) -> None:
    stand.change("diary", frontchannel_logout_uri=OUT)
    browser = stand.browser()
    browser.sign_in()
    hint = party.tokens(browser)["id_token"]
    sid = read_jwt(stand, hint, party.client.id_token_signed_response_alg)["sid"]
    page = browser.get(browser.get("/end_session?" + urlencode({"id_token_hint": hint})).headers["Location"])
    [frame] = re.findall(r'<iframe src="([^"]+)"', page.text)
    asked = parse_qs(urlsplit(frame.replace("&amp;", "&")).query)
    assert frame.startswith(OUT) and {"iss": [ISSUER], "sid": [sid]} == asked


def _check_session(stand: Stand, party: RelyingParty) -> None:
    browser = stand.browser()
    browser.sign_in()
    said = browser.get("/.well-known/openid-configuration").json["check_session_iframe"]
    assert "session_state" in answer_of(party.authorize(browser))
    page = browser.get(said)
    assert 200 == page.status_code and "check_session.js" in page.text


def encrypted_logout_token(stand: Stand, party: RelyingParty) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a logout token for a client whose ID tokens are encrypted."""
    wanted = {"id_token_encrypted_response_alg": "ECDH-ES", "id_token_encrypted_response_enc": "A256GCM", "jwks": ENCRYPTION_KEYS}
    _, [token] = logout_tokens(stand, party, **wanted)
    # The library knows no `iss` in a header, and need not (RFC 7516 4).
    found = jwe.decrypt_compact(token, EC, registry=jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"], strict_check_header=False))
    content = (found.plaintext or b"").decode()
    return dict(found.protected), read_jwt(stand, content, party.client.id_token_signed_response_alg)


LEAVING: Mapping[str, Callable[[Stand, RelyingParty], None]] = {
    "backchannel_logout_supported": _back_channel,
    "backchannel_logout_session_supported": _back_channel,
    "frontchannel_logout_supported": _front_channel,
    "frontchannel_logout_session_supported": _front_channel,
    "check_session_iframe": _check_session,
}

__all__ = ["LEAVING", "encrypted_logout_token"]

"""Forms of programs: read whole or not at all, and carried to Authlib as it would have made them."""

from __future__ import annotations

import pytest
from authlib.oauth2.rfc6749 import OAuth2Request
from flask import Request
from werkzeug.test import EnvironBuilder

from broker.provider.carried import CarriedRequest
from broker.provider.request.parameters import MAX_REQUEST, UnreadableBody, form_parameters

LONGEST = b"a=1&" + b"b" * (MAX_REQUEST - 4)
# What a server says of a body: how long it is (or nothing, when it comes in pieces), and whether it ends by itself.
SAID = pytest.mark.parametrize("said", [
    {}, {"wsgi.input_terminated": True}, {"wsgi.input_terminated": True, "CONTENT_LENGTH": None},
], ids=["length", "both", "end"])  # fmt: skip


def posted(body: bytes, said: dict[str, object]) -> Request:
    environ = EnvironBuilder(method="POST", data=body, content_type="application/x-www-form-urlencoded").get_environ() | said
    return Request({name: value for name, value in environ.items() if value is not None})


@SAID
def test_a_form_is_read_up_to_its_limit(said: dict[str, object]) -> None:
    request = posted(LONGEST, said)

    assert "1" == form_parameters(request).get("a")
    assert "1" == form_parameters(request).get("a"), "also when it is read again"
    assert LONGEST == request.get_data()
    with pytest.raises(UnreadableBody, match="too large"):
        form_parameters(posted(LONGEST + b"b", said))


def test_a_carried_request_is_as_authlib_makes_it() -> None:
    """All that its constructor sets is there, and nothing of it that changes is shared by two requests."""
    usual, ours = vars(OAuth2Request("POST", "https://localhost/")), vars(CarriedRequest("POST", {}, {}))

    for name in usual.keys() - {"headers", "payload"}:
        assert usual[name] == ours[name]
        assert isinstance(ours[name], str | None), name

"""The table of metadata covers every field of a client, and whatever comes in is answered in the words of the standard."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.clients.client import Client
from broker.registration.description import described
from broker.registration.fields import FIELDS, NAMES, OURS, written
from tests.rooms.registration.conftest import AWAY, ISSUER, Office, service

ERRORS = {
    "invalid_redirect_uri", "invalid_client_metadata", "invalid_software_statement", "unapproved_software_statement",
}  # fmt: skip
# Otherwise only the first refusal would ever be reached.
_SOUND = {
    "redirect_uris": [AWAY], "grant_types": ["authorization_code"], "client_name": "Кружок", "organisation": "АНО",
}  # fmt: skip
_TEXTS = st.text(max_size=40) | st.sampled_from(
    [AWAY, "RS256", "none", "openid snils", "private_key_jwt", "https://[", "a:/b", "\0"]
)
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | _TEXTS
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4), max_leaves=12
)
_METADATA = st.dictionaries(st.sampled_from(sorted(NAMES | {"software_statement"})) | st.text(max_size=10), _VALUES, max_size=6)
_FEW = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture, *HealthCheck]
)


def test_every_field_of_a_client_has_its_row() -> None:
    ruled = [field.field for field in FIELDS]

    assert {field.name for field in fields(Client)} == set(ruled) | OURS
    assert len(ruled) == len(set(ruled)) and not set(ruled) & OURS
    assert len(FIELDS) == len({field.name for field in FIELDS})


def test_the_description_knows_every_name() -> None:
    assert NAMES <= set(described(ISSUER)["components"]["schemas"]["ClientMetadata"]["properties"])


def test_what_is_written_can_be_registered_again(office: Office) -> None:
    token = office.initial()
    made = office.registered(token, **service(scope="openid school", default_max_age=60, require_auth_time=True))

    copy = office.client(office.registered(token, **written(office.client(made))))

    own = {"client_id", "secrets", "version"}
    first = office.client(made)
    assert [] == [name for name in Client.__slots__ if name not in own and getattr(copy, name) != getattr(first, name)]


@_FEW
@given(metadata=_METADATA, is_sound=st.booleans())
def test_whatever_a_service_says(office: Office, metadata: dict[str, Any], is_sound: bool) -> None:
    said = ({**_SOUND, **metadata}) if is_sound else metadata
    token = office.initial()

    answer = office.ask("POST", "/register", json.dumps(said).encode(), token)

    assert answer.status_code in (201, 400), answer.text
    if answer.status_code == 400:
        assert answer.get_json()["error"] in ERRORS
    else:
        found = answer.get_json()
        changed = office.manage("PUT", found, {**_SOUND, "client_id": found["client_id"]})
        assert (200, 204) == (changed.status_code, office.manage("DELETE", changed.get_json()).status_code), changed.text


@_FEW
@given(body=st.binary(max_size=200))
def test_whatever_bytes_come(office: Office, body: bytes) -> None:
    assert office.ask("POST", "/register", body, office.initial()).status_code in (201, 400)

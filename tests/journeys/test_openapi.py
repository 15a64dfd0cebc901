"""Our JSON endpoints are described, all of them and nothing else, and answer as described whatever is sent."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from broker.audit.event import SYSTEM
from broker.provider.routes import MACHINE_VIEWS
from broker.provisioning.tokens import DiaryTokens
from broker.registration.description import described
from broker.registration.initial_tokens import InitialTokens
from broker.registration.routes import MACHINE_VIEWS as REGISTRATION_VIEWS
from tests.support.town import Town

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# 501 is what RFC 7644 3.11 demands at /Me; signals of a stream and what browsers load are no JSON interface of ours.
_LIFE = timedelta(days=30)
NOT_IMPLEMENTED = {"/scim/v2/Me"}
_FEW = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
OPERATIONS = sorted(
    (path, method)
    for path, item in described("http://127.0.0.1")["paths"].items()
    for method in item
    if method in ("get", "put", "post", "delete", "patch") and path not in NOT_IMPLEMENTED
)


def test_every_json_route_is_described_and_nothing_else(sqlite_town: Town) -> None:
    app = sqlite_town.house.app
    there = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
        and (rule.endpoint in MACHINE_VIEWS | REGISTRATION_VIEWS or rule.endpoint.startswith(("provisioning.", "security_api.")))
        and not rule.rule.endswith("<path:unknown>")
    }
    said = {(path, method) for path, item in described("x")["paths"].items() for method in item if method != "parameters"}
    # SCIM answers 405 itself, so its routes take every method.
    scim = {pair for pair in there - said if pair[0].startswith("/scim/v2/")}

    assert (set(), set()) == (said - there, there - said - scim)
    assert {path for path, _ in scim} <= {path for path, _ in said}


def test_it_is_served_with_the_address_of_the_house(sqlite_town: Town) -> None:
    answer = requests.get(f"{sqlite_town.issuer}/openapi.json", timeout=30)
    again = requests.get(f"{sqlite_town.issuer}/openapi.json", headers={"If-None-Match": answer.headers["ETag"]}, timeout=30)

    assert ("3.1.0", [{"url": sqlite_town.issuer}]) == (answer.json()["openapi"], answer.json()["servers"])
    assert ("*", 304) == (answer.headers["Access-Control-Allow-Origin"], again.status_code)


@pytest.fixture(scope="module")
def api(sqlite_town: Town) -> Any:
    """The description as schemathesis reads it, from the address it is served at."""
    return schemathesis.openapi.from_wsgi("/openapi.json", sqlite_town.house.app)


@pytest.fixture(scope="module")
def tokens(sqlite_town: Town) -> dict[str, str]:
    """What opens the endpoints whose paths begin so; without it nothing behind the door would be reached."""
    house = sqlite_town.house
    with house.app.app_context():
        _, initial = InitialTokens(house.database, house.journal, house.outside).add("fuzz", 10_000, _LIFE, {}, SYSTEM)
        _, diary = DiaryTokens(house.database, house.journal, house.outside).add("fuzz", "29", _LIFE, SYSTEM)
    basic = base64.b64encode(f"diary:{sqlite_town.secrets['diary']}".encode()).decode()
    own = dict.fromkeys(("/introspect", "/revoke", "/par", "/token"), f"Basic {basic}")
    return own | {"/register": f"Bearer {initial}", "/scim/": f"Bearer {diary}"}


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda value: str(value))
def test_it_answers_as_described(api: Any, tokens: dict[str, str], path: str, method: str) -> None:
    operation = api[path][method.upper()]
    sent = next((token for beginning, token in tokens.items() if path.startswith(beginning) and "{client_id}" not in path), "")
    mode = st.sampled_from([schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE])

    @_FEW
    @given(data=st.data(), chosen=mode)
    def run(data: Any, chosen: schemathesis.GenerationMode) -> None:
        try:
            case = data.draw(operation.as_strategy(generation_mode=chosen))
        except Exception as error:  # an operation without anything to get wrong has no negative cases
            if "Unsatisfiable" in type(error).__name__:
                return
            raise
        if sent:
            case.headers = {**(case.headers or {}), "Authorization": sent}
        case.call_and_validate(checks=CHECKS)

    run()

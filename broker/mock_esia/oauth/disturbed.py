"""The faults that refuse, or spoil the answers of the two OAuth endpoints."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from werkzeug.wrappers import Response

from broker.mock_esia.faults.board import Fault, fault_of_this_request
from broker.mock_esia.oauth.authorization import AuthorizationRequest
from broker.mock_esia.oauth.refusals import EsiaRefusal
from broker.mock_esia.oauth.returns import with_fields, with_refusal

_REFUSES = {"busy": "007008", "unexpected": "007007", "lost_consent": "007011"}


def require_undisturbed() -> None:
    """Refuse as the armed fault says. Raises EsiaRefusal before anything was read or spent."""
    fault = fault_of_this_request()
    if fault is None:
        return
    if fault.kind == "refusal":
        raise EsiaRefusal(fault.code)
    if fault.kind in _REFUSES:
        raise EsiaRefusal(_REFUSES[fault.kind])


def spoilt_answer(body: Mapping[str, object], flaw: str | None) -> dict[str, object]:
    """The answer of the token endpoint as the fault makes it; the tokens in it were spoilt while they were made."""
    changes: dict[str, dict[str, object]] = {
        "wrong_state": {"state": str(uuid.uuid4())},
        "wrong_token_type": {"token_type": "mac"},
        "text_numbers": {"expires_in": str(body["expires_in"])},
    }
    left_out = {"no_id_token": "id_token", "no_access_token": "access_token"}.get(flaw or "")
    return {name: value for name, value in {**body, **changes.get(flaw or "", {})}.items() if name != left_out}


def spoilt_return(asked: AuthorizationRequest, fault: Fault) -> Response:
    """The way back to the client as the fault makes it. The code that was made is never told."""
    if fault.kind in ("refusal", "lost_consent"):
        return with_refusal(asked.redirect_uri, EsiaRefusal(fault.code if fault.kind == "refusal" else "007004"), asked.state)
    code = {"code": "code.that.nobody-issued"}
    fields = {
        "wrong_state": {**code, "state": str(uuid.uuid4())},
        "no_state": code,
        "no_code": {"state": asked.state},
        "unknown_code": {**code, "state": asked.state},
    }
    return with_fields(asked.redirect_uri, fields[fault.kind])

"""Two requests as the client makes them, without a person: what does ESIA say of who asks?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urljoin, urlsplit

from broker.connectors.esia.doctor.findings import Finding
from broker.connectors.esia.doctor.host import asked
from broker.connectors.esia.doctor.instruments import Instruments
from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.talk.codes import known
from broker.connectors.port import Connector, UpstreamFailed
from broker.foundation.outside import HttpFailure, HttpResponse

_CODE = re.compile(rb"ESIA-(\d{6})")
_OF_DETAIL = "ESIA-"
# What ESIA says of a code that it never gave: by then it has checked who asks.
_INVENTED = "007011"
_REGISTERED = (
    "The technical portal must show, for the system {client_id}, an active certificate with the hash above; if it does, look at "
    "the signer."
)
# Where the doctor can say more than that code's general advice.
_MORE: Mapping[str, str] = {
    "007002": _REGISTERED,
    "007005": f"Check esia.client_id first. {_REGISTERED}",
    "007053": _REGISTERED,
    "007019": "Ask for these scopes in the registration of {client_id}, or take what is too much out of esia.scopes: {scopes}.",
    "007023": "Register {return_url} for {client_id} on the technical portal.",
}


def try_request(tools: Instruments, settings: EsiaSettings) -> Finding:
    """A signed authorization request. That ESIA shows its sign-in page is no proof of the signature: some have seen it checked
    only after the sign-in. `try_token` is."""
    try:
        leg = tools.open_client(settings).begin(tools.return_url)
    except (ValueError, UpstreamFailed) as broken:
        return Finding("request", "request_unsigned", {"why": _static(broken)})
    try:
        answer = asked(tools, leg.url)
    except HttpFailure as failure:
        return Finding("request", "request_unanswered", {"why": failure.kind})
    return _read(tools, answer)


def try_token(tools: Instruments, settings: EsiaSettings) -> Finding:
    """A token request with a code that we made up."""
    try:
        client = tools.open_client(settings)
        failed = _refused(client, tools)
    except (ValueError, UpstreamFailed) as broken:
        return Finding("token_request", "token_unclear", {"why": _static(broken)})
    if not failed.detail.startswith(_OF_DETAIL):
        return Finding("token_request", "token_unclear", {"why": failed.detail})
    code = failed.detail.removeprefix(_OF_DETAIL)
    if code == _INVENTED:
        return Finding("token_request", "token_accepted", {"esia_code": code})
    return Finding("token_request", "token_refused", _explained(tools, code))


def _refused(client: Connector, tools: Instruments) -> UpstreamFailed:
    """How the client was refused.

    Raises:
        UpstreamFailed: it could not even begin.
    """
    leg = client.begin(tools.return_url)
    try:
        client.complete({"state": leg.state, "code": tools.outside.token()}, leg, tools.return_url)
    except UpstreamFailed as failed:
        return failed
    # Nobody can be behind a code that does not exist.
    return UpstreamFailed(0, "an invented code was taken for a real one")


def _read(tools: Instruments, answer: HttpResponse) -> Finding:
    if answer.status >= 300 and "location" in answer.headers:
        return _led(tools, urljoin(tools.settings.base_url, answer.headers["location"]))
    found = _CODE.search(answer.body)
    if found:
        return Finding("request", "request_refused", _explained(tools, found.group(1).decode("ascii")))
    return Finding("request", "request_page", {"status": str(answer.status)})


def _led(tools: Instruments, unverified_target: str) -> Finding:
    """Back to us with a refusal, or on to ESIA's own pages."""
    if unverified_target.startswith(tools.return_url):
        said = " ".join(parse_qs(urlsplit(unverified_target).query).get("error_description", ())).encode("utf-8", "replace")
        found = _CODE.search(said)
        code = found.group(1).decode("ascii") if found else ""
        return Finding("request", "request_refused", _explained(tools, code))
    is_theirs = urlsplit(unverified_target).netloc == urlsplit(tools.settings.base_url).netloc
    return Finding("request", "request_to_login" if is_theirs else "request_elsewhere")


def _explained(tools: Instruments, code: str) -> dict[str, str]:
    found = known(code)
    more = _MORE.get(code, "").format(
        client_id=tools.settings.client_id, scopes=" ".join(tools.settings.scopes), return_url=tools.return_url
    )
    return {"esia_code": code or "none", "meaning": found.meaning, "staff": more or found.staff}


def _static(broken: Exception) -> str:
    """Sentences of ours: those of settings and signers, and the details of failures."""
    return broken.detail if isinstance(broken, UpstreamFailed) else str(broken).rstrip(".")

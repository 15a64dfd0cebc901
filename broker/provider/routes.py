"""Every endpoint of the OpenID Provider."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Request, Response, redirect, request
from werkzeug.sansio.http import parse_cookie
from werkzeug.wrappers import Response as AnyResponse

from broker.audit.checkpoints import published_keys
from broker.clients.client import Client
from broker.directory.person import Child
from broker.foundation.jose import SignerSilent
from broker.limits.places import place_of
from broker.provider.across_origins import AcrossOrigins
from broker.provider.answering.answer import private
from broker.provider.answering.authorize import RESUME_PATH, AuthorizationEndpoint, Browser
from broker.provider.answering.cause_pages import CausePages
from broker.provider.caller.methods import checks
from broker.provider.caller.sender import Sender, make_sender, offer_nonce
from broker.provider.carried import CarriedRequest
from broker.provider.device.endpoint import DeviceEndpoint
from broker.provider.device.routes import device_routes
from broker.provider.discovery import Offer, discovery_of
from broker.provider.documents import AUDIT_KEYS_PATH, DISCOVERY_MAX_AGE, DISCOVERY_PATHS, ENDPOINTS, Document
from broker.provider.granting.engine import Engine, ProofBooks
from broker.provider.granting.pipeline import TokenPipeline, TokenTools
from broker.provider.granting.still_allowed import StillAllowed
from broker.provider.here import this_request
from broker.provider.logout.check_session import session_routes
from broker.provider.logout.leaving import LeavingEndpoint
from broker.provider.logout.sign_out_pages import CONFIRM_PATH, DONE_PATH, WORD, SignOutPages
from broker.provider.mistakes import Mistakes
from broker.provider.request.asking import CheckTools
from broker.provider.request.hints import HintReader
from broker.provider.request.parameters import Parameters, UnreadableBody, form_parameters, query_parameters
from broker.provider.request.parking import FIELD, Parking
from broker.provider.request.push_endpoint import PushEndpoint
from broker.provider.request.pushed import PushedRequests
from broker.provider.request.request_object import RequestObjects
from broker.provider.request.sources import Sources
from broker.provider.rooms import ProviderRooms
from broker.provider.signalling.routes import signal_routes
from broker.provider.token_use.desks import introspection_of, revocation_of, userinfo_of
from broker.provider.token_use.userinfo import UserInfo
from broker.provider.wire import OnOurPage, refusal
from broker.storage.shelf import ShelfUnavailable
from broker.tokens.confirmation import Confirmation
from broker.tokens.decryption_keys import DecryptionKeys
from broker.tokens.rehearsal import Rehearsals

# Parameters that an error may name; another name is the caller's own text and is not repeated.
_NAMED = frozenset({
    "grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "token", "token_type_hint",
    "client_id", "client_secret", "client_assertion", "client_assertion_type", "device_code", "subject_token",
    "subject_token_type", "actor_token", "actor_token_type", "requested_token_type", "resource", "audience",
    "authorization_details",
})  # fmt: skip
# Views that programs call: whatever goes wrong there is answered in JSON.
_MACHINE_VIEWS = (
    "token", "push", "device_authorization", "revoke", "introspect", "user_info", "key_set", "discovery", "audit_key_set",
    "ssf_configuration", "ssf_stream", "ssf_status", "ssf_add_subject", "ssf_remove_subject", "ssf_verify", "ssf_poll",
)
MACHINE_VIEWS = frozenset(f"provider.{view}" for view in _MACHINE_VIEWS)


def routes(rooms: ProviderRooms) -> Blueprint:
    """The blueprint of the provider. Every path that discovery names is registered here from the same table."""
    blueprint = Blueprint("provider", __name__)
    still_allowed, sender = _still_allowed(rooms), make_sender(rooms)
    rehearsals = Rehearsals(rooms.shelf, rooms.vault.fingerprints, rooms.outside.token)
    engine, sources = _engine(rooms, still_allowed, sender, rehearsals), _sources(rooms)
    tools = CheckTools(rooms.clients.find, sources.resolved, HintReader(rooms.settings.issuer, rooms.vault.ring))
    engine.register_endpoint(PushEndpoint(sources, tools, lambda client: sender.key_named(request, client)))
    pages = CausePages(rooms)
    _add_machine_endpoints(blueprint, rooms, engine)
    _add_userinfo(blueprint, userinfo_of(rooms, sender, still_allowed, rehearsals))
    _add_browser_endpoints(blueprint, rooms, engine, AuthorizationEndpoint(rooms, engine, tools, sources.pushed))
    device_routes(blueprint, rooms)
    session_routes(blueprint, rooms)
    signal_routes(blueprint, rooms, sender, ENDPOINTS["jwks_uri"])
    blueprint.after_request(offer_nonce)
    blueprint.after_request(AcrossOrigins(ENDPOINTS, DISCOVERY_PATHS).allow)
    blueprint.register_error_handler(OnOurPage, pages.of)
    blueprint.register_error_handler(ShelfUnavailable, lambda _: pages.unavailable(engine))
    blueprint.register_error_handler(SignerSilent, lambda _: pages.unavailable(engine))
    return blueprint


def _still_allowed(rooms: ProviderRooms) -> StillAllowed:
    def local_day(region: str) -> date:
        return rooms.policies.of_region(region).local_day(rooms.outside.now())

    def children_of(client: Client, person_id: str) -> tuple[tuple[str, Child], ...]:
        children = rooms.directory.children_of(person_id)
        return tuple((rooms.mint.subject(client, child.person_id), child) for child in children)

    return StillAllowed(rooms.database, rooms.journal, rooms.standing, rooms.consents, local_day, children_of)


def _engine(rooms: ProviderRooms, still_allowed: StillAllowed, sender: Sender, rehearsals: Rehearsals) -> Engine:
    issuer = rooms.settings.issuer

    def sender_of(client: Client) -> Confirmation | None:
        asked = this_request()
        rooms.saw_client(place_of(asked.remote_addr or ""), client)
        return sender.of(asked, client)

    tools = TokenTools(rooms.database, rooms.grants, rooms.journal, rooms.mint, rooms.token_settings, sender_of)
    pipeline = TokenPipeline(tools, still_allowed)
    mistakes = Mistakes(rooms.clients.find, rooms.shelf, rooms.limits, rooms.database, rooms.journal)
    books = ProofBooks(rooms.codes, rooms.device_codes, rooms.living, rehearsals, mistakes)
    engine = Engine(rooms.clients.find, rooms.outside.now, books, pipeline, checks(rooms, ENDPOINTS))
    engine.register_endpoint(revocation_of(rooms))
    engine.register_endpoint(introspection_of(rooms, still_allowed))
    key_named = partial(sender.key_named, request)
    engine.register_endpoint(DeviceEndpoint(rooms, lambda: request.remote_addr or "", key_named))
    engine.register_endpoint(LeavingEndpoint(HintReader(issuer, rooms.vault.ring)))
    return engine


def _decryption(rooms: ProviderRooms) -> DecryptionKeys:
    return DecryptionKeys(rooms.vault.opener, rooms.database, rooms.journal, rooms.token_settings.decryption_key_life)


def _sources(rooms: ProviderRooms) -> Sources:
    opened = _decryption(rooms).open
    objects = RequestObjects(rooms.settings.issuer, rooms.key_sets.key_for, opened, rooms.shelf, rooms.outside.now)
    pushed = PushedRequests(rooms.shelf, rooms.outside, rooms.settings.pushed_request_ttl)
    return Sources(objects, pushed, rooms.fetcher.fetch, rooms.settings.require_pushed_authorization_requests)


def _add_userinfo(blueprint: Blueprint, userinfo: UserInfo) -> None:
    @blueprint.route(ENDPOINTS["userinfo_endpoint"], methods=["GET", "POST"])
    def user_info() -> Response:
        return userinfo.answer(this_request())


def _add_machine_endpoints(blueprint: Blueprint, rooms: ProviderRooms, engine: Engine) -> None:
    ring = rooms.vault.ring
    # Settings do not change while we run; what signs may.
    metadata = Document(lambda: discovery_of(Offer(rooms, ENDPOINTS, ring.algorithms())), DISCOVERY_MAX_AGE, ring.algorithms)
    decryption = _decryption(rooms)
    proofs = Document(lambda: published_keys(rooms.vault.audit_ring), rooms.jwks_max_age)
    keys = Document(lambda: engine.rehearsals.beside(decryption.beside(ring.published())), rooms.jwks_max_age)

    @blueprint.post(ENDPOINTS["token_endpoint"])
    def token() -> Response:
        return _with_form(engine, "grant_type", engine.create_token_response)

    @blueprint.post(ENDPOINTS["pushed_authorization_request_endpoint"])
    def push() -> Response:
        pushing = partial(engine.create_endpoint_response, PushEndpoint.ENDPOINT_NAME)
        return _with_form(engine, "client_id", pushing)

    @blueprint.post(ENDPOINTS["device_authorization_endpoint"])
    def device_authorization() -> Response:
        return _with_form(engine, "", partial(engine.create_endpoint_response, DeviceEndpoint.ENDPOINT_NAME))

    @blueprint.post(ENDPOINTS["revocation_endpoint"])
    def revoke() -> Response:
        return _with_form(engine, "token", lambda carried: engine.create_endpoint_response("revocation", carried))

    @blueprint.post(ENDPOINTS["introspection_endpoint"])
    def introspect() -> Response:
        return _with_form(engine, "token", lambda carried: engine.create_endpoint_response("introspection", carried))

    @blueprint.get(ENDPOINTS["jwks_uri"])
    def key_set() -> Response:
        # Before the answer: a key that comes in between is in it, and not in what is noted.
        rooms.saw_fetch(place_of(request.remote_addr or ""))
        return keys.answer(request)

    @blueprint.get(AUDIT_KEYS_PATH)
    def audit_key_set() -> Response:
        return proofs.answer(request)

    @blueprint.get(DISCOVERY_PATHS[0])
    @blueprint.get(DISCOVERY_PATHS[1])
    def discovery() -> Response:
        return metadata.answer(request)


def _add_browser_endpoints(
    blueprint: Blueprint, rooms: ProviderRooms, engine: Engine, authorization: AuthorizationEndpoint
) -> None:
    sign_out = SignOutPages(rooms, engine)
    parking = Parking(rooms.shelf, rooms.outside)
    session_cookie, browser_cookie = rooms.cookies.name_of("session"), rooms.cookies.name_of("browser")

    def browser() -> Browser:
        # What `Request.cookies` reads, which goes through all other headers to find it. Of one name the first counts, as there.
        pairs: Any = parse_cookie(this_request().environ.get("HTTP_COOKIE"), list)  # type: ignore[arg-type]
        sent = dict(reversed(pairs))
        return Browser(sent.get(session_cookie), sent.get(browser_cookie))

    def parameters_or_detour() -> Parameters | AnyResponse:
        asked = this_request()
        path = asked.path
        if asked.method == "POST":
            found = _form_or_page(asked)
            if browser().session_cookie is None:
                return private(redirect(f"{path}?{FIELD}={parking.leave(path, found)}", 303))
            return found
        # Nearly no request was parked, and reading the address twice costs more than looking for the word.
        word = asked.args.get(FIELD) if FIELD.encode() in asked.query_string else None
        return query_parameters(asked) if word is None else _parked_or_page(parking.fetch(path, word))

    @blueprint.route(ENDPOINTS["authorization_endpoint"], methods=["GET", "POST"])
    def authorize() -> AnyResponse:
        found = parameters_or_detour()
        return authorization.begin(found, browser()) if isinstance(found, Parameters) else found

    @blueprint.get(RESUME_PATH)
    def resume() -> AnyResponse:
        return authorization.resume(request.args.get("attempt", ""), browser())

    @blueprint.route(ENDPOINTS["end_session_endpoint"], methods=["GET", "POST"])
    def end_session() -> AnyResponse:
        found = parameters_or_detour()
        return sign_out.begin(request, found) if isinstance(found, Parameters) else found

    @blueprint.get(CONFIRM_PATH)
    def ask_end_session() -> AnyResponse:
        return sign_out.ask_again(request, request.args.get(WORD, ""))

    @blueprint.post(CONFIRM_PATH)
    def confirm_end_session() -> AnyResponse:
        return sign_out.confirm(request, request.args.get(WORD, ""))

    @blueprint.get(DONE_PATH)
    def end_session_done() -> AnyResponse:
        return sign_out.done(request, request.args.get(WORD, ""))


def _with_form(engine: Engine, required: str, answer: Callable[[CarriedRequest], Response]) -> Response:
    """Read the form of a machine's request, refuse what is not sound, and let the engine answer."""
    asked = this_request()
    try:
        parameters = form_parameters(asked)
        if parameters.unsound:
            name, problem = next(iter(parameters.unsound.items()))
            raise refusal("invalid_request", f"{name if name in _NAMED else 'a parameter'} {problem}")
        if required and parameters.get(required) is None:
            raise refusal("invalid_request", f"{required} is missing")
    except UnreadableBody as error:
        return engine.handle_error_response(CarriedRequest("POST", {}, {}), refusal("invalid_request", error.reason))
    except OAuth2Error as error:
        return engine.handle_error_response(CarriedRequest("POST", {}, {}), error)
    try:
        return answer(CarriedRequest("POST", parameters.values, asked.headers, parameters.lists))
    except OAuth2Error as error:
        return engine.handle_error_response(CarriedRequest("POST", {}, {}), error)


def _form_or_page(asked: Request) -> Parameters:
    try:
        return form_parameters(asked)
    except UnreadableBody as error:
        raise OnOurPage(7004) from error


def _parked_or_page(found: Parameters | None) -> Parameters:
    if found is None:
        raise OnOurPage(1002)
    return found

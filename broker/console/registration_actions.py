"""What staff do about services that register themselves: tokens, issuers of software statements, what waits for a registrar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from broker.audit.event import Actor
from broker.clients.client import Client
from broker.clients.developers_store import DeveloperStore
from broker.console.client_actions import described
from broker.console.refused import Refused
from broker.console.registration import changed
from broker.registration.approvals import Approvals, Issuers, NothingWaits
from broker.registration.initial_tokens import InitialTokens, TokenNotMade
from broker.registration.tokens_store import InitialToken

# Settled when the service comes: who it is, and what it still waits for.
_NOT_PRESET = ("waiting_scopes", "redirect_uris", "jwks")


@dataclass(frozen=True, slots=True)
class RegistrationDesk:
    """What the actions on registration need."""

    tokens: InitialTokens
    issuers: Issuers
    approvals: Approvals
    developers: DeveloperStore | None = None

    def add_token(self, name: str, uses: int, life: timedelta, preset: Mapping[str, Any], actor: Actor) -> Mapping[str, Any]:
        """A new initial access token; the answer holds `token`, and nobody can read it again. `preset` is stronger than what the
        service says; sensitive scopes in it are approved by it.

        Raises:
            Refused: a name, a number, a time or a preset that a token cannot have.
        """
        if any(field in preset for field in _NOT_PRESET):
            raise Refused(f"A preset cannot hold: {', '.join(_NOT_PRESET)}.")
        # Read as a registration is, so that a value of another kind is found out here and not by the first service.
        sample = Client(client_id="sample", client_name="x", client_name_en="x", organisation="x", redirect_uris=())
        settled = changed(sample, {name: value for name, value in preset.items() if name != "profile"})
        plain = {name: getattr(settled, name) for name in preset if name != "profile"}
        if "profile" in preset:
            plain["profile"] = _profile(preset["profile"])
        try:
            made, secret = self.tokens.add(name, uses, life, plain, actor)
        except TokenNotMade as refused:
            raise Refused(str(refused)) from None
        return {"initial_token": _described(made), "token": secret}

    def all_tokens(self) -> Mapping[str, Any]:
        """Every token, without its secret."""
        return {"initial_tokens": [_described(token) for token in self.tokens.all()]}

    def revoke_token(self, token_id: str, actor: Actor) -> Mapping[str, Any]:
        """Close a token at once; services that came with it stay. Raises Refused when there is none, or it was revoked before."""
        if not self.tokens.revoke(token_id, actor):
            raise Refused("There is no such token, or it was revoked before.")
        return {"revoked": token_id}

    def put_issuer(self, issuer: str, jwks: Mapping[str, Any], actor: Actor) -> Mapping[str, Any]:
        """Believe software statements of an issuer, or give it new keys. Raises Refused when the keys are of no use."""
        try:
            found = self.issuers.put(issuer, jwks, actor)
        except NothingWaits as refused:
            raise Refused(str(refused)) from None
        return {"statement_issuer": {"id": found.id, "issuer": found.issuer, "keys": len(found.jwks["keys"])}}

    def all_issuers(self) -> Mapping[str, Any]:
        """Every issuer there ever was."""
        return {
            "statement_issuers": [
                {"id": one.id, "issuer": one.issuer, "is_enabled": one.is_enabled, "keys": len(one.jwks["keys"])}
                for one in self.issuers.all()
            ]
        }

    def remove_issuer(self, issuer: str, actor: Actor) -> Mapping[str, Any]:
        """Believe an issuer no more; services that came with it stay. Raises Refused when it was not believed."""
        if not self.issuers.remove(issuer, actor):
            raise Refused("There is no such issuer, or it was removed before.")
        return {"removed": issuer}

    def waiting(self) -> Mapping[str, Any]:
        """Every service with something to decide, and what."""
        return {
            "waiting": [
                {
                    "client_id": one.client.client_id,
                    "client_name": one.client.client_name,
                    "client_name_en": one.client.client_name_en,
                    "organisation": one.client.organisation,
                    "redirect_uris": list(one.client.redirect_uris),
                    "way": one.way,
                    "waits": list(one.about),
                    "reasons": {scope: one.client.reason_for(scope, "ru") for scope in one.client.waiting_scopes},
                }
                for one in self.approvals.waiting()
            ]
        }

    def decide(self, client_id: str, about: Sequence[str], verdict: tuple[bool, str], actor: Actor) -> Mapping[str, Any]:
        """Approve or reject scopes and the word name; `verdict` is whether, and the reason. Raises Refused when nothing waits."""
        try:
            client = self.approvals.decide(client_id, about, verdict[0], verdict[1], actor)
        except NothingWaits as refused:
            raise Refused(str(refused)) from None
        return {"client": described(client)}


    def is_own(self, client_id: str, person_id: str) -> bool:
        """Whether somebody looks after this service themselves: then somebody else decides about it."""
        found = self.developers.find(person_id) if self.developers is not None else None
        return found is not None and self.developers is not None and client_id in self.developers.clients_of(found.organisation)

    def decide_as_staff(self, client_id: str, about: Sequence[str], verdict: tuple[bool, str], actor: Actor) -> Mapping[str, Any]:
        """As `decide`, by somebody of the staff: a person, who may have a service of their own. Raises Refused for that one."""
        if self.is_own(client_id, actor.id):
            raise Refused("Somebody else must decide about your own service.")
        return self.decide(client_id, about, verdict, actor)


def _profile(value: object) -> str:
    if value not in ("", "fapi2"):
        raise Refused("profile must be empty or fapi2.")
    return str(value)


def _described(token: InitialToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "uses_left": token.uses_left,
        "is_enabled": token.is_enabled,
        "ends_at": token.ends_at.isoformat(),
        "preset": dict(token.preset),
    }

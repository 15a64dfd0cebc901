"""What a developer typed about a new service, question by question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from broker.clients.addresses import LOOPBACK, BadAddress, require_address
from broker.console.developers.public_keys import BadKey, read_keys
from broker.console.developers.room import Service
from broker.screens.developer_pages import QUESTIONS, Answers
from broker.screens.field_errors import FieldError, first_of_each

_LONGEST_NAME, _LONGEST_REASON, _LONGEST_ADDRESS = 100, 140, 2000
_MOST_LINES: Final = 20
_MAIL: Final = re.compile(r"[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+", re.ASCII)
# It is no data of a person's, so there is nothing to give a reason for.
_NEEDS_NO_REASON: Final = "offline_access"


class Wrong(Exception):
    """An answer cannot be taken. `answers` are what to show again, without what must not be kept."""

    def __init__(self, answers: Answers, errors: tuple[FieldError, ...]):
        super().__init__("an answer cannot be taken")
        self.answers = answers
        self.errors = errors


def answered(before: Answers, step: int, form: Mapping[str, str], key: str, service: Service) -> Answers:
    """The answers with those of one question. `key` is the key as typed or sent in a file.

    Raises:
        Wrong: with a field error for everything that is wrong.
    """
    answers = _taken(before, step, form, key, service)
    errors = first_of_each(_errors(answers, step, service))
    if errors:
        private = any(error.message == "dev.private" for error in errors)
        raise Wrong(replace(answers, public_keys="") if private else answers, errors)
    return answers


def first_unanswered(answers: Answers, service: Service) -> int:
    """The first question without a good answer, 0 when all have one. A later answer can spoil an earlier one."""
    return next((step for step in range(1, len(QUESTIONS) + 1) if any(_errors(answers, step, service))), 0)


def lines_of(text: str) -> tuple[str, ...]:
    """The addresses of a field, one a line."""
    return tuple(dict.fromkeys(text.split()))


def _taken(before: Answers, step: int, form: Mapping[str, str], key: str, service: Service) -> Answers:
    if step == 1:
        environment = "production" if form.get("environment") == "production" else "sandbox"
        name, name_en = (form.get(field, "").strip()[:_LONGEST_NAME] for field in ("name", "name_en"))
        return replace(before, name=name, name_en=name_en, environment=environment)
    if step == 2:
        typed = ("\n".join(lines_of(form.get(field, ""))) for field in ("addresses", "sign_out_addresses"))
        addresses, after = (text[: _MOST_LINES * _LONGEST_ADDRESS] for text in typed)
        start, logout = (form.get(field, "").strip()[:_LONGEST_ADDRESS] for field in ("start_url", "logout_url"))
        return replace(before, addresses=addresses, sign_out_addresses=after, start_url=start, logout_url=logout)
    if step == 3:
        scopes = tuple(scope for scope in service.scopes if scope == "openid" or form.get(f"scope-{scope}"))
        reasons = tuple((scope, _why(form, "why", scope), _why(form, "why_en", scope)) for scope in scopes if scope != "openid")
        return replace(before, scopes=scopes, reasons=reasons)
    if step == 4:
        address = form.get("jwks_url", "").strip()[:_LONGEST_ADDRESS]
        return replace(before, jwks_url=address, public_keys=key, wants_secret=bool(form.get("wants_secret")))
    return replace(before, contact=form.get("contact", "").strip()[:254])


def _why(form: Mapping[str, str], field: str, scope: str) -> str:
    return form.get(f"{field}-{scope}", "").strip()[:_LONGEST_REASON]


def _errors(answers: Answers, step: int, service: Service) -> Iterator[FieldError]:
    if step == 1:
        yield from (FieldError(field, "dev.name") for field in ("name", "name_en") if not getattr(answers, field))
    elif step == 2:
        if not answers.addresses:
            yield FieldError("addresses", "dev.addresses")
        for field in ("addresses", "sign_out_addresses", "start_url", "logout_url"):
            yield from _address_errors(answers, field, service)
    elif step == 3:
        yield from _reason_errors(answers)
    elif step == 4:
        yield from _key_errors(answers, service)
    elif not _MAIL.fullmatch(answers.contact):
        yield FieldError("contact", "dev.contact")


def _address_errors(answers: Answers, field: str, service: Service) -> Iterator[FieldError]:
    for uri in lines_of(getattr(answers, field)):
        problem = _problem_of(uri, answers, service)
        if problem:
            yield FieldError(field, problem)
    if len(lines_of(getattr(answers, field))) > _MOST_LINES // 2:
        yield FieldError(field, "dev.address")


def _problem_of(uri: str, answers: Answers, service: Service) -> str:
    if "*" in uri:
        return "dev.wild"
    try:
        require_address(uri, is_public=False)
    except (BadAddress, ValueError):
        return "dev.address" if uri.startswith("https://") else "dev.https"
    is_own_machine = urlsplit(uri).hostname in LOOPBACK
    if answers.environment == "production":
        return "dev.https" if is_own_machine else ""
    # Where real people sign in, what nobody has looked at may send them only to the developer's own machine.
    return "dev.loopback" if service.has_real_people and not is_own_machine else ""


def _reason_errors(answers: Answers) -> Iterator[FieldError]:
    for scope, why, why_en in answers.reasons:
        if scope == _NEEDS_NO_REASON:
            continue
        if not why:
            yield FieldError(f"why-{scope}", "dev.reason")
        if not why_en:
            yield FieldError(f"why_en-{scope}", "dev.reason_en")


def _key_errors(answers: Answers, service: Service) -> Iterator[FieldError]:
    if answers.wants_secret and not answers.public_keys.strip():
        return
    if answers.public_keys.strip():
        try:
            read_keys(answers.public_keys)
        except BadKey as bad:
            yield FieldError("public_keys", bad.message)
    elif answers.jwks_url:
        if problem := _problem_of(answers.jwks_url, answers, service):
            yield FieldError("jwks_url", problem)
    else:
        yield FieldError("jwks_url", "dev.key_missing")

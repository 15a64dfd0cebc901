"""A phone or an e-mail as a value, and what makes one of an untrusted text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from broker.directory.field_refused import FieldRefused
from broker.foundation.normal_forms import email_form, phone_form

_PHONE_SIGNS = re.compile(r"[0-9+() .\u00a0\u2010-\u2015-]+", re.ASCII)
# RFC 5322 3.2.3 dot-atom; quoted local parts exist on paper only, and their signs could break a header apart.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", re.ASCII)
_LONGEST = 254


class Kind(Enum):
    """Which of the two."""

    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Contact:
    """`value` is the normal form: an address in lower case, or +7XXXXXXXXXX."""

    kind: Kind
    value: str
    confirmed_at: datetime | None

    def __repr__(self) -> str:
        return f"Contact({self.kind.value})"

    @property
    def masked(self) -> str:
        """As a page may show it to its owner: `a•••@example.org`, `+7 ••• •••-••-67`."""
        if self.kind is Kind.PHONE:
            return f"+7 ••• •••-••-{self.value[-2:]}"
        local, _, domain = self.value.partition("@")
        return f"{local[:1]}•••@{domain}"


def form_of(kind: Kind, unverified_text: str) -> str | None:
    """The normal form of a contact, or None when the text is not one."""
    if len(unverified_text) > _LONGEST:
        return None
    if kind is Kind.PHONE:
        text = unverified_text.strip()
        return phone_form(text) if _PHONE_SIGNS.fullmatch(text) else None
    address = email_form(unverified_text)
    if address is None:
        return None
    local, _, domain = address.rpartition("@")
    domain = _ascii_domain(domain)
    return f"{local}@{domain}" if len(local) <= 64 and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain) else None


def require_form(kind: Kind, unverified_text: str) -> str:
    """The normal form. Raises FieldRefused: email.empty, email.format, phone.empty, phone.format."""
    if not unverified_text.strip():
        raise FieldRefused(kind.value, f"{kind.value}.empty")
    form = form_of(kind, unverified_text)
    if form is None:
        raise FieldRefused(kind.value, f"{kind.value}.format")
    return form


def _ascii_domain(domain: str) -> str:
    """The form in which mail servers know a domain such as пример.рф (RFC 5890)."""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""

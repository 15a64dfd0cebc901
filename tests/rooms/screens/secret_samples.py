"""Examples of the page of secrets."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from broker.screens.calendar_pages import DateLine
from broker.screens.field_errors import FieldError
from broker.screens.pages import Page
from broker.screens.school_pages import PostForm
from broker.screens.secret_pages import JobLine, SecretLine, SecretsPage
from broker.screens.security_pages import SecurityFrame
from keys.secrets.purposes import NEVER_ROTATE, ROTATE, Purpose


def secret_samples(outer: SecurityFrame, form: PostForm, at: datetime) -> dict[str, Page]:
    """Quiet, in the middle of a rotation, after one that met records which do not open, refused."""
    frame, year = replace(outer, current="secrets"), timedelta(days=365)
    kept = tuple(SecretLine(one.value, "current", at, None, None) for one in Purpose if one in NEVER_ROTATE)
    quiet = (*kept, *(SecretLine(one.value, "current", at, at + year, None, form) for one in ROTATE))
    moving = tuple(SecretLine("personal", state, at, None, at + timedelta(hours=1)) for state in ("old", "current", "next"))
    master = DateLine("master_key", "", at + year, 365, "far", ends=False)
    others = (master, DateLine("client_secret", "olymp", at, 0, "over", ends=True))
    page = SecretsPage(frame, quiet, (), others)
    jobs = (JobLine("seal", 3500, 10_000, 0, at, None), JobLine("index", 10, 10, 2, at, at))
    begun = replace(frame, done="secret_rotates")
    return {
        "security, secrets": page,
        "security, secrets move": replace(page, frame=begun, secrets=(*quiet[1:], *moving), jobs=jobs),
        "security, secrets refused": replace(page, others=(), errors=(FieldError("secrets", "security.not_rotated"),)),
    }

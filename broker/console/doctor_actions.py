"""The doctor of the connection to ESIA, and the rehearsal of a new certificate: one way for command line, API and page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from broker.audit.catalogue_staff import UpstreamRehearsed
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.connectors.esia.client import open_esia
from broker.connectors.esia.doctor.examine import examine, rehearse
from broker.connectors.esia.doctor.findings import Finding, Report, State
from broker.connectors.esia.doctor.instruments import Instruments
from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.certificates import open_signers
from broker.connectors.esia.signing.settings import SignerSettings
from broker.console.refused import Refused
from broker.foundation.http_send import ca_file
from broker.foundation.outside import Outside
from broker.foundation.settings import HttpSettings
from broker.foundation.tls_look import TlsSeen, look_at_tls
from broker.storage.database import Database

_RETURN_PATH: Final = "/login/return/esia"
_ACCEPTED: Final = "token_accepted"


class Settings(Protocol):
    """The part of the settings that it needs."""

    @property
    def esia(self) -> EsiaSettings: ...
    @property
    def esia_signing(self) -> SignerSettings: ...
    @property
    def http(self) -> HttpSettings: ...
    @property
    def provider(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class DoctorDesk:
    """`ask` and `try_next` speak to ESIA with our key; nobody is signed in by them."""

    tools: Instruments

    def ask(self) -> Report:
        """Look at everything."""
        return examine(self.tools)

    def try_next(self, database: Database, journal: Journal, actor: Actor) -> Report:
        """Two requests with the next certificate; the journal keeps what ESIA said. Raises Refused without one."""
        try:
            report = rehearse(self.tools)
        except ValueError as refused:
            raise Refused(f"{str(refused)[:1].upper()}{str(refused)[1:]}.") from None
        token, certificate = report.of("token_request")[-1], report.of("certificate")[-1]
        with database.work():
            told = UpstreamRehearsed(
                certificate=certificate.facts.get("hash", ""),
                is_accepted=token.code == _ACCEPTED,
                esia_code=token.facts.get("esia_code", ""),
            )
            journal.append(told, actor)
        return report


def doctor_desk(settings: Settings, outside: Outside) -> DoctorDesk:
    """Made of the settings alone: it needs no database, and may be asked before there is one."""
    http = settings.http

    def look(host: str, port: int) -> TlsSeen:
        return look_at_tls(host, port, ca_file(http), http.connect_timeout)

    tools = Instruments(
        settings=settings.esia,
        outside=outside,
        return_url=f"{settings.provider.issuer}{_RETURN_PATH}",
        open_signer=lambda chosen: open_signers(chosen, outside, settings.esia_signing).chosen(),
        open_client=lambda chosen: open_esia(chosen, outside, settings.esia_signing),
        look_at_tls=look,
    )
    return DoctorDesk(tools)


def described(report: Report, settings: EsiaSettings) -> Mapping[str, Any]:
    """A report for programs."""
    return {
        "at": report.at.isoformat(),
        "host": urlsplit(settings.base_url).netloc,
        "is_fine": report.is_fine,
        "findings": [_described(one) for one in report.findings],
    }


def as_lines(report: Report) -> Mapping[str, Any]:
    """A report for people at a terminal: each finding whole, and under it what to do."""
    return {"findings": [line for one in report.findings for line in _lines(one)]}


def count_of_wrong(report: Report) -> int:
    """How many findings keep people out."""
    return sum(one.state is State.WRONG for one in report.findings)


def _described(one: Finding) -> dict[str, Any]:
    return {
        "check": one.check,
        "state": one.state.value,
        "code": one.code,
        "sentence": one.sentence,
        "advice": one.advice,
        "facts": dict(one.facts),
    }


def _lines(one: Finding) -> list[str]:
    first = f"{one.state.value:<12} {one.check:<18} {one.sentence}"
    return [first, *([f"{'':<31} -> {one.advice}"] if one.advice else [])]

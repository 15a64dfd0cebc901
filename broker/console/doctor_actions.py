"""The doctor of the connection to ESIA, and the rehearsal of a new certificate: one way for command line, API and page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from broker.audit.catalogue_staff import UpstreamExamined, UpstreamRehearsed
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.connectors.esia.client import open_esia
from broker.connectors.esia.doctor.examine import examine, rehearse
from broker.connectors.esia.doctor.findings import Finding, Report, State
from broker.connectors.esia.doctor.instruments import Instruments
from broker.connectors.esia.doctor.words import WORDS
from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.certificates import open_signers
from broker.connectors.esia.signing.settings import SignerSettings
from broker.console.refused import Refused
from broker.foundation.encoding import canonical_json
from broker.foundation.http_send import ca_file
from broker.foundation.outside import Outside
from broker.foundation.settings import HttpSettings
from broker.foundation.tls_look import TlsSeen, look_at_tls
from broker.storage.database import Database
from broker.storage.shelf import Shelf

_RETURN_PATH: Final = "/login/return/esia"
_ACCEPTED: Final = "token_accepted"
_KIND: Final = "security.doctor"
_KEPT_FOR: Final = timedelta(days=1)


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
    """It speaks to ESIA with our key; nobody is signed in by that."""

    tools: Instruments

    @property
    def has_next(self) -> bool:
        """Whether the settings name a next certificate."""
        return self.tools.settings.next_certificate_day is not None

    def ask(self) -> Report:
        """Look at everything."""
        return examine(self.tools)

    def try_next(self) -> Report:
        """Two requests with the next certificate. Raises Refused without one."""
        try:
            return rehearse(self.tools)
        except ValueError as refused:
            raise Refused(f"{str(refused)[:1].upper()}{str(refused)[1:]}.") from None


@dataclass(frozen=True, slots=True)
class KeptDoctor:
    """The same for staff of the console: who asked stands in the journal, and the last report is kept for a day."""

    desk: DoctorDesk
    database: Database
    shelf: Shelf
    journal: Journal

    def ask(self, actor: Actor) -> Report:
        """Look at everything."""
        report = self.desk.ask()
        self._keep(report)
        with self.database.work():
            self.journal.append(UpstreamExamined(count_of_wrong(report)), actor)
        return report

    def try_next(self, actor: Actor) -> Report:
        """Two requests with the next certificate; the journal keeps what ESIA said. Raises Refused without one."""
        report = self.desk.try_next()
        self._keep(report)
        token, certificate = report.of("token_request")[-1], report.of("certificate")[-1]
        with self.database.work():
            told = UpstreamRehearsed(
                certificate=certificate.facts.get("hash", ""),
                is_accepted=token.code == _ACCEPTED,
                answered=token.facts.get("esia_code", ""),
            )
            self.journal.append(told, actor)
        return report

    def last(self) -> Report | None:
        """The report that was asked for last, by whomever."""
        kept = self.shelf.get(_KIND, "last")
        if kept is None:
            return None
        said = json.loads(kept)
        findings = tuple(Finding(one["check"], one["code"], one["facts"]) for one in said["findings"] if one["code"] in WORDS)
        return Report(datetime.fromisoformat(said["at"]), findings)

    def _keep(self, report: Report) -> None:
        found = [{"check": one.check, "code": one.code, "facts": dict(one.facts)} for one in report.findings]
        self.shelf.put(_KIND, "last", canonical_json({"at": report.at.isoformat(), "findings": found}), _KEPT_FOR)


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


def described(report: Report) -> Mapping[str, Any]:
    """A report for programs."""
    return {
        "at": report.at.isoformat(),
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

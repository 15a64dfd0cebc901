"""The rules of regions as staff see them, and a change on its way: drawn up, compared, agreed to by two people (screens.md A7).

Rules are files, reviewed like code, and every process reads them at its start. So the console puts nothing into force: it says
what a file would change, and keeps the very text that two people agreed to for whoever puts the file in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from broker.audit.catalogue_house import PolicyAgreed, PolicyPlanned
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.console.draft_store import DraftStore, KeptDraft
from broker.console.policy_preview import counted, preview
from broker.console.refused import Refused
from broker.custody.two_people import PLANNING, POLICY, NotConfirmed, TwoPeople
from broker.custody.two_people_store import AlreadyAsked, TwoPersonRequest
from broker.directory.directory import Directory
from broker.foundation.outside import Outside
from broker.linking.simulation import Rules, Simulation
from broker.policy.drafts import Draft, digests_in, read_draft
from broker.policy.explain import load_sentences
from broker.policy.policies import Policies, PolicyFilesBroken, check_change, doubts_about
from broker.policy.rules import Period, RegionPolicy, Rule
from broker.storage.database import Database

LONGEST: Final = 16_000
_NOT_AGREED: Final = {
    "gone": "This is decided, over, or was never asked.",
    "same": "Another human being must agree.",
    "void": "Who asked for it is no officer any more.",
}


@dataclass(frozen=True, slots=True)
class PolicyDesk:
    """What the page, the JSON API and the command line share. `policies` are those of this process, `files` where they stand."""

    database: Database
    journal: Journal
    outside: Outside
    directory: Directory
    policies: Policies
    files: Path
    two_people: TwoPeople

    def regions(self) -> Mapping[str, Any]:
        """Every region with its periods, in force, over or planned; `agreed`: two people agreed to the file as it is in use."""
        agreed = {one.digest for one in self._drafts.all() if one.agreed_at is not None}
        digests = digests_in(self.files)
        return {
            "version": self.policies.version,
            "regions": [
                self._region(one, digests.get(_file_of(one), "") in agreed)
                for one in (*self.policies.all(), self.policies.default)
            ],
        }

    def compare(self, unverified_text: str, unverified_day: str = "", *, counting: bool = True) -> Mapping[str, Any]:
        """What a region file would change on a day (ISO 8601; the first day of its first new period, if it is left out).

        `counting` asks the directory too, which is long work: for who may simulate. Without it `directory` is None.

        Raises:
            Refused: it is no region file, the rules could not be used with it, or the day is none.
        """
        return self._compared(self._read(unverified_text), unverified_day, counting)

    def plan(self, unverified_text: str, actor: Actor) -> Mapping[str, Any]:
        """The first of two people wants this file.

        Raises:
            Refused: as `compare`; it would rewrite what has begun; it changes nothing; it waits already, or was agreed to.
        """
        draft = self._read(unverified_text)
        self._require_possible(draft)
        known = self._drafts.find(draft.digest)
        if known is not None and known.agreed_at is not None:
            raise Refused("Two people have agreed to this file already.", "rules")
        kept = KeptDraft(
            draft.digest, draft.region.code, draft.file_name, draft.text, actor.id, self.outside.now(), None, None
        )
        try:
            with self.database.work():
                self._drafts.put(kept)
                asked = self.two_people.ask(POLICY, draft.digest, PLANNING, actor.id)
                self.journal.append(PolicyPlanned(draft.region.code, draft.digest), actor)
        except AlreadyAsked:
            raise Refused("This file waits for a second person already.", "rules") from None
        return {"digest": draft.digest, "request": asked.id, "ends_at": asked.ends_at.isoformat()}

    def agree(self, request_id: str, actor: Actor) -> Mapping[str, Any]:
        """The second person says yes. Raises Refused when there is nothing to agree to, it is the same human being, or the file
        would by now rewrite what has begun."""

        def do(request: TwoPersonRequest, _actor: Actor) -> None:
            kept = self._drafts.find(request.about)
            if kept is None or not self._drafts.agree(kept.digest, actor.id, self.outside.now()):
                raise Refused(_NOT_AGREED["gone"])
            self._require_possible(self._read(kept.content))
            self.journal.append(PolicyAgreed(kept.region, kept.digest), actor)

        try:
            return {"agreed": self.two_people.confirm(POLICY, request_id, actor.id, do).about}
        except NotConfirmed as refused:
            raise Refused(_NOT_AGREED[refused.why]) from None

    def drafts(self) -> Mapping[str, Any]:
        """Files that wait for a second person, that two agreed to, or that nobody agreed to in time; the newest first."""
        waiting = {one.about: one for one in self.two_people.waiting() if one.act == POLICY}
        installed = set(digests_in(self.files).values())
        return {"drafts": [_shown(one, waiting.get(one.digest), one.digest in installed) for one in self._drafts.all()]}

    def draft(self, digest: str) -> Mapping[str, Any]:
        """One of them with its text. Raises Refused when there is none."""
        kept = self._drafts.find(digest)
        if kept is None:
            raise Refused("There is no such draft.")
        waiting = next((one for one in self.two_people.waiting() if (one.act, one.about) == (POLICY, digest)), None)
        return {**_shown(kept, waiting, digest in set(digests_in(self.files).values())), "rules": kept.content}

    @property
    def _drafts(self) -> DraftStore:
        return DraftStore(self.database)

    def _read(self, unverified_text: str) -> Draft:
        if not unverified_text.strip() or len(unverified_text) > LONGEST:
            raise Refused(f"A region file has 1 to {LONGEST} characters.", "rules")
        try:
            return read_draft(self.files, unverified_text)
        except PolicyFilesBroken as broken:
            raise Refused("The region file may not be used: " + "; ".join(broken.problems), "rules") from None

    def _conflicts(self, draft: Draft) -> tuple[str, ...]:
        return check_change(self.policies, draft.policies, self.outside.now())

    def _require_possible(self, draft: Draft) -> None:
        if conflicts := self._conflicts(draft):
            raise Refused("The region file may not be used: " + "; ".join(conflicts), "rules")
        if draft.policies.version == self.policies.version:
            raise Refused("These rules are in use already.", "rules")

    def _compared(self, draft: Draft, unverified_day: str, counting: bool) -> Mapping[str, Any]:
        used, day = self.policies, self._day(draft, unverified_day)
        before, after = (Rules(policies, day, lambda _: day) for policies in (used, draft.policies))
        simulation = Simulation(self.database, self.directory, before, after)
        return {
            "region": draft.region.code,
            "file": draft.file_name,
            "digest": draft.digest,
            "on": day.isoformat(),
            "conflicts": list(self._conflicts(draft)),
            "warnings": list(doubts_about(draft.policies)),
            "invented": [asdict(one) for one in preview(used, draft.policies, draft.region.code, day)],
            "directory": counted(simulation) if counting else None,
        }

    def _day(self, draft: Draft, unverified_day: str) -> date:
        if unverified_day:
            try:
                return date.fromisoformat(unverified_day)
            except ValueError:
                raise Refused("A day is written as YYYY-MM-DD.", "on") from None
        today = draft.region.local_day(self.outside.now())
        known = self.policies.of_region(draft.region.code).periods
        new = (one.from_on for one in draft.region.periods if one.from_on > today and one not in known)
        return min(new, default=today)

    def _region(self, policy: RegionPolicy, is_agreed: bool) -> dict[str, Any]:
        today = policy.local_day(self.outside.now())
        active = policy.period_on(today)
        periods = [_period(one, "active" if one is active else "past" if one.from_on <= today else "scheduled")
                   for one in policy.periods]  # fmt: skip
        return {
            "code": policy.code, "name_ru": policy.name_ru, "name_en": policy.name_en, "zone": policy.zone,
            "version": policy.version, "agreed": is_agreed, "periods": periods,
        }  # fmt: skip


def _file_of(policy: RegionPolicy) -> str:
    return f"{policy.code}-{policy.slug}.toml" if policy.slug else "_default.toml"


def _period(period: Period, state: str) -> dict[str, Any]:
    return {
        "from_on": period.from_on.isoformat(),
        "state": state,
        "basis_ru": period.basis_ru,
        "basis_en": period.basis_en,
        "rules": [_rule(rule) for rule in period.rules],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    sentences = load_sentences()
    lines = [sentences.line(f"level.{rule.level.value}"), sentences.line(f"password.{rule.local_password.value}")]
    return {"name": rule.name, "ru": " ".join(line.ru for line in lines), "en": " ".join(line.en for line in lines)}


def _shown(kept: KeptDraft, waits: TwoPersonRequest | None, is_installed: bool) -> dict[str, Any]:
    open_state = "waiting" if waits is not None else "lapsed"
    state = "installed" if is_installed else "agreed" if kept.agreed_at is not None else open_state
    return {
        "digest": kept.digest,
        "region": kept.region,
        "file": kept.file_name,
        "state": state,
        "asked_by": kept.asked_by,
        "asked_at": kept.asked_at.isoformat(),
        "agreed_at": kept.agreed_at.isoformat() if kept.agreed_at is not None else None,
        "request": waits.id if waits is not None else "",
        "ends_at": waits.ends_at.isoformat() if waits is not None else None,
    }

"""One attempt to sign in: what was asked, what has been learnt so far, the browser it is bound to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from broker.connectors.identity import UpstreamIdentity
from broker.login.asked import Asked


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the attempt stopped. `cause` is what the page may say, which is less than what the journal holds.

    `case_number` (dddd-dddd) is random and opens something only for staff. `fields` are words under `field` in the catalogue.
    `region` is the person's own region when it is not the chosen one. `school_id` is set only if the page may name the school.
    `until_at` is an instant that the text names: when trying makes sense again, or when an invitation ended.
    """

    cause: int
    at: datetime
    case_number: str
    fields: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    region: str = ""
    school_id: str = ""
    waited_seconds: int = 0
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """A diary login and password, or with `invitation_id` a temporary one, were right in this attempt, and whose they are.

    It serves the one identity of the attempt and is gone on every way out. `is_spent`: the wizard was finished in this
    attempt, so the invitation is used up; `is_welcomed`: it has nothing more to ask. `asks_confirm`: something is left to
    confirm ("is this your diary?"); `is_confirmed`: the person did. `id` tells one showing from the next. `shown_at` is when
    somebody signed in by it who then went to connect an upstream: they may still go on without.
    """

    person_id: str
    invitation_id: str | None = None
    is_spent: bool = False
    is_welcomed: bool = False
    asks_confirm: bool = False
    is_confirmed: bool = False
    id: str = ""
    shown_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """Never changed, only replaced. `browser` is the digest of the browser cookie; `asked` is None for a direct visit.

    `wanted` names the connector whose button was pressed, until the browser has left for it at `left_at`. `returned_at` is set
    while the answer of an upstream is being completed. `person_id` with `identity` was matched in this attempt, with
    `by_password` it is somebody who signed in by diary login and password alone; with `session_id` alone it comes from a session
    that was alive before. `error` is the answer to the relying party.

    `wants` is the form the person asked for: first (the invitation), password, prove, or "". `proof` waits for its identity,
    or for the end of the wizard; `doubt` is why one is asked for. `has_answered_offer`: "connect Gosuslugi" was answered;
    `shows_linked`: the page that tells of a fresh link is still to be seen. `stays` counts how often more time was given;
    `typed_login` is what somebody typed into a form that had become stale meanwhile. Changes of these are in proving.py.
    `through` is the upstream that the browser was sent to last.
    `knows_clock`: the person was told that their clock is wrong. `is_untold`: the journal could not be told yet that the
    upstream vouched.
    """

    id: str
    asked: Asked | None
    resume_url: str
    browser: str
    ends_at: datetime
    region: str = ""
    wanted: str = ""
    left_at: datetime | None = None
    returned_at: datetime | None = None
    identity: UpstreamIdentity | None = None
    authenticated_at: datetime | None = None
    person_id: str | None = None
    session_id: str | None = None
    refuses_session: bool = False
    wants: str = ""
    by_password: bool = False
    proof: Proof | None = None
    doubt: Refusal | None = None
    has_answered_offer: bool = False
    shows_linked: bool = False
    stays: int = 0
    typed_login: str = ""
    knows_clock: bool = False
    is_untold: bool = False
    through: str = ""
    has_consented: bool = False
    refusal: Refusal | None = None
    error: str = ""
    finished_at: datetime | None = None

    def __repr__(self) -> str:
        return "Attempt(...)"

    @property
    def client_id(self) -> str:
        """The relying party, "" for a direct visit."""
        return self.asked.client_id if self.asked else ""

    @property
    def unfinished(self) -> str:
        """What the person will not have ended when the attempt runs out of time: prove, welcome, or "" for nothing of theirs."""
        if self.proof is not None and self.proof.invitation_id is not None:
            return "welcome"
        return "prove" if self.doubt is not None or self.proof is not None or self.wants == "prove" else ""

    @property
    def is_over(self) -> bool:
        """Whether there is an answer to bring back: a session or an error."""
        return self.finished_at is not None or bool(self.error)

    def in_region(self, code: str) -> Attempt:
        """With another region. What the upstream said stays true; whose account it is must be asked again."""
        return replace(self, region=code, refusal=None, doubt=None, person_id=None, session_id=None, by_password=False)

    def wanting(self, connector: str) -> Attempt:
        """Somebody signs in afresh: whatever was learnt before gives way, a live session too. `connector` is the one whose button
        was pressed, "" when the person only said "somebody else"."""
        return replace(self.forgetting_person(), wanted=connector, refuses_session=True)

    def left(self, at: datetime) -> Attempt:
        """The browser is on its way to the upstream."""
        return replace(self, wanted="", left_at=at, through=self.wanted)

    def returning(self, at: datetime) -> Attempt:
        """The browser is back and the upstream is being asked who this is."""
        return replace(self, wanted="", left_at=None, returned_at=at, refusal=None)

    def identified(self, identity: UpstreamIdentity, at: datetime) -> Attempt:
        """The upstream vouched for somebody. What was proven before the trip still waits for its identity."""
        return replace(self.forgetting_person(), identity=identity, authenticated_at=at, proof=self.proof)

    def matched(self, person_id: str, linked_at: datetime) -> Attempt:
        """The identity belongs to this diary account by a link made at `linked_at`: nobody has signed in by it any earlier."""
        return replace(self, person_id=person_id, authenticated_at=max(self.authenticated_at or linked_at, linked_at))

    def adopting(self, session_id: str, person_id: str) -> Attempt:
        """A session that was alive before serves this request too."""
        return replace(self.forgetting_person(), session_id=session_id, person_id=person_id)

    def refused(self, refusal: Refusal) -> Attempt:
        """Stopped with a page."""
        return replace(self, refusal=refusal, wants="", returned_at=None)

    def forgetting_person(self) -> Attempt:
        """Back to what the relying party asked; region, browser and dislike of the live session stay."""
        return replace(
            self,
            wanted="",
            returned_at=None,
            identity=None,
            authenticated_at=None,
            person_id=None,
            session_id=None,
            wants="",
            by_password=False,
            proof=None,
            doubt=None,
            has_answered_offer=False,
            shows_linked=False,
            typed_login="",
            has_consented=False,
            refusal=None,
            is_untold=False,
        )

    def consented(self) -> Attempt:
        """The person said yes on our page."""
        return replace(self, has_consented=True)

    def answered(self, error: str) -> Attempt:
        """The relying party gets an error."""
        return replace(self, error=error, refusal=None)

    def finished(self, session_id: str, at: datetime) -> Attempt:
        """Somebody is in."""
        return replace(self, session_id=session_id, finished_at=at, refusal=None)

"""Who of the staff may do what: one table that the pages, the JSON API and the command line ask. The table is the code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final


class StaffRole(Enum):
    """`operator` is whoever sits at the command line of the machine; nobody is that over the network."""

    SECURITY_OFFICER = "security_officer"
    REGISTRAR = "registrar"
    SCHOOL_ADMINISTRATOR = "school_administrator"
    SUPPORT = "support"
    AUDITOR = "auditor"
    OPERATOR = "operator"


class Action(Enum):
    """What can be done in the console. The word stands in the journal beside who did it."""

    # anybody at all: the way in
    COME_IN = "console.come_in"
    # everybody of the staff
    SEE_OVERVIEW = "overview.see"
    KEEP_OWN_PASSKEYS = "passkeys.own"
    CHANGE_OWN_PASSKEYS = "passkeys.change"
    # a school's own console, at /school
    RUN_SCHOOL = "school.run"
    # services
    SEE_CLIENTS = "clients.see"
    APPROVE_CLIENT = "clients.approve"
    PAUSE_CLIENT = "clients.pause"
    # signing keys
    SEE_KEYS = "keys.see"
    MOVE_KEYS = "keys.move"
    OVERRIDE_EVIDENCE = "keys.override"
    REVOKE_KEY = "keys.revoke"
    CONFIRM_REQUEST = "requests.confirm"
    BREAK_GLASS = "keys.break_glass"
    SEE_CALENDAR = "calendar.see"
    # the journal
    SEE_AUDIT = "audit.see"
    EXPORT_AUDIT = "audit.export"
    CHECKPOINT_AUDIT = "audit.checkpoint"
    REVEAL_NAME = "audit.reveal_name"
    # Gosuslugi, rules of regions
    SEE_UPSTREAM = "upstream.see"
    CHECK_UPSTREAM = "upstream.check"
    PLAN_WORK = "upstream.plan_work"
    SEE_POLICY = "policy.see"
    SIMULATE_POLICY = "policy.simulate"
    PLAN_POLICY = "policy.plan"
    # one person
    SEE_STORY = "person.story"
    END_SESSIONS = "person.end_sessions"
    BLOCK_PERSON = "person.block"
    # staff
    SEE_STAFF = "staff.see"
    CHANGE_STAFF = "staff.change"
    # the machine
    RESTORE = "house.restore"
    OPERATE = "house.operate"


# Nobody does these with a stolen cookie: the sign-in is younger than five minutes, and a passkey says yes to this very act.
DANGEROUS: Final = frozenset({
    # Else a thief of the cookie would make a passkey of their own first.
    Action.CHANGE_OWN_PASSKEYS,
    Action.APPROVE_CLIENT, Action.PAUSE_CLIENT, Action.OVERRIDE_EVIDENCE, Action.REVOKE_KEY, Action.CONFIRM_REQUEST,
    Action.BREAK_GLASS, Action.REVEAL_NAME, Action.EXPORT_AUDIT, Action.END_SESSIONS, Action.BLOCK_PERSON, Action.CHANGE_STAFF,
    # Nobody can sign in meanwhile.
    Action.PLAN_WORK, Action.PLAN_POLICY,
    Action.RESTORE,
})  # fmt: skip

# What needs no role and no sign-in: nothing is done or shown there that is not public.
PUBLIC: Final = frozenset({Action.COME_IN})
_EVERYBODY = frozenset({Action.SEE_OVERVIEW, Action.KEEP_OWN_PASSKEYS, Action.CHANGE_OWN_PASSKEYS})
_READS = frozenset({
    Action.SEE_CLIENTS, Action.SEE_KEYS, Action.SEE_CALENDAR, Action.SEE_AUDIT, Action.SEE_UPSTREAM, Action.SEE_POLICY,
    Action.SEE_STAFF,
})  # fmt: skip

RIGHTS: Final[Mapping[StaffRole, frozenset[Action]]] = MappingProxyType({
    StaffRole.SECURITY_OFFICER: _EVERYBODY | _READS | {
        Action.PAUSE_CLIENT, Action.MOVE_KEYS, Action.OVERRIDE_EVIDENCE, Action.REVOKE_KEY, Action.CONFIRM_REQUEST,
        Action.BREAK_GLASS, Action.EXPORT_AUDIT, Action.CHECKPOINT_AUDIT, Action.REVEAL_NAME, Action.CHECK_UPSTREAM,
        Action.PLAN_WORK, Action.SIMULATE_POLICY, Action.PLAN_POLICY,
        Action.SEE_STORY, Action.END_SESSIONS, Action.BLOCK_PERSON, Action.CHANGE_STAFF,
    },
    StaffRole.REGISTRAR: _EVERYBODY | {Action.SEE_CLIENTS, Action.APPROVE_CLIENT, Action.PAUSE_CLIENT},
    StaffRole.SUPPORT: _EVERYBODY | {
        Action.SEE_UPSTREAM, Action.CHECK_UPSTREAM, Action.SEE_POLICY, Action.SEE_STORY, Action.END_SESSIONS,
    },
    StaffRole.AUDITOR: _EVERYBODY | _READS | {Action.EXPORT_AUDIT, Action.CHECKPOINT_AUDIT, Action.REVEAL_NAME},
    StaffRole.SCHOOL_ADMINISTRATOR: frozenset({Action.RUN_SCHOOL}),
    # Two people is a rule of people: the machine's operator can break the glass, which is loud, and never be the second person.
    StaffRole.OPERATOR: frozenset(Action) - PUBLIC
    - {Action.CONFIRM_REQUEST, Action.KEEP_OWN_PASSKEYS, Action.CHANGE_OWN_PASSKEYS, Action.RUN_SCHOOL},
})  # fmt: skip


class NotAllowedTo(Exception):
    """None of the roles may do this."""

    def __init__(self, action: Action):
        super().__init__(f"Nobody of these roles may do this: {action.value}.")
        self.action = action


def may(roles: Iterable[str], action: Action) -> bool:
    """Whether somebody with these roles (words of StaffRole; unknown words count for nothing) may do it."""
    held = frozenset(roles)
    return any(role.value in held and action in rights for role, rights in RIGHTS.items())


def require_right(roles: Iterable[str], action: Action) -> None:
    """Raises NotAllowedTo unless `may`."""
    if not may(roles, action):
        raise NotAllowedTo(action)


def rights_of(roles: Iterable[str]) -> frozenset[Action]:
    """Everything that somebody with these roles may do."""
    held = frozenset(roles)
    return frozenset(action for action in Action if may(held, action))

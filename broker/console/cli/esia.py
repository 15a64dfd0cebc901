"""broker esia doctor | rehearse | certificate"""

from __future__ import annotations

from argparse import Namespace

from broker.connectors.esia.doctor.findings import Report
from broker.console import certificate_actions
from broker.console.cli.command import Answer, At, Command, no_arguments
from broker.console.doctor_actions import KeptDoctor, as_lines, count_of_wrong, described, doctor_desk
from broker.console.refused import Refused
from broker.console.rights import Action


def _doctor(asked: Namespace, at: At) -> Answer:
    return _told(asked, doctor_desk(at.settings, at.outside).ask())


def _rehearse(asked: Namespace, at: At) -> Answer:
    rooms = at.rooms()
    kept = KeptDoctor(doctor_desk(at.settings, at.outside), rooms.database, rooms.shelf, rooms.journal)
    return _told(asked, kept.try_next(at.actor))


def _told(asked: Namespace, report: Report) -> Answer:
    """Raises Refused, with the whole report, when something is wrong: so that the command ends with 1."""
    answer = described(report) if asked.json else as_lines(report)
    wrong = count_of_wrong(report)
    if wrong:
        raise Refused(f"Wrong: {wrong} of {len(report.findings)} findings.", answer=answer)
    return answer


COMMANDS: tuple[Command, ...] = (
    Command(
        ("esia", "doctor"),
        "Everything between us and a working sign-in by ESIA, and what to do about it; ends with 1 when something is wrong",
        no_arguments,
        _doctor,
        Action.CHECK_UPSTREAM,
    ),
    Command(
        ("esia", "rehearse"),
        "Try the next certificate on ESIA before its day; nobody is signed in",
        no_arguments,
        _rehearse,
        Action.CHECK_UPSTREAM,
    ),
    Command(
        ("esia", "certificate"),
        "Our certificates at ESIA and its own: which is used when, and when each ends",
        no_arguments,
        lambda _asked, at: certificate_actions.certificates(at.settings.esia, at.outside.now()),
        Action.SEE_UPSTREAM,
    ),
)

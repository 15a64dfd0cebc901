"""broker db upgrade | current, esia demo-certificate: what operators run."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from broker.connectors.esia.signing.gost_certificate import make_demo_certificate
from broker.console.cli.command import Answer, At, Command, bare_database, no_arguments
from broker.console.refused import Refused
from broker.storage import migrate


def _upgrade(_asked: Namespace, at: At) -> Answer:
    with bare_database(at) as database:
        migrate.upgrade(database)
        return {"revision": migrate.current(database)}


def _current(_asked: Namespace, at: At) -> Answer:
    with bare_database(at) as database:
        return {"revision": migrate.current(database)}


def _directory_argument(parser: ArgumentParser) -> None:
    parser.add_argument("directory", type=Path)


def _demo_certificate(asked: Namespace, at: At) -> Answer:
    require_not_production(at)
    made = make_demo_certificate(asked.directory, at.outside)
    return {"certificate_file": str(made.certificate_file), "private_key_file": str(made.private_key_file)}


def require_not_production(at: At) -> None:
    """Raises Refused unless this is a demo or a test: what follows is not fit for real people."""
    if at.settings.deployment.environment not in ("development", "test"):
        raise Refused("This command is for demos and tests: deployment.environment is production.")


COMMANDS = (
    Command(("db", "upgrade"), "Bring the tables up to this release; safe to run twice and at once", no_arguments, _upgrade),
    Command(
        ("db", "tidy"),
        "Remove what no longer matters; the workers do it once a day by themselves",
        no_arguments,
        lambda _asked, at: {"removed": at.rooms().new_upkeep().tidy(at.actor)},
    ),
    Command(("db", "current"), "Which release the tables belong to", no_arguments, _current),
    Command(("esia", "demo-certificate"), "A certificate for the mock ESIA (demo only)", _directory_argument, _demo_certificate),
)

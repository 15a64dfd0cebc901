"""broker demo seed: what `make demo` calls."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from broker.console.cli.clients import desk_of as client_desk_of
from broker.console.cli.command import Answer, At, Command
from broker.console.cli.developers import desk_of as developer_desk_of
from broker.console.cli.operations import require_not_production
from broker.console.cli.people import desk_of as people_desk_of
from broker.console.cli.people import read_json
from broker.console.demo_actions import DemoServices, seed_developers, seed_services


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--directory", type=Path, required=True, help="document with schools and people")
    parser.add_argument("--services", type=Path, required=True, help="document with the services' registrations")
    parser.add_argument("--address", action="append", default=[], metavar="CLIENT_ID=URL", help="where each service runs")


def _seed(asked: Namespace, at: At) -> Answer:
    require_not_production(at)
    imported = people_desk_of(at).import_document(read_json(asked.directory), at.actor, is_dry_run=False)
    addresses = dict(pair.split("=", 1) for pair in asked.address if "=" in pair)
    services = DemoServices(read_json(asked.services), addresses)
    seeded = seed_services(client_desk_of(at), at.rooms().clients, services, at.actor)
    seed_developers(developer_desk_of(at), services, at.actor)
    return {**imported, **seeded}


COMMANDS = (Command(("demo", "seed"), "Invented people and two services (demo only)", _arguments, _seed),)

"""broker messages send | list"""

from __future__ import annotations

import signal
from argparse import ArgumentParser, Namespace

from broker.console import message_actions
from broker.console.cli.command import Answer, At, Command
from broker.messages.outbox import STATES


def _send_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--loop", action="store_true", help="go on until SIGTERM or Ctrl-C, as a courier of its own")


def _send(asked: Namespace, at: At) -> Answer:
    rooms = at.rooms()
    if not asked.loop:
        return message_actions.send(rooms.courier)
    couriers = rooms.new_couriers()
    for number in (signal.SIGTERM, signal.SIGINT):
        # The letter in hand is put down first: one cut off in the middle would be sent again.
        signal.signal(number, lambda _number, _frame: couriers.stop(0))
    couriers.start()
    couriers.wait()
    return {"stopped": True}


def _list_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--state", choices=STATES, help="only letters of this state")
    parser.add_argument("--limit", type=int, default=20)


def _list(asked: Namespace, at: At) -> Answer:
    return message_actions.listing(at.rooms().outbox, asked.state, asked.limit)


COMMANDS = (
    Command(("messages", "send"), "Send letters whose time has come, beside the couriers of the workers", _send_arguments, _send),
    Command(("messages", "list"), "How letters fare: waiting, sent, given up and why", _list_arguments, _list),
)

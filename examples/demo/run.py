"""`make demo`: the broker, a mock ESIA, a diary, a third-party service and everybody's mailbox, in the foreground until Ctrl-C.

Everything it keeps is in var/<port>/. Only this machine can reach it: all addresses are on 127.0.0.1.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from examples.demo.house import PORTS, ROOT, DemoHouse
from examples.demo.processes import Crew, DemoFailed, require_free_ports
from examples.demo.second import address_of as second_address
from examples.demo.second import prepare_second, second_program
from examples.demo.second import settings_of as second_settings

DIRECTORY = ROOT / "examples" / "demo" / "directory.json"
SERVICES = ROOT / "examples" / "demo" / "services.json"


def main() -> int:
    """0 after Ctrl-C or SIGTERM; 1, after one sentence, when something could not start or has ended by itself."""
    asked = _arguments()
    state = (asked.state or ROOT / "var" / str(asked.port)).absolute()
    second = second_settings(second_address(asked.port), state) if asked.second else {}
    house = DemoHouse(asked.port, state, {"BROKER_ESIA__SIGNER": asked.signer, **second})
    # The settings' relative paths, such as that of the regions, count from the root of the checkout.
    os.chdir(ROOT)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    crew = Crew(state / "logs")
    try:
        require_free_ports((*house.ports, asked.port + PORTS) if second else house.ports)
        prepare(house, fresh=asked.fresh)
        if second:
            prepare_second(state)
            crew.start(second_program(asked.port, state))
            crew.wait_until_ready(second_address(asked.port) + "/healthz")
        people = start_up(house, crew)
        _greet(house, people)
        if second:
            print(f"Another upstream in region 29, «Регион-ID»: {second_address(asked.port)}/people.json", flush=True)
        while True:
            crew.require_alive()
            time.sleep(0.3)
    except KeyboardInterrupt:
        print("\nStopping.", flush=True)
        return 0
    except DemoFailed as failed:
        print(f"\n{failed}", file=sys.stderr, flush=True)
        return 1
    finally:
        # A second Ctrl-C must not leave half of them running.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        crew.stop()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Start the demo of «Школьный вход».")
    parser.add_argument("--port", type=int, default=8000, help=f"first of {PORTS} ports in a row")
    parser.add_argument("--state", type=Path, help="folder for the database, keys and logs (default: var/<port>)")
    parser.add_argument("--signer", default="pure_python", help="what signs for the mock ESIA: pure_python or openssl_engine")
    parser.add_argument("--second", action="store_true", help="a second upstream besides Gosuslugi, on one more port")
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier demo on this port has kept")
    asked = parser.parse_args()
    if not 1024 <= asked.port <= 65535 - PORTS:
        parser.error(f"--port must be between 1024 and {65535 - PORTS}")
    return asked


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def prepare(house: DemoHouse, *, fresh: bool) -> None:
    """Make the state folder ready; `fresh` forgets everything an earlier run has kept in it."""
    if fresh:
        for kept in ("broker.sqlite", "broker.sqlite-wal", "broker.sqlite-shm", "master.key", "demo.env"):
            (house.state / kept).unlink(missing_ok=True)
        for folder in ("esia", "mock_esia"):
            shutil.rmtree(house.state / folder, ignore_errors=True)
    # The keys of an earlier run stay readable to their owner only, whatever the umask is.
    house.state.mkdir(parents=True, exist_ok=True)
    house.state.chmod(0o700)
    # Files of workers long gone would add to today's meters.
    shutil.rmtree(house.state / "metrics", ignore_errors=True)
    (house.state / "metrics").mkdir()
    lines = [f"export {name}={shlex.quote(value)}" for name, value in house.broker_settings().items()]
    (house.state / "demo.env").write_text("\n".join(lines) + "\n", encoding="utf-8")


def start_up(house: DemoHouse, crew: Crew, prefix: Sequence[str] = ()) -> list[dict[str, object]]:
    """Start everything in the order in which one needs the other; returns the people of the mock ESIA.

    `prefix` are words before the broker's own command, such as `taskset`.
    """
    _say("keys and certificates")
    if not (house.state / "esia" / "esia-client.key").exists():
        house.command("esia", "demo-certificate", str(house.state / "esia"))
    crew.start(house.mock_program())
    people = json.loads(crew.wait_until_ready(house.mock_esia + "/people.json"))["people"]
    # In life the operator gets this file from the Ministry's site and compares it; here the mock has just made it.
    house.esia_certificate.write_bytes(crew.wait_until_ready(house.mock_esia + "/public/esia.cer"))
    _say("database and demo people")
    house.command("db", "upgrade")
    addresses = ["--address", f"diary={house.diary}", "--address", f"olympiads={house.olympiads}"]
    seed = house.command("demo", "seed", "--directory", str(DIRECTORY), "--services", str(SERVICES), *addresses)
    secrets = seed["secrets"]
    assert isinstance(secrets, dict)
    _say("broker and services")
    crew.start(house.mailbox_program())
    crew.start(house.broker_program(prefix))
    crew.start(house.diary_program(secrets["diary"]))
    crew.start(house.olympiads_program(secrets["olympiads"]))
    crew.wait_until_ready(house.issuer + "/readyz")
    for address in (house.diary, house.olympiads, house.mailbox):
        crew.wait_until_ready(address + "/healthz")
    return people


def _say(step: str) -> None:
    print(f"  … {step}", flush=True)


def _greet(house: DemoHouse, people: list[dict[str, object]]) -> None:
    state = house.state.relative_to(ROOT) if house.state.is_relative_to(ROOT) else house.state
    print(
        f"""
Школьный вход (School Sign-in) is ready. Open one of these:

  Дневник (demo diary)       {house.diary}
  Олимпиады (third party)    {house.olympiads}
  Everybody's mail and SMS   {house.mailbox}
  Staff console (passkeys)   {house.console}/admin

  Broker (the issuer)        {house.issuer}
  Mock ESIA (people, logins) {house.mock_esia}

Some of the {len(people)} invented people; all logins and what happens to whom: {house.mock_esia}/people.json
"""
    )
    for person in _chosen(people):
        expect = person["expect"]
        assert isinstance(expect, dict)
        code = f"  [{expect['code']}]" if expect["code"] else ""
        print(f"  {person['login']!s:<14} password: {person['password']!s:<8} {expect['note_ru']}{code}")
    print(
        f"""
Staff: dorofeev and yakovlev (security officers), ilina (registrar), gerasimova (support), chernov (auditor)
Command line of this demo:  . {state}/demo.env && .venv/bin/broker clients list
Logs and state: {state}/    Stop: Ctrl-C    Start over: make demo FRESH=1
Ready.""",
        flush=True,
    )


def _chosen(people: list[dict[str, object]], most: int = 9) -> list[dict[str, object]]:
    """Everybody who gets in, up to six, then a few who do not: the two halves of what there is to see."""
    let_in = [person for person in people if dict(person["expect"])["outcome"] == "signed_in"]  # type: ignore[call-overload]
    others = [person for person in people if person not in let_in]
    return let_in[:6] + others[: most - min(6, len(let_in))]


if __name__ == "__main__":
    sys.exit(main())

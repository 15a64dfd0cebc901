"""What a signature costs in software and in a hardware module: `python -m bench.signatures`, against SoftHSM 2 unless the
environment names another module (BROKER_KEYS__PKCS11_MODULE, _TOKEN_LABEL, _PIN or _PIN_FILE). Makes keys and destroys them.

Prints milliseconds a signature, by the clock and of this process's CPU, and signatures a second by four threads.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from broker.foundation import jose
from keys.backends.keepers import Keepers, open_keepers
from keys.backends.software import public_key
from keys.settings import KeySettings
from keys.signing.key import Family

THREADS = 4
ROUNDS = 5
CLAIMS = {"iss": "https://signin.example.ru", "sub": "x" * 43, "aud": "diary", "exp": 1_900_000_000, "iat": 1_900_000_000}
SOFT_HSM = "/usr/lib/softhsm/libsofthsm2.so"


def soft_hsm(folder: Path) -> KeySettings:
    """A fresh token of SoftHSM 2 in this folder."""
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    made = ["softhsm2-util", "--init-token", "--free", "--label", "bench", "--pin", "bench-pin", "--so-pin", "bench-so-pin"]
    subprocess.run(made, check=True, capture_output=True)
    return settings_of({"module": SOFT_HSM, "token_label": "bench", "pin": "bench-pin"})


def settings_of(named: dict[str, str]) -> KeySettings:
    """New keys in the named module."""
    fields: dict[str, Any] = {f"pkcs11_{name}": value for name, value in named.items()}
    return KeySettings(backend="pkcs11", pkcs11_sessions=THREADS, pkcs11_wait=timedelta(seconds=30), **fields)


def measured(sign: Callable[[int], str], count: int, threads: int) -> tuple[float, float]:
    """Milliseconds a signature: by the clock, and of CPU."""
    begun, spent = perf_counter(), process_time()
    with ThreadPoolExecutor(threads) as pool:
        made = list(pool.map(sign, range(count)))
    assert len(set(made)) == count
    return (perf_counter() - begun) / count * 1000, (process_time() - spent) / count * 1000


def line(keepers: Keepers, family: Family, algorithm: str, count: int) -> str:
    """One row of the table."""
    fresh, where = keepers.make(family)
    signer = keepers.signer(fresh.private, public_key(fresh.jwk, family))
    header = {"alg": algorithm, "kid": fresh.kid, "typ": "JWT"}

    def sign(number: int) -> str:
        return jose.sign({**CLAIMS, "n": number}, signer, header)

    sign(-1)
    alone = [measured(sign, count, 1) for _ in range(ROUNDS)]
    together = [measured(sign, count, THREADS) for _ in range(ROUNDS)]
    keepers.destroy(fresh.private)
    clock, cpu = median(one for one, _ in alone), median(one for _, one in alone)
    by_four = median(one for one, _ in together)
    return f"| {algorithm}, {where} | {clock:.2f} | {cpu:.2f} | {by_four:.2f} | {1000 / by_four:.0f} |"


def main() -> int:
    """Print both tables as one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200, help="signatures a round")
    asked = parser.parse_args()
    prefix = "BROKER_KEYS__PKCS11_"
    named = {name.removeprefix(prefix).lower(): value for name, value in os.environ.items() if name.startswith(prefix)}
    with tempfile.TemporaryDirectory() as folder:
        hardware = open_keepers(settings_of(named) if named else soft_hsm(Path(folder)))
        print(f"| one signature | ms, 1 thread | CPU ms | ms, {THREADS} threads | a second, {THREADS} threads |")
        print("| --- | --- | --- | --- | --- |")
        for family in Family:
            for algorithm in family.algorithms:
                for keepers in (Keepers("software"), hardware):
                    print(line(keepers, family, algorithm, asked.count), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

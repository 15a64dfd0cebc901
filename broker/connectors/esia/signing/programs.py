"""Signatures by programs of this machine: OpenSSL's own, or any other that a certified device comes with.

A program gets a list of arguments and no shell, a bare environment, and no secret among its arguments: everybody on the machine
can read those.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import BoundedSemaphore

from broker.connectors.esia.signing.own_signer import Maker
from broker.connectors.esia.signing.settings import CMS, COMMAND, OPENSSL_COMMAND, SignerSettings
from broker.connectors.esia.signing.signer import SigningFailed

_LOG = logging.getLogger(__name__)
# Nothing of the broker's own environment, which holds its secrets, reaches another program.
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"}
_MAX_ANSWER = 100_000


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs programs, a few at once."""

    timeout: timedelta
    environment: Mapping[str, str]
    turns: BoundedSemaphore

    @classmethod
    def of(cls, settings: SignerSettings, variables: Mapping[str, str]) -> Runner:
        """`variables` are added to the bare environment."""
        return cls(settings.timeout, {**_ENVIRONMENT, **variables}, BoundedSemaphore(settings.at_once))

    def run(self, arguments: Sequence[str], data: bytes | None) -> bytes:
        """What the program wrote to its output.

        Args:
            data: written to its input; None gives it an empty one.

        Raises:
            SigningFailed: it is not there, failed, or took longer than `esia_signing.timeout`.
        """
        if not self.turns.acquire(timeout=self.timeout.total_seconds()):
            raise SigningFailed("too many signatures are waiting for the signing program")
        try:
            return self._run(arguments, data)
        finally:
            self.turns.release()

    def _run(self, arguments: Sequence[str], data: bytes | None) -> bytes:
        pipe = subprocess.PIPE
        try:
            # A session of its own, so that what the program starts ends with it.
            child = subprocess.Popen(  # noqa: S603 -- the arguments are the operator's
                list(arguments), stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=dict(self.environment),
                cwd="/", start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise SigningFailed("the signing program cannot be started") from error
        with child:
            try:
                answer, _ = child.communicate(data or b"", timeout=self.timeout.total_seconds())
            except subprocess.TimeoutExpired as error:
                raise SigningFailed("the signing program took longer than esia_signing.timeout") from error
            finally:
                # Also for what it has left behind after its own end.
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(child.pid, signal.SIGKILL)
        if child.returncode != 0:
            _LOG.warning("the signing program failed", extra={"exit_status": child.returncode})
            raise SigningFailed("the signing program failed")
        return bytes(answer)


def openssl_command(certificate_file: Path, key_file: Path, settings: SignerSettings) -> Maker:
    """Signs with `openssl dgst` and `openssl cms`. About 10 ms a signature. The key stays in its file.

    OpenSSL finds the engine by the configuration in `esia_signing.openssl_conf`; without one the arguments name it.
    """
    configuration = settings.openssl_conf
    runner = Runner.of(settings, {"OPENSSL_CONF": configuration} if configuration else {})
    engine = () if configuration else ("-engine", "gost")
    files = (str(certificate_file.resolve()), str(key_file.resolve()))
    attributes = () if settings.signed_attributes else ("-noattr",)
    raw = (settings.openssl_program, "dgst", *engine, "-md_gost12_256", "-sign", files[1])
    cms = (
        settings.openssl_program, "cms", *engine, "-sign", "-binary", "-md", "md_gost12_256", *attributes,
        "-signer", files[0], "-inkey", files[1], "-outform", "DER",
    )  # fmt: skip
    return Maker(OPENSSL_COMMAND, lambda data: runner.run(raw, data), cms=lambda data: runner.run(cms, data))


def command(key: str, settings: SignerSettings) -> Maker:
    """Signs with the program that the operator names in `esia_signing.command`.

    Args:
        key: what stands for `{key}` there, such as the name of a container.
    """
    runner = Runner.of(settings, dict(variable.split("=", 1) for variable in settings.command_variables))

    def made(data: bytes) -> bytes:
        return _in_files(runner, tuple(word.replace("{key}", key) for word in settings.command), data)

    return answering(COMMAND, made, settings)


def answering(kind: str, made: Callable[[bytes], bytes], settings: SignerSettings) -> Maker:
    """A maker over somebody outside who answers in the form that the settings describe."""
    if settings.answer_form == CMS:
        return Maker(kind, None, cms=made)
    return Maker(kind, (lambda data: made(data)[::-1]) if settings.reverse_bytes else made)


def _in_files(runner: Runner, template: Sequence[str], data: bytes) -> bytes:
    """`{in}` and `{out}` are files nobody else can read; without them the data is the input, and the output the answer."""
    with _own_folder() as folder:
        given, taken = Path(folder, "in"), Path(folder, "out")
        has_given, has_taken = (any(mark in word for word in template) for mark in ("{in}", "{out}"))
        if has_given:
            _write(given, data)
        words = [word.replace("{in}", str(given)).replace("{out}", str(taken)) for word in template]
        answer = runner.run(words, None if has_given else data)
        if not has_taken:
            return answer
        try:
            with taken.open("rb") as file:
                return file.read(_MAX_ANSWER)
        except OSError as error:
            raise SigningFailed("the signing program wrote no answer") from error


def _own_folder() -> tempfile.TemporaryDirectory[str]:
    try:
        # What the program leaves behind and forbids us to take away must not take the signature with it.
        return tempfile.TemporaryDirectory(prefix="signing-", ignore_cleanup_errors=True)
    except OSError as error:
        raise SigningFailed("there is no room for the files of the signing program") from error


def _write(file: Path, data: bytes) -> None:
    try:
        file.write_bytes(data)
    except OSError as error:
        raise SigningFailed("there is no room for the files of the signing program") from error

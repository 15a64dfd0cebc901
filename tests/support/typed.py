"""A `broker` command without a process of its own: beginning one costs more than most commands do."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from subprocess import CompletedProcess
from unittest import mock

from broker.console.cli.main import main


def typed(environment: Mapping[str, str], words: tuple[str, ...]) -> CompletedProcess[str]:
    """What one command answers and writes. One at a time: environment and streams are the whole process's."""
    said, complained = io.StringIO(), io.StringIO()
    with mock.patch.dict(os.environ, environment, clear=True), redirect_stdout(said), redirect_stderr(complained):
        try:
            code = main(words)
        except SystemExit as ended:
            code = int(str(ended.code))
    return CompletedProcess(words, code, said.getvalue(), complained.getvalue())

"""Work of any length below the span takes the span; longer work is rounded up to the next one."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from broker.account import recovering
from broker.account.recovering import even_time


@pytest.mark.parametrize(("worked", "waited"), [(0.0, 0.25), (0.01, 0.24), (0.24, 0.01), (0.3, 0.2), (0.75, 0.25)])
def test_the_whole_is_a_number_of_spans(monkeypatch: pytest.MonkeyPatch, worked: float, waited: float) -> None:
    now, pauses = [100.0], []
    monkeypatch.setattr(recovering, "monotonic", lambda: now[0])
    room: Any = SimpleNamespace(even_time=timedelta(milliseconds=250), pause=pauses.append)

    with even_time(room):
        now[0] += worked

    assert [pytest.approx(waited)] == pauses


def test_work_that_fails_takes_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(recovering, "monotonic", lambda: 1.0)
    room: Any = SimpleNamespace(even_time=timedelta(milliseconds=250), pause=pauses.append)

    with pytest.raises(ValueError, match="x"), even_time(room):
        raise ValueError("x")

    assert [0.25] == pauses

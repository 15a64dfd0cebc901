"""What only the real server meets: headers that would rename a request."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.gunicorn import Gunicorn, gunicorn_town
from tests.support.wire import send

pytestmark = pytest.mark.xdist_group("wire")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Gunicorn]]:
    with gunicorn_town(tmp_path_factory.mktemp("wire")) as (town, server):
        yield town.issuer, server


@pytest.mark.parametrize("header", ["SCRIPT_NAME", "PATH_INFO", "Script-Name"])
def test_no_header_says_what_is_asked_for(served: tuple[str, Gunicorn], header: str) -> None:
    """A proxy that keeps /metrics to itself would let /x/metrics pass."""
    issuer, _ = served
    assert 200 == send(issuer, "GET", "/metrics").status

    assert 404 == send(issuer, "GET", "/x/metrics", {header: "/x"}).status

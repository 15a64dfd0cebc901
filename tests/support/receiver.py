"""A service that is told things over HTTP: a real server that keeps what it was posted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any
from urllib.parse import parse_qs

from tests.support.serving import address_of, bound, serving


@dataclass
class Post:
    """One request that came."""

    path: str
    headers: dict[str, str]
    body: str

    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body, strict_parsing=True)


@dataclass
class Receiver:
    """`statuses` are answered one after the other, then `status`. While `wake` is not set, nobody is answered at all."""

    url: str
    posts: list[Post] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    status: int = 200
    wake: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
        headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
        headers["content-type"] = environ.get("CONTENT_TYPE", "")
        with self._lock:
            self.posts.append(Post(environ["PATH_INFO"], headers, body))
            status = self.statuses.pop(0) if self.statuses else self.status
        self.wake.wait(20)
        start(f"{status} Answer", [("Content-Type", "text/plain"), ("Content-Length", "0")])
        return [b""]

    @property
    def place(self) -> str:
        """host:port, as `http.fetch_allowed` has it."""
        return self.url.removeprefix("http://")

    def tokens(self, path: str = "/logout") -> list[str]:
        """The logout tokens that came, each alone in its form."""
        found = [post.form() for post in self.posts if post.path == path]
        assert all(["logout_token"] == list(form) and 1 == len(form["logout_token"]) for form in found)
        return [form["logout_token"][0] for form in found]


@contextmanager
def receivers(count: int) -> Iterator[tuple[Receiver, ...]]:
    """So many services on loopback, all awake."""
    with ExitStack() as stack:
        found = []
        for _ in range(count):
            listener = bound()
            receiver = Receiver(address_of(listener))
            receiver.wake.set()
            stack.enter_context(serving(listener, receiver))
            found.append(receiver)
        yield tuple(found)
        for receiver in found:
            receiver.wake.set()

"""A browser without JavaScript: cookies, redirects, links and forms, over real HTTP on loopback."""

from __future__ import annotations

from types import TracebackType

import requests

from tests.support.page import Form, Page, parse


class Browser:
    """One person's browser. Redirects are followed, and every address passed on the way is kept in `trail`,
    those of all trips in `visited`."""

    def __init__(self, language: str = "ru"):
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Accept-Language"] = language
        self.trail: list[str] = []
        self.visited: list[str] = []

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.session.close()

    def open(self, url: str, *, follow: bool = True) -> Page:
        """Go to an address."""
        return self._ask("GET", url, None, follow)

    def submit(self, form: Form, *, follow: bool = True, **typed: str) -> Page:
        """Fill in a form and press a button; `typed` holds fields and the pressed button's name and value."""
        fields = {**form.fields, **typed}
        if form.method == "get":
            return self.open(requests.Request("GET", form.action, params=fields).prepare().url or form.action, follow=follow)
        return self._ask("POST", form.action, fields, follow)

    def press(self, page: Page, link: str, *, follow: bool = True) -> Page:
        """Press the link with these words."""
        return self.open(page.link(link).url, follow=follow)

    def _ask(self, method: str, url: str, data: dict[str, str] | None, follow: bool) -> Page:
        answer = self.session.request(method, url, data=data, allow_redirects=follow, timeout=30)
        self.trail = [step.url for step in answer.history] + [answer.url]
        self.visited += self.trail
        page = parse(answer.url, answer.status_code, answer.text, {k.lower(): v for k, v in answer.headers.items()})
        # A POST may end in a page that sends the browser on by itself (meta refresh): a person waits and is there.
        return self.open(page.refresh) if follow and page.refresh else page

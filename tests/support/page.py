"""A web page as a person without JavaScript meets it: text, links, forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin


@dataclass
class Form:
    """One form: where it goes, what it already holds, and its buttons as (name, value)."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Link:
    """One link: where it goes and what it says."""

    url: str
    text: str


@dataclass
class Page:
    """One answer, parsed. `url` is where the browser stands now."""

    url: str
    status: int
    body: str
    headers: dict[str, str]
    title: str = ""
    heading: str = ""
    text: str = ""
    forms: list[Form] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    refresh: str = ""

    def form(self, *names: str) -> Form:
        """The one form that holds all these field or button names."""
        fitting = self.forms_with(*names)
        assert 1 == len(fitting), f"{len(fitting)} forms with {names} on {self.url}: {self.text[:400]}"
        return fitting[0]

    def forms_with(self, *names: str) -> list[Form]:
        """Every form that holds all these field or button names."""
        return [form for form in self.forms if set(names) <= set(form.fields) | {name for name, _ in form.buttons}]

    def has_link(self, text: str) -> bool:
        return any(text in link.text for link in self.links)

    def link(self, text: str) -> Link:
        """The first link whose words contain `text`."""
        fitting = [link for link in self.links if text in link.text]
        assert fitting, f"no link «{text}» on {self.url}: {[link.text for link in self.links]}"
        return fitting[0]


def parse(url: str, status: int, body: str, headers: dict[str, str]) -> Page:
    """Read the HTML of one answer."""
    page = Page(url, status, body, headers)
    _Reader(page).feed(body)
    page.text = " ".join(page.text.split())
    return page


class _Reader(HTMLParser):
    def __init__(self, page: Page):
        super().__init__()
        self._page = page
        self._inside: list[str] = []
        self._link: Link | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in ("input", "meta", "link", "br", "img", "hr"):
            self._inside.append(tag)
        if tag == "form":
            action = urljoin(self._page.url, given.get("action", ""))
            self._page.forms.append(Form(action, given.get("method", "get").lower()))
        if tag == "a" and "href" in given:
            self._link = Link(urljoin(self._page.url, given["href"]), "")
            self._page.links.append(self._link)
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self._page.refresh = urljoin(self._page.url, given["content"].partition("url=")[2].strip("'\""))
        if tag in ("input", "button") and self._page.forms and "name" in given:
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        form = self._page.forms[-1]
        if tag == "button" or given.get("type") == "submit":
            form.buttons.append((given["name"], given.get("value", "")))
        elif given.get("type") not in ("checkbox", "radio") or "checked" in given:
            form.fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass
        if tag == "a":
            self._link = None

    def handle_data(self, data: str) -> None:
        if "style" in self._inside or "script" in self._inside:
            return
        if "title" in self._inside:
            self._page.title += data
            return
        if "h1" in self._inside:
            self._page.heading += data
        if self._link is not None:
            self._link.text += data
        self._page.text += data + " "

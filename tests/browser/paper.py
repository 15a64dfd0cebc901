"""Pages without a house: a page value is drawn, and a browser is given the drawing and our own static files, nothing else.

A page needs no server to be looked at, so every state of every page can be looked at quickly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route

from broker.screens.pages import Page as PageValue
from broker.screens.render import Screens
from broker.screens.view import Language, Look, View

ORIGIN: Final = "http://pages.test"
TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_MOVES: Final = re.compile(r'<meta http-equiv="refresh"[^>]*>|<script src="[^"]*form-post[^>]*></script>')
_AXE: Final = Axe().axe_script
# False when the other page wants other style sheets.
_TURN: Final = """html => {
  const other = new DOMParser().parseFromString(html, 'text/html');
  const sheets = page => [...page.querySelectorAll('link[rel=stylesheet]')].map(link => link.getAttribute('href')).join();
  if (sheets(other) !== sheets(document)) return false;
  for (const { name, value } of other.documentElement.attributes) document.documentElement.setAttribute(name, value);
  document.title = other.title;
  document.body.replaceWith(document.adoptNode(other.body));
  scrollTo(0, 0);
  return true }"""
# One call into the page for all themes: a page has few colours, and going in and out takes longer than judging them.
# Contrast is more than half of what axe costs, and one text on one ground has one contrast: each pair of them is judged once,
# by the colours that the browser has reckoned for the text and for everything it stands on, whatever page it is on.
_JUDGE: Final = """async ([tags, themes]) => {
  const told = (name, found) => found.violations.map(rule => `${name} ${rule.id}: ${rule.nodes.slice(0, 3).map(n => n.html)}`);
  const root = document.documentElement, before = root.dataset.theme, asked = { resultTypes: ['violations'], preload: false };
  const judged = window.judged ??= new Set();
  const fresh = () => {
    const grounds = new Map([[null, '']]);
    const ground = e => {
      if (!grounds.has(e)) {
        const s = getComputedStyle(e);
        grounds.set(e, `${ground(e.parentElement)}/${s.backgroundColor} ${s.backgroundImage} ${s.opacity} ${s.position}`);
      }
      return grounds.get(e);
    };
    const field = e => e.matches('input, select, textarea, button');
    const written = e => field(e) || [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    return [...document.body.querySelectorAll('*')].filter(e => {
      if (!written(e) || !e.checkVisibility()) return false;
      const s = getComputedStyle(e);
      const pair = [e.matches(':disabled'), s.color, s.fontSize, s.fontWeight, s.textShadow, ground(e)].join();
      return !judged.has(pair) && judged.add(pair);
    });
  };
  const structure = { runOnly: { type: 'tag', values: tags }, rules: { 'color-contrast': { enabled: false } } };
  const found = told(before, await axe.run({ ...asked, ...structure }));
  for (const theme of [before, ...themes]) {
    root.dataset.theme = theme;
    const texts = fresh();
    if (texts.length) found.push(...told(theme, await axe.run({ include: texts }, { ...asked, runOnly: ['color-contrast'] })));
  }
  root.dataset.theme = before;
  return found }"""
NARROW, WIDE = {"width": 320, "height": 720}, {"width": 1280, "height": 800}


@dataclass
class Paper:
    """One window in which page values are shown one after the other. `asked` are the addresses the last page has loaded."""

    window: Page
    screens: Screens
    drawn: str = ""
    headers: dict[str, str] | None = None
    asked: list[str] | None = None

    def show(self, value: PageValue, language: Language = "ru", look: Look | None = None) -> Page:
        """Draw the value and open it, with the headers it would have."""
        answer = self.screens.render(value, View(language, look or Look(), "/"))
        # What sends the browser on by itself is taken out: here the page is to be looked at.
        self.drawn, self.headers, self.asked = _MOVES.sub("", answer.get_data(as_text=True)), dict(answer.headers), []
        self.window.goto(f"{ORIGIN}/page")
        return self.window

    def turn_to(self, value: PageValue, language: Language = "ru", look: Look | None = None) -> Page:
        """As `show`, but quicker: the page that is open gets another body, and its scripts do not run."""
        html = self.screens.render(value, View(language, look or Look(), "/")).get_data(as_text=True)
        if self.asked is None or not self.window.evaluate(_TURN, html):
            self.show(value, language, look)
        self.drawn = html
        return self.window

    def complaints(self, themes: tuple[str, ...] = ("dark",)) -> list[str]:
        """What axe finds on the page as it is, and by colour in the other themes. The program is brought along once a page."""
        if not self.window.evaluate("() => 'axe' in window"):
            self.window.evaluate(_AXE)
        return list(self.window.evaluate(_JUDGE, [list(TAGS), list(themes)]))

    def _answer(self, route: Route) -> None:
        address = route.request.url
        assert self.asked is not None
        self.asked.append(address)
        name = address.removeprefix(f"{ORIGIN}/static/").partition("?")[0]
        if address == f"{ORIGIN}/page":
            route.fulfill(body=self.drawn, headers=self.headers)
        elif name in self.screens.static:
            file = self.screens.static[name]
            route.fulfill(body=file.content, headers={"Content-Type": file.media_type})
        else:
            route.abort()


@contextmanager
def paper(browser: Browser, screens: Screens, **options: Any) -> Iterator[Paper]:
    """A window of its own, narrow unless told. Nothing it asks for leaves the process."""
    context = browser.new_context(**({"viewport": NARROW} | options), locale="ru-RU", reduced_motion="reduce")
    context.set_default_timeout(20_000)
    made = Paper(context.new_page(), screens)
    context.route("**/*", made._answer)
    yield made
    context.close()

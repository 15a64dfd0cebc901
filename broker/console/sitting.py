"""What a visit of any console does with forms and pages: one piece for the school's, the developers' and the security staff's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, redirect
from werkzeug.wrappers import Response as AnyResponse

from broker.screens.forms import FirstUse, FormKeys, FormStale, Repeat
from broker.screens.pages import Page
from broker.screens.render import Screens
from broker.screens.school_pages import PostForm
from broker.screens.view import View


@dataclass(frozen=True, slots=True)
class Sitting:
    """`browser_id` is whose form keys these are: the session; `purpose` makes of an address what a form key is for."""

    screens: Screens
    form_keys: FormKeys
    browser_id: str
    view: View
    purpose: Callable[[str], str]

    def form(self, action_url: str) -> PostForm:
        """A form that leads to `action_url`, for this session."""
        return PostForm(action_url, self.form_keys.issue(self.browser_id, self.purpose(action_url)))

    def show(self, page: Page, status: int = 200) -> Response:
        """Draw a page."""
        return self.screens.render(page, self.view, status=status)

    def once(self, use: FirstUse | Repeat | None, do: Callable[[], str]) -> AnyResponse:
        """Do what the form asks, once; then go to the address it gives. A second press gets the first one's answer.

        A press that failed has changed nothing, so pressing again tries again and says the same.
        """
        assert use is not None, "the entrance takes the key of every POST"
        try:
            return redirect(self.form_keys.answer_once(use, do), 303)
        except FormStale:
            return redirect(do(), 303)

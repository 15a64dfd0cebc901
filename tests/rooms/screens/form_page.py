"""A small form of invented questions: what every form of the house is built of, in one page, for tests only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jinja2 import ChoiceLoader, DictLoader

from broker.screens.field_errors import FieldError
from broker.screens.render import Screens
from broker.screens.settings import ScreenSettings

FORM = """{% extends "frame.html" %}
{% import "parts.html" as parts with context %}
{% block head %}<script src="{{ static['forms.js'] }}" defer></script>{% endblock %}
{% block title %}{{ t('choose.title') }}{% endblock %}
{% block main %}
{{ parts.steps((t('field.name'), t('field.phone'), t('field.email')), 2) }}
{{ parts.error_summary(page.errors) }}
<form method="post" action="/form" novalidate>
{{ parts.form_key('key') }}
{% set hint = t('help.hint') %}
{{ parts.text_field('login', t('field.name'), page.errors, value=page.login, hint=hint, autocomplete='username') }}
{{ parts.text_field('code', t('field.phone'), page.errors, autocomplete='one-time-code', maxlength=6, narrow=true) }}
{{ parts.password_field('password', t('field.email'), page.errors) }}
{{ parts.checkbox('rules', t('field.sex'), page.errors, checked=page.rules) }}
{% set roles = (('pupil', t('role.pupil')), ('parent', t('role.parent'), t('help.hint'))) %}
{{ parts.choice('role', t('field.school'), roles, page.errors, chosen='parent') }}
{% set fields = (('a', t('field.surname')), ('b', t('field.patronymic'))) %}
{{ parts.choice('fields', t('field.snils'), fields, page.errors, chosen=('b',), many=true) }}
{% set regions = (('29', t('role.teacher')), ('38', t('role.staff'))) %}
{{ parts.select('region', t('regions.label'), regions, page.errors, chosen='38') }}
{% set back = parts.send(t('regions.button'), 'go', 'back', 'alt') %}
{% call parts.buttons() %}{{ parts.send(t('choose.continue')) }} {{ back }}{% endcall %}
</form>
{% endblock %}
"""


@dataclass(frozen=True, slots=True)
class FormPage:
    """Every kind of field. `login` is the answer that is kept; there is no answer to a password."""

    template: ClassVar[str] = "form_of_tests.html"
    login: str = ""
    rules: bool = False
    errors: tuple[FieldError, ...] = ()


ERRORS = (
    FieldError("login", "login.taken"),
    FieldError("password", "password.short", 2),
    FieldError("rules", "rules"),
    FieldError("role", "role.none"),
    FieldError("region", "region.none"),
)


def screens_with_form() -> Screens:
    """The pages of the house, and this one."""
    screens = Screens(ScreenSettings())
    # The room takes no foreign templates, which is right; only this test page has to come from somewhere.
    environment = screens._environment
    assert environment.loader is not None
    environment.loader = ChoiceLoader([environment.loader, DictLoader({FormPage.template: FORM})])
    return screens

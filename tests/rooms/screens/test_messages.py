"""The message format and the catalogue's checks at start."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment

from broker.screens.messages import BadMessage, parse
from broker.screens.settings import ScreenSettings
from broker.screens.template_keys import require_texts
from broker.screens.texts import TRANSLATIONS, Texts

TEXTS = Texts()


@pytest.mark.parametrize(
    ("seconds", "ru", "en"),
    [
        (0, "1 секунду", "1 second"),
        (2, "2 секунды", "2 seconds"),
        (10, "10 секунд", "10 seconds"),
        (59.5, "1 минуту", "1 minute"),
        (61, "2 минуты", "2 minutes"),
        (660, "11 минут", "11 minutes"),
        (1260, "21 минуту", "21 minutes"),
        (3600, "1 час", "1 hour"),
        (7201, "3 часа", "3 hours"),
    ],
)
def test_waiting_times_are_declined_and_rounded_up(seconds: float, ru: str, en: str) -> None:
    assert ru == TEXTS.value("ru", timedelta(seconds=seconds), "UTC")
    assert en == TEXTS.value("en", timedelta(seconds=seconds), "UTC")


@given(st.integers(min_value=0, max_value=10**6))
def test_every_count_has_a_form(count: int) -> None:
    message = parse("{n, plural, one {# a} few {# b} many {# c} other {# d}}")
    assert message.format({"n": count}, Locale("ru").plural_form).startswith(f"{count} ")


@given(st.text())
def test_a_text_is_parsed_or_refused(text: str) -> None:
    try:
        assert parse(text).format({}, Locale("ru").plural_form) == text
    except BadMessage:
        assert "{" in text or "}" in text


@pytest.mark.parametrize("text", ["{", "a {b", "}", "{n, plural, one {x}}", "{a b}", "{n, select, x {y} other {z}}"])
def test_a_broken_text_is_refused(text: str) -> None:
    with pytest.raises(BadMessage):
        parse(text)


def test_a_missing_variable_or_a_number_that_is_not_one_is_refused() -> None:
    with pytest.raises(BadMessage, match="name"):
        parse("{name}").format({}, str)
    with pytest.raises(BadMessage, match="n must be"):
        parse("{n, plural, other {#}}").format({"n": "3"}, str)


def test_a_value_is_never_read_as_a_text() -> None:
    assert "{evil} is paused" == TEXTS.get("en", "cause.7003.title", service="{evil}")


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(BadMessage, match="no text"):
        TEXTS.get("ru", "no.such.key")
    with pytest.raises(BadMessage, match="no list"):
        TEXTS.say_list("ru", "no.such.key", {}, "UTC")


def copy_with(folder: Path, change: Callable[[str, str], str]) -> Path:
    """The shipped catalogue, every file changed by `change(language, text)`."""
    for source in TRANSLATIONS.glob("*/*.toml"):
        target = folder / source.relative_to(TRANSLATIONS)
        target.parent.mkdir(exist_ok=True)
        target.write_text(change(source.parent.name, source.read_text(encoding="utf-8")), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("language", "old", "new", "complaint"),
    [
        ("en", 'skip = "Skip to content"', "", "only one language"),
        ("ru", "«{service}» приостановлен", "«{сервис}» приостановлен", "variables of cause.7003.title"),
        ("en", 'steps = ["Tell the service the cause code."]', 'steps = ["Tell {service} the code."]', "variables of cause.700"),
        ("ru", "Вы вошли: {first_name}", "Вы вошли: {first_name", "a brace"),
    ],
)
def test_a_lopsided_catalogue_stops_the_start(tmp_path: Path, language: str, old: str, new: str, complaint: str) -> None:
    folder = copy_with(tmp_path, lambda name, text: text.replace(old, new) if name == language else text)
    assert any(old in path.read_text(encoding="utf-8") for path in (TRANSLATIONS / language).iterdir())
    with pytest.raises(BadMessage, match=complaint):
        Texts(folder)


def test_a_key_in_two_files_stops_the_start(tmp_path: Path) -> None:
    folder = copy_with(tmp_path, lambda _language, text: text)
    (folder / "ru" / "zz.toml").write_text('[frame]\nskip = "x"\n', encoding="utf-8")
    with pytest.raises(BadMessage, match="another file"):
        Texts(folder)


def test_a_cause_without_its_button_stops_the_start(tmp_path: Path) -> None:
    def change(_language: str, text: str) -> str:
        head, mark, rest = text.partition("[cause.1002]")
        return head + mark + rest.replace("button", "botton", 1)

    with pytest.raises(BadMessage, match="cause 1002"):
        Texts(copy_with(tmp_path, change))


@pytest.mark.parametrize(
    ("template", "complaint"),
    [("{{ t('no.such') }}", "no.such"), ("{{ t('nofamily.' ~ x) }}", "nofamily"), ("{{ t(x) }}", "literal")],
)
def test_a_template_that_asks_for_a_missing_text_stops_the_start(template: str, complaint: str) -> None:
    with pytest.raises(BadMessage, match=complaint):
        require_texts(Environment(loader=DictLoader({"a.html": template}), autoescape=True), TEXTS)


@pytest.mark.parametrize(
    "wrong", [{"brand_ru": " "}, {"support_phone": "", "support_mail": ""}, {"home_url": "https://a.example"}]
)
def test_settings_that_would_leave_a_person_alone_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"screens\."):
        ScreenSettings(**wrong)  # type: ignore[arg-type]

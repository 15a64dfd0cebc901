"""The rules of writing, kept by machine: both languages complete, plain words, short sentences, no text that nobody shows."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from statistics import mean
from typing import Any

import pytest
from babel import Locale
from jinja2 import Environment, FileSystemLoader

from broker.screens.causes import CAUSES
from broker.screens.messages import parse
from broker.screens.render import TEMPLATES
from broker.screens.template_keys import template_keys
from broker.screens.texts import TRANSLATIONS, Texts

# Words of officials and programmers, and words that apologise or blame.
BANNED_RU = ("авториз", "аутентиф", "идентиф", "валидн", "некоррект", "запрещ", "учётн", "учетн", "аккаунт", "систем", "токен",
             "пожалуйста", "сожалени", "упс")  # fmt: skip
BANNED_EN = ("please", "sorry", "invalid", "valid", "forbidden", "oops", "authenticat", "authoriz", "authoris", "token", "system",
             "illegal", "error occurred")  # fmt: skip
GENDERED_RU = re.compile(r"\bвы\b[^.?!]*?\b[а-яё]+(?:лся|лась|ёл|шла|вошел)\b", re.IGNORECASE)
# Said by the rooms, never by a template: fields, faults of answers, roles, values, waiting times, stand-ins, letters, receipts.
SAID_BY_ROOMS = ("field.", "field_error.", "role.", "sex.", "value.", "wait.", "sample.", "cause.", "message.", "receipt.")
PAGES = [code for code, cause in CAUSES.items() if cause.has_page]


def flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            yield from ((f"{prefix}{name}.{number}", line) for number, line in enumerate(value))
        else:
            yield f"{prefix}{name}", value


def catalogue(language: str) -> dict[str, str]:
    files = sorted((TRANSLATIONS / language).glob("*.toml"))
    return {key: text for file in files for key, text in flat(tomllib.loads(file.read_text(encoding="utf-8")))}


RU, EN = catalogue("ru"), catalogue("en")


def plain(text: str, word: str) -> str:
    """The text as a reader meets it: every variable is one word, a plural is its last form."""
    text = re.sub(r"\{\w+, plural,.*?other \{([^{}]*)\}\}", lambda found: found.group(1).replace("#", "5"), text)
    return re.sub(r"\{\w+\}", word, text)


def cause_text(texts: Mapping[str, str], code: int, word: str) -> str:
    """Title, reason and steps of one page as running text."""
    steps = [text for key, text in texts.items() if key.startswith(f"cause.{code}.steps.")]
    return plain(" ".join((texts[f"cause.{code}.title"] + ".", texts[f"cause.{code}.text"], *steps)), word)


def reading_ru(text: str) -> tuple[float, int]:
    """Flesch for Russian with Oborneva's constants, and the longest sentence; a Russian syllable is a vowel."""
    sentences = [part for part in re.split(r"(?<=[.!?…])\s+|: ", text) if re.search("[а-яё]", part, re.IGNORECASE)]
    words = re.findall(r"[А-Яа-яЁё]+(?:-[А-Яа-яЁё]+)*", text)
    syllables = sum(sign in "аеёиоуыэюя" for word in words for sign in word.lower())
    score = 206.835 - 1.3 * len(words) / len(sentences) - 60.1 * syllables / len(words)
    return score, longest(text, r"[А-Яа-яЁё]+")


def longest(text: str, word: str) -> int:
    return max((len(re.findall(word, part)) for part in re.split(r"(?<=[.!?…])\s+|: ", text)), default=0)


def test_both_languages_have_the_same_keys() -> None:
    assert RU.keys() == EN.keys()


def test_both_languages_need_the_same_variables() -> None:
    assert [] == [key for key in RU if parse(RU[key]).variables != parse(EN[key]).variables]


@pytest.mark.parametrize("key", [key for key in RU if "plural" in RU[key]])
def test_a_plural_has_every_form_of_its_language(key: str) -> None:
    for texts, language in ((RU, "ru"), (EN, "en")):
        wanted = set(Locale(language).plural_form.tags) | {"other"}
        assert all(wanted <= set(forms) for forms in parse(texts[key]).plural_forms()), (language, key)


@pytest.mark.parametrize("code", PAGES)
def test_every_cause_has_title_text_steps_and_button_in_both_languages(code: int) -> None:
    for texts in (RU, EN):
        for part in ("title", "text", "steps.0", "button"):
            assert texts[f"cause.{code}.{part}"].strip()


def test_no_text_belongs_to_a_cause_that_does_not_exist() -> None:
    assert set(PAGES) == {int(key.split(".")[1]) for key in RU if key.startswith("cause.")}


def test_no_text_is_left_unused() -> None:
    asked = template_keys(Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True))
    families = (*SAID_BY_ROOMS, *asked.families)
    assert set() == {key for key in Texts().all_keys() if key not in asked.keys and not key.startswith(families)}


@pytest.mark.parametrize(("texts", "banned"), [(RU, BANNED_RU), (EN, BANNED_EN)], ids=["ru", "en"])
def test_no_banned_word(texts: Mapping[str, str], banned: tuple[str, ...]) -> None:
    assert [] == [(key, word) for key, text in texts.items() for word in banned if re.search(rf"\b{word}", text, re.IGNORECASE)]


def test_russian_says_you_without_a_gender() -> None:
    assert [] == [key for key, text in RU.items() if GENDERED_RU.search(text)]


def test_russian_writes_you_with_a_small_letter_inside_a_sentence() -> None:
    assert [] == [key for key, text in RU.items() if re.search(r"[а-яё,»] (?:Вы|Вас|Вам|Ваш\w*)\b", text)]


@pytest.mark.parametrize("texts", [RU, EN], ids=["ru", "en"])
def test_titles_are_short(texts: Mapping[str, str]) -> None:
    assert [] == [key for key, text in texts.items() if key.endswith("title") and len(plain(text, "слово")) > 60]


def test_sentences_are_short() -> None:
    assert [] == [key for key, text in RU.items() if longest(plain(text, "слово"), r"[А-Яа-яЁё]+") > 14]
    assert [] == [key for key, text in EN.items() if longest(plain(text, "word"), r"[A-Za-z’]+") > 16]


@pytest.mark.parametrize("code", PAGES)
def test_a_cause_reads_easily_and_is_short(code: int) -> None:
    text = cause_text(RU, code, "слово")
    score, _ = reading_ru(text)
    assert score >= 40, text
    assert len(re.findall(r"[А-Яа-яЁё]+", text)) <= 30, text


def test_the_catalogue_as_a_whole_reads_easily() -> None:
    assert mean(reading_ru(cause_text(RU, code, "слово"))[0] for code in PAGES) >= 65


def reading_en(text: str) -> float:
    """Flesch-Kincaid grade; an English syllable is a run of vowels, without a silent e at the end."""
    sentences = [part for part in re.split(r"(?<=[.!?…])\s+|: ", text) if re.search("[a-z]", part, re.IGNORECASE)]
    words = re.findall(r"[A-Za-z’]+", text)
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"(?<=[^l])e$", "", word.lower())))) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def test_english_reads_easily() -> None:
    grades = {code: reading_en(cause_text(EN, code, "word")) for code in PAGES}
    assert {} == {code: grade for code, grade in grades.items() if grade > 9}
    assert mean(grades.values()) <= 5


def statements(texts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Help, statements and forms: running text, without titles and labels."""
    parts = (".lead", ".text", ".steps.", ".notes.", ".lines.")
    return [
        (key, plain(text, "слово"))
        for key, text in texts.items()
        if not key.startswith("cause.") and any(part in key for part in parts)
    ]


def test_help_and_statements_read_easily_in_russian() -> None:
    scores = [reading_ru(text)[0] for _, text in statements(RU)]
    assert mean(scores) >= 65
    assert len(scores) > 100


def test_what_is_wrong_in_a_form_is_one_phrase_without_a_full_stop() -> None:
    for texts in (RU, EN):
        faults = {key: text for key, text in texts.items() if key.startswith("field_error.")}
        assert faults and [] == [key for key, text in faults.items() if text.endswith(".") or not text[0].isupper()]


def test_opposite_choices_do_not_start_with_the_same_word() -> None:
    for texts in (RU, EN):
        for one, other in (("consent.allow", "consent.deny"), ("sign_out.yes", "sign_out.no")):
            assert texts[one].split()[0] != texts[other].split()[0]


def test_a_variable_is_never_declined() -> None:
    # A name after a preposition would need a case we cannot know: «в {region}» has no right form.
    declined = re.compile(r"\b(?:в|на|из|к|о|об|от|для|с) \{(?:region|actual|chosen|first_name|school|org)\}", re.IGNORECASE)
    assert [] == [key for key, text in RU.items() if declined.search(text)]

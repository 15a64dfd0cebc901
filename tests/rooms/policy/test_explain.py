"""An explanation tells the day, the rule, its basis, each compared field and the outcome, in both languages."""

from __future__ import annotations

import re
import string
from datetime import date

import pytest

from broker.policy import decide as decide_module
from broker.policy import local as local_module
from broker.policy.decision import Match, Verdict
from broker.policy.explain import SENTENCES_FILE, explain, load_sentences
from broker.policy.rules import FIELDS, Contacts, LevelAsked, LocalPassword
from tests.rooms.policy.facts import account, card, person, shipped

SENTENCES = load_sentences()


def told(kind="confirmed", day=date(2024, 7, 1), fields=None, **state):
    who = person(fields) if fields else person()
    return explain(shipped().of_region("38"), who, account(kind, **state), day, SENTENCES)


def test_the_whole_story_of_a_refusal():
    story = told(fields=card(surname="Берёзкина", snils=None))

    assert story.in_language("ru") == (
        "Иркутская область, 2024-07-01 по местному времени (Asia/Irkutsk).",
        "Действовали правила с 2024-07-01. Основание: Федеральный закон от 27.07.2010 № 210-ФЗ; "
        "постановление Правительства РФ от 10.07.2013 № 584.",
        "Правило: 38/2024-07-01/adults.",
        "Полных лет в этот день: 39.",
        "Запись на Госуслугах: только подтверждённая.",
        "Фамилия: не совпало.",
        "Имя: совпало.",
        "Отчество: совпало.",
        "СНИЛС: нет в карточке.",
        "Дата рождения: совпало.",
        "Пол: совпало.",
        "Имя в карточке и на Госуслугах не совпало. Исправит школа.",
        "В карточке нет СНИЛС. Его внесёт школа, или помогут логин и пароль дневника.",
        "Итог: входа нет.",
        "Пароль дневника: нужен один раз, чтобы связать записи, и для приглашения.",
        "Вход по паролю дневника в этом регионе закрыт.",
        "Итог для пароля дневника: входа нет.",
        "При первом входе нужны и телефон, и почта.",
    )
    assert "Surname: differs." in story.in_language("en")
    assert Verdict.REFUSE is story.decision.verdict


@pytest.mark.parametrize(
    ("kind", "day", "linked", "sentence"),
    [
        ("confirmed", date(2024, 7, 1), False, "Result: sign-in is allowed."),
        ("confirmed", date(2024, 7, 1), True, "The accounts are connected already, so the data were not compared again."),
        ("confirmed", date(2012, 7, 1), False, "The rule compares no data: the diary login and password connect the accounts."),
        (
            "confirmed",
            date(2009, 7, 1),
            False,
            "Result: no sign-in.",
        ),
        (
            "standard",
            date(2024, 6, 30),
            True,
            "The rules change on 2024-07-01: "
            "From 1 July 2024 you sign in only with Gosuslugi, and the account must be confirmed.",
        ),
    ],
)
def test_the_other_sentences(kind, day, linked, sentence):
    assert sentence in told(kind, day, linked=linked).in_language("en")


@pytest.mark.parametrize(
    ("day", "state", "expected"),
    [
        (date(2020, 3, 1), {}, ("password.allowed", "local.allow", "skip.yes", "contacts.both")),
        (date(2020, 3, 1), {"activated": False}, ("password.allowed", "cause.3110", "local.refuse", "skip.yes", "contacts.both")),
        (date(2020, 3, 1), {"blocked": True}, ("password.allowed", "local.refuse", "skip.yes", "contacts.both")),
        (date(2012, 3, 1), {}, ("password.allowed", "local.allow", "skip.yes", "contacts.one")),
        (date(2024, 5, 1), {}, ("password.allowed", "local.allow", "skip.yes", "contacts.both", "coming")),
        (date(2024, 7, 1), {}, ("password.first_sign_in", "cause.4006", "local.refuse", "contacts.both")),
        (date(2009, 7, 1), {}, ()),
    ],
)
def test_what_the_password_opens_and_what_the_wizard_asks(day, state, expected):
    story = explain(shipped().of_region("38"), person(**state), account("confirmed"), day, SENTENCES)
    keys = [line.key for line in story.lines]
    verdict = next(place for place, key in enumerate(keys) if key.startswith("verdict."))

    assert expected == tuple(keys[verdict + 1 :])


def test_a_day_without_rules_is_told_as_such():
    day = date(2009, 7, 1)

    assert "There are no rules for this day, so sign-in is closed. Support must correct this." == told(day=day).lines[1].en


def test_a_future_period_can_be_asked_before_it_begins():
    assert Verdict.REFUSE is told("standard", date(2024, 7, 1), linked=True).decision.verdict
    assert Verdict.ALLOW is told("standard", date(2024, 6, 30), linked=True).decision.verdict


def test_every_word_the_room_may_say_has_a_sentence_and_no_sentence_is_idle():
    source = "".join(module.__loader__.get_source(module.__name__) for module in (decide_module, local_module))
    causes = {f"cause.{code}" for code in re.findall(r"\b[2348]\d{3}\b", source)}
    expected = (
        causes
        | {f"level.{level.value}" for level in LevelAsked}
        | {f"match.{match.value}" for match in Match}
        | {f"verdict.{verdict.value}" for verdict in Verdict}
        | {f"field.{field}" for field in FIELDS}
        | {f"password.{state.value}" for state in LocalPassword}
        | {f"contacts.{contacts.value}" for contacts in Contacts}
        | {"local.allow", "local.refuse", "skip.yes", "skip.no"}
        | {"day", "no_period", "period", "rule", "age", "age_unknown", "linked", "nothing_compared", "coming", "upstreams"}
    )

    assert expected == SENTENCES.keys()


def test_both_languages_take_the_same_words():
    def words(text):
        return {name.removesuffix("_ru").removesuffix("_en") for _, name, _, _ in string.Formatter().parse(text) if name}

    pairs = re.findall(r'^ru = "(.*)"\nen = "(.*)"$', SENTENCES_FILE.read_text(encoding="utf-8"), re.MULTILINE)

    assert len(SENTENCES.keys()) == len(pairs)
    assert [words(ru) for ru, _ in pairs] == [words(en) for _, en in pairs]

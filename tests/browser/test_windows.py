"""What people do to a browser: a second window, Back, reload, two presses. Nobody ends in a dead end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from examples.demo.house import DemoHouse
from tests.browser.newcomer import Newcomer

Arrive = Callable[..., Newcomer]


def second_window(newcomer: Newcomer) -> Newcomer:
    """Another window of the same browser: the same cookies."""
    return replace(newcomer, page=newcomer.page.context.new_page())


def test_two_windows_of_one_browser_both_arrive(newcomer: Arrive, house: DemoHouse) -> None:
    first = newcomer(java_script_enabled=False)
    second = second_window(first)
    first.start_at(house.diary)
    second.start_at(house.olympiads)
    first.choose_region("29")
    second.choose_region("29")

    first.to_esia()
    first.at_esia("orlova")
    if first.page.url.startswith(house.mock_esia):
        first.decide()
    assert house.diary + "/" == first.page.url

    # The other window still shows its own page; pressing on there leads on, with its own service.
    second.to_esia()
    if second.page.url.startswith(house.mock_esia):
        second.at_esia("orlova")
    if second.page.locator("button[value=allow]").count():
        second.decide()
        second.arrive(house.olympiads)
    assert second.page.url.startswith(house.olympiads + "/")
    assert "Орлова" in second.page.locator("h1").inner_text()


def test_back_from_the_diary_shows_a_page_that_leads_on(newcomer: Arrive, house: DemoHouse) -> None:
    person = newcomer(java_script_enabled=False)
    person.sign_in(house.diary, "tarasov", "38")
    assert house.diary + "/" == person.page.url

    person.page.go_back()
    assert not person.page.url.startswith(house.diary + "/callback")
    person.open(house.diary)

    assert "Тарасов" in person.page.locator("h1").inner_text()


def test_back_from_the_mock_and_on_again(newcomer: Arrive, house: DemoHouse) -> None:
    person = newcomer(java_script_enabled=False)
    person.start_at(house.diary)
    person.choose_region("29")
    person.to_esia()

    person.page.go_back()
    assert person.page.url.startswith(house.issuer)
    person.to_esia()
    person.at_esia("orlova")
    if person.page.url.startswith(house.mock_esia):
        person.decide()

    assert house.diary + "/" == person.page.url


def test_reload_repeats_a_question_and_answers_nothing(newcomer: Arrive, house: DemoHouse) -> None:
    person = newcomer(java_script_enabled=False)
    person.sign_in(house.olympiads, "fomina", "38")
    question = person.page.locator("h1").inner_text()

    person.page.reload()
    assert question == person.page.locator("h1").inner_text()
    person.decide()
    person.arrive(house.olympiads)
    person.page.reload()

    assert "Фомина" in person.page.locator("h1").inner_text()


def test_two_presses_of_allow_are_one_answer(newcomer: Arrive, house: DemoHouse) -> None:
    person = newcomer()
    person.sign_in(house.olympiads, "chernov", "38")

    person.page.locator('button[value="allow"]').dblclick(no_wait_after=True)
    person.arrive(house.olympiads)

    assert "Чернов" in person.page.locator("h1").inner_text()

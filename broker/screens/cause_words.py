"""The words of one cause: on its own page with the real values, on the help page with stand-ins."""

from __future__ import annotations

from dataclasses import dataclass

from broker.screens.causes import Cause
from broker.screens.messages import BadMessage
from broker.screens.pages import CausePage
from broker.screens.texts import Texts
from broker.screens.values import Value, Word
from broker.screens.view import Language

_STAND_INS = "sample"


@dataclass(frozen=True, slots=True)
class CauseWords:
    """What happened, why, what to do, the first step. `text` is empty only on the help page."""

    title: str
    text: str
    steps: tuple[str, ...]
    button: str


def cause_words(texts: Texts, language: Language, page: CausePage) -> CauseWords:
    """The words of a cause page.

    Raises:
        BadMessage: the page lacks a variable its cause needs.
    """
    variables: dict[str, Value] = {**({"service": page.service} if page.service else {}), **page.variables}
    key = f"cause.{page.cause.code}" + (f".{page.variant}" if page.variant else "")
    return CauseWords(
        title=texts.say(language, f"{key}.title", variables, page.zone),
        text=texts.say(language, f"{key}.text", variables, page.zone),
        steps=texts.say_list(language, f"{key}.steps", variables, page.zone),
        button=texts.say(language, f"{key}.button", variables, page.zone),
    )


def sample_words(texts: Texts, language: Language, cause: Cause) -> CauseWords:
    """The words of a cause for somebody who has only its code. A sentence that needs a number is left out."""
    prefix = f"{_STAND_INS}."
    stand_ins: dict[str, Value] = {key.removeprefix(prefix): Word(key) for key in texts.all_keys() if key.startswith(prefix)}
    key = f"cause.{cause.code}"
    try:
        text = texts.get(language, f"{key}.text", **stand_ins)
    except BadMessage:
        text = ""
    return CauseWords(
        title=texts.get(language, f"{key}.title", **stand_ins),
        text=text,
        steps=texts.say_list(language, f"{key}.steps", stand_ins, "UTC"),
        button=texts.get(language, f"{key}.button", **stand_ins),
    )

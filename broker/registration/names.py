"""Names that look like somebody else's: people read them on our page and decide by them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from broker.clients.client import Client

# What looks alike, as one sign each (Unicode Technical Standard 39, 4).
_ALIKE = str.maketrans({
    "а": "a", "б": "6", "в": "b", "г": "r", "е": "e", "з": "3", "и": "u", "к": "k", "м": "m", "н": "h", "о": "o", "п": "n",
    "р": "p", "с": "c", "т": "t", "у": "y", "х": "x", "ч": "4", "і": "i", "ѕ": "s", "ј": "j", "һ": "h", "ԛ": "q", "ԝ": "w",
    "0": "o", "1": "i", "l": "i",
})  # fmt: skip
_LATIN, _CYRILLIC = "LATIN", "CYRILLIC"
_WORD = re.compile(r"[^\W\d_]+")

# Nobody but the state and ourselves is called so.
_STATE = ("госуслуги", "госуслуга", "gosuslugi", "gosuslugy", "минпросвещения", "минцифры", "школьный вход", "school sign-in")
_STATE_WORDS = ("есиа", "esia", "gosuslug")
# Somebody may well be called so; a registrar looks at it.
_SCHOOL = ("школ", "гимнази", "лицей", "дневник", "shkol", "school", "dnevnik")


def imitates_state(client: Client) -> bool:
    """Whether a name cannot be told from that of Gosuslugi, of the state or of this house, or mixes alphabets to look so."""
    return any(_is_mixed(name) or _holds(name, _STATE) or _has_word(name, _STATE_WORDS) for name in _names(client))


def needs_registrar(client: Client, others: Iterable[Client]) -> bool:
    """Whether a person has to look at the names before people meet them: like the state's, a school's or another service's."""
    if imitates_state(client) or any(_holds(name, _SCHOOL) for name in _names(client)):
        return True
    taken = {skeleton(name) for other in others if other.client_id != client.client_id for name in _service_names(other)}
    return any(skeleton(name) in taken for name in _service_names(client))


def skeleton(name: str) -> str:
    """Equal for names that look equal: without marks, signs and spaces, every letter as the Latin one it looks like."""
    bare = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(sign for sign in bare if unicodedata.category(sign)[0] in "LN")
    return letters.translate(_ALIKE)


def _names(client: Client) -> tuple[str, ...]:
    return (client.client_name, client.client_name_en, client.organisation)


def _service_names(client: Client) -> tuple[str, ...]:
    return (client.client_name, client.client_name_en)


def _is_mixed(name: str) -> bool:
    """Letters of two alphabets in one word, or of one that neither Russian nor English is written in."""
    for word in _WORD.findall(unicodedata.normalize("NFKC", name)):
        alphabets = {unicodedata.name(letter, "").partition(" ")[0] for letter in word}
        if alphabets - {_LATIN, _CYRILLIC} or len(alphabets) > 1:
            return True
    return False


def _holds(name: str, parts: tuple[str, ...]) -> bool:
    return any(skeleton(part) in skeleton(name) for part in parts)


def _has_word(name: str, words: tuple[str, ...]) -> bool:
    return any(skeleton(word) == skeleton(found) for word in words for found in _WORD.findall(name))

"""What goes on an invitation: a temporary password that can be read aloud, and a login made from a surname."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from broker.foundation.normal_forms import name_form

# Without 0 o, 1 l i: on paper nobody can tell them apart. 31 signs, so ten of them hold 49 bits.
_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
_LENGTH = 10
# Hard and soft signs vanish: a login is for the eye and the keyboard, not for reading back.
_LATIN = dict(zip("абвгдеэзийклмнопрстуфхцы", "abvgdeeziyklmnoprstufhcy", strict=True)) | {
    "ж": "zh", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya", "ъ": "", "ь": "",
}  # fmt: skip


def temporary_password(random: Callable[[int], bytes]) -> str:
    """Ten signs in groups, such as `k7mp-2xq-d9h`; the hyphens are for the eye only."""
    signs = "".join(_SIGNS[number_below(len(_SIGNS), random)] for _ in range(_LENGTH))
    return f"{signs[:4]}-{signs[4:7]}-{signs[7:]}"


def temporary_form(unverified_password: str) -> str:
    """A temporary password without case, spaces and hyphens, as people copy it from paper."""
    folded = unicodedata.normalize("NFKC", unverified_password[:100]).casefold()
    return "".join(sign for sign in folded if sign.isalnum())


def number_below(limit: int, random: Callable[[int], bytes]) -> int:
    """A random number from 0 to `limit` - 1, each as likely as the other; `limit` is at most 2^32."""
    # The last, incomplete run of `limit` numbers would favour the small ones; it is thrown away.
    fair = 2**32 - 2**32 % limit
    while True:
        number = int.from_bytes(random(4), "big")
        if number < fair:
            return number % limit


def in_latin(text: str) -> str:
    """A Russian text in Latin letters, in lower case; other signs stay."""
    return "".join(_LATIN.get(sign, sign) for sign in name_form(text))


def suggested_login(surname: str, random: Callable[[int], bytes]) -> str:
    """A login nobody has to spell: the surname in Latin letters and four digits."""
    letters = "".join(sign for sign in in_latin(surname) if "a" <= sign <= "z")[:20] or "diary"
    return f"{letters}.{number_below(9000, random) + 1000}"

"""How letters are worded and by which ways they leave: part of the composition root, for the outbox does not know the texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from broker.directory.contacts import Contacts, Kind
from broker.foundation.outside import Outside
from broker.messages.carrier import Carrier, Words
from broker.messages.courier import Ways
from broker.messages.outbox import Channel, Letter
from broker.messages.sms import SmsGateway
from broker.messages.smtp import SmtpCarrier
from broker.screens.texts import Texts
from broker.screens.view import LANGUAGES
from config.settings import Settings


class LetterWords:
    """The catalogue's words for a letter: `message.<kind>.subject` and `.text`, or `.sms` where an SMS says it shorter.

    `brands` is what we are called, by language. The catalogue is read with the first letter: most commands send none.
    """

    def __init__(self, brands: Mapping[str, str]):
        self._brands = brands

    def __call__(self, letter: Letter) -> Words:
        """Raises BadMessage, a ValueError, when there is no such kind or a variable is missing."""
        language = next((known for known in LANGUAGES if known == letter.language), LANGUAGES[0])
        shorter = f"message.{letter.kind}.sms"
        if letter.channel is Channel.SMS:
            key = shorter if self._texts.has(shorter) else f"message.{letter.kind}.text"
            return Words("", self._texts.say(language, key, letter.variables))
        subject = self._texts.say(language, f"message.{letter.kind}.subject", letter.variables)
        text = self._texts.say(language, f"message.{letter.kind}.text", letter.variables)
        foot = self._texts.get(language, "message.foot", brand=self._brands[language])
        return Words(subject, f"{text}\n\n-- \n{foot}\n")

    @cached_property
    def _texts(self) -> Texts:
        return Texts()


def ways_of(settings: Settings, outside: Outside) -> Ways:
    """The ways that are open. Each courier needs its own: a connection to a mail server belongs to one thread."""
    carriers: dict[Channel, Carrier] = {}
    if settings.messages.smtp_host:
        carriers[Channel.MAIL] = SmtpCarrier(settings.messages, outside.now)
    if settings.messages.sms_url:
        carriers[Channel.SMS] = SmsGateway(settings.messages, outside.send)
    return Ways(LetterWords({"ru": settings.screens.brand_ru, "en": settings.screens.brand_en}), carriers)


def confirmed_addresses(contacts: Contacts) -> Callable[[str], tuple[tuple[Channel, str], ...]]:
    """Where a person may be written to: addresses they have shown to be theirs."""
    channels = {Kind.EMAIL: Channel.MAIL, Kind.PHONE: Channel.SMS}

    def addresses(person_id: str) -> tuple[tuple[Channel, str], ...]:
        return tuple((channels[found.kind], found.value) for found in contacts.of(person_id) if found.confirmed_at is not None)

    return addresses

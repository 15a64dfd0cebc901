"""What every way out of the house must do; `test_carriers.py` names the ways."""

from __future__ import annotations

from typing import Protocol

import pytest

from broker.messages.carrier import Carrier, NotCarried, Parcel, Trouble, Words


class FarSide(Protocol):
    """Whoever takes letters over, as a test moves it."""

    def came(self) -> list[tuple[str, str]]:
        """What was taken over: address and text."""

    def refuse(self, how: str) -> None:
        """Answer the next letter so: `busy` or `never`."""

    def be_away(self) -> None:
        """From now on nobody answers."""


def parcel(address: str = "", text: str = "Код 123456.\nРаботает 15 минут.", letter_id: str = "l-1") -> Parcel:
    return Parcel(letter_id, address, "ru", Words("Код для дневника", text))


class CarrierContract:
    """Subclasses provide `carrier`, its `far` side and an `address`."""

    def test_what_is_carried_comes_whole(self, carrier: Carrier, far: FarSide, address: str) -> None:
        carrier.carry(parcel(address))

        assert [(address, "Код 123456.\nРаботает 15 минут.")] == far.came()

    def test_many_are_carried_and_it_may_rest_between(self, carrier: Carrier, far: FarSide, address: str) -> None:
        for number in range(3):
            carrier.carry(parcel(address, f"Письмо {number}"))
        carrier.rest()
        carrier.rest()
        carrier.carry(parcel(address, "Письмо 3"))

        assert [(address, f"Письмо {number}") for number in range(4)] == far.came()

    def test_a_busy_far_side_is_asked_again_later(self, carrier: Carrier, far: FarSide, address: str) -> None:
        far.refuse("busy")

        with pytest.raises(NotCarried) as failed:
            carrier.carry(parcel(address))

        assert (Trouble.BUSY, False) == (failed.value.trouble, failed.value.is_final)
        assert [] == far.came()
        carrier.carry(parcel(address, "later"))
        assert [(address, "later")] == far.came()

    def test_a_refusal_of_the_letter_is_final(self, carrier: Carrier, far: FarSide, address: str) -> None:
        far.refuse("never")

        with pytest.raises(NotCarried) as failed:
            carrier.carry(parcel(address))

        assert (Trouble.REFUSED, True) == (failed.value.trouble, failed.value.is_final)
        carrier.carry(parcel(address, "another"))
        assert [(address, "another")] == far.came()

    def test_a_far_side_that_is_away_is_asked_again_later(self, carrier: Carrier, far: FarSide, address: str) -> None:
        far.be_away()

        with pytest.raises(NotCarried) as failed:
            carrier.carry(parcel(address))

        assert (Trouble.UNREACHABLE, False) == (failed.value.trouble, failed.value.is_final)

    def test_a_failure_tells_nothing_of_the_letter(self, carrier: Carrier, far: FarSide, address: str) -> None:
        far.refuse("never")

        with pytest.raises(NotCarried) as failed:
            carrier.carry(parcel(address))

        assert address not in str(failed.value)
        assert failed.value.__cause__ is None
        assert failed.value.__suppress_context__ or failed.value.__context__ is None

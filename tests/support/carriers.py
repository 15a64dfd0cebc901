"""A way out of the house for tests that are not about mail servers."""

from __future__ import annotations

from dataclasses import dataclass, field

from broker.messages.carrier import NotCarried, Parcel, Trouble


@dataclass
class MemoryCarrier:
    """Keeps what it was given. `troubles` are raised instead, one after the other."""

    parcels: list[Parcel] = field(default_factory=list)
    troubles: list[NotCarried] = field(default_factory=list)
    rests: int = 0
    is_away: bool = False

    def carry(self, parcel: Parcel) -> None:
        if self.is_away:
            raise NotCarried(Trouble.UNREACHABLE) from None
        if self.troubles:
            raise self.troubles.pop(0) from None
        self.parcels.append(parcel)

    def rest(self) -> None:
        self.rests += 1

    def came(self) -> list[tuple[str, str]]:
        return [(parcel.address, parcel.words.text) for parcel in self.parcels]

    def refuse(self, how: str) -> None:
        busy = how == "busy"
        self.troubles.append(NotCarried(Trouble.BUSY if busy else Trouble.REFUSED, is_final=not busy))

    def be_away(self) -> None:
        self.is_away = True

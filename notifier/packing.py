"""What a lane puts on the wire, filled for one person: frozen words, a service text, or the edit of a message that was sent.

Nothing here waits for anything: the turn has read all that is needed.
"""

import html
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from notifier.channels.contract import Parcel
from notifier.clock import Clock
from notifier.domain.codes import verification_code
from notifier.domain.message import LINK_SLOT, NAME_SLOT, Choice, WayBack, Wording, Words, fill
from notifier.domain.people import Address, Channel, Language
from notifier.domain.references import CHANGE, make_token
from notifier.prose import say
from notifier.store.notices import Notice, Shown
from notifier.store.outbox import Wired
from notifier.vault import Vault

Leaving = Callable[[], None]


@dataclass(slots=True)
class Packer:
    """One lane's. ``wordings`` are the frozen words of what its turns have put on the wire, by id."""

    vault: Vault
    clock: Clock
    public_url: str
    zone: ZoneInfo  # of the times that people read
    channel: Channel
    wordings: dict[int, Wording] = field(default_factory=dict)
    _codes: bytes = field(init=False, repr=False)
    _buttons: bytes = field(init=False, repr=False)
    _links: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._codes, self._buttons, self._links = (self.vault.derive(kind) for kind in ("codes", "buttons", "links"))

    def find_address(self, row: Wired | Notice) -> tuple[Address, bool]:
        """Where it goes, and whether that has been found to be the hospital's own since it was queued."""
        about = row.shown.row if isinstance(row, Notice) and row.shown is not None else row
        if isinstance(about, Wired):
            return Address(self.channel, self.vault.open(about.address_sealed, f"addresses:{about.address}:value")), about.in_band
        return Address(self.channel, self.vault.open(about.to_sealed or b"", f"notices:{about.id}:to")), False

    def pack(self, row: Wired | Notice, address: Address, leaving: Leaving) -> Parcel | None:
        """Ready for the wire; None once its words are no longer true."""
        life = row.expires_at - self.clock.now()
        if life <= timedelta(0):
            return None
        if isinstance(row, Wired):
            return self._pack_row(row, address, life, leaving)
        if row.shown is not None:
            return self._pack_edit(row.shown, address, life, leaving)
        text = self.vault.open(row.text_sealed or b"", f"notices:{row.id}:text")
        choices = tuple(Choice(place, str(place), label) for place, (label, _) in enumerate(row.buttons))
        buttons = {str(place): data for place, (_, data) in enumerate(row.buttons)}
        return Parcel(str(row.id), address, Words(text, "", choices), life, buttons, leaving=leaving)

    def _pack_row(self, row: Wired, address: Address, life: timedelta, leaving: Leaving) -> Parcel:
        """The words of this person."""
        wording = self.wordings[row.wording]
        name = ""
        if NAME_SLOT in wording.text:
            name = self.vault.open(row.name_sealed, f"recipients:{row.recipient}:name")
        code = verification_code(self._codes, row.person, row.card, row.exercise, row.number)
        link = ""
        if wording.way_back is WayBack.LINK or LINK_SLOT in wording.text:
            link = f"{self.public_url}/r/{make_token(self._links, row.recipient)}"
        buttons: dict[str, str] = {}
        if self.channel is Channel.TELEGRAM and wording.choices:
            token = make_token(self._buttons, row.recipient)
            buttons = {choice.key: f"{token}.{choice.digit}" for choice in wording.choices}
        return Parcel(
            ref=str(row.id),
            address=address,
            words=fill(wording, name=name, code=code, link=link),
            life=life,
            buttons=buttons,
            protect=row.protect,
            urgent=row.urgent,
            exercise=row.exercise,
            language=wording.language,
            leaving=leaving,
        )

    def _pack_edit(self, shown: Shown, address: Address, life: timedelta, leaving: Leaving) -> Parcel:
        """The words as they were approved, and below them what has become of the message."""
        parcel, wording = self._pack_row(shown.row, address, life, leaving), self.wordings[shown.row.wording]
        words, buttons = parcel.words, parcel.buttons
        if shown.over:
            words, buttons = replace(words, choices=()), {}
        elif shown.answer is not None and not shown.reopened:
            words = replace(words, choices=(Choice(CHANGE, "change", say("edit.change", Language(wording.language))),))
            buttons = {"change": f"{make_token(self._buttons, shown.row.recipient)}.{CHANGE}"}
        told = self._what_became(shown, wording)
        return replace(parcel, words=replace(words, text="\n\n".join([words.text, *told])), buttons=buttons, edits=shown.message)

    def _what_became(self, shown: Shown, wording: Wording) -> list[str]:
        language = Language(wording.language)
        told = []
        label = next((choice.label for choice in wording.choices if choice.key == shown.answer), None)
        if shown.stopped_at is not None:
            told.append(say("edit.stopped", language, at=self._time(shown.stopped_at)))
        if label is not None and shown.answered_at is not None:
            code = "edit.reopened" if shown.reopened and not shown.over else "edit.answered"
            told.append(say(code, language, label=label, at=self._time(shown.answered_at)))
        return [html.escape(line, quote=False) for line in told]

    def _time(self, at: datetime) -> str:
        return f"{at.astimezone(self.zone):%H:%M}"

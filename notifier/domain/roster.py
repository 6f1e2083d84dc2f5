"""The group, its clinics and services, the people and relay posts, and who is on duty when.

Duty data carries its age: beyond ``FRESH`` the planned shifts are not believed, and *on duty* falls back to relay posts and
people on call (astreinte).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from notifier.domain.people import Address, Channel, Language

FRESH = timedelta(hours=48)  # default of the setting ``duty_fresh_hours``


class Kind(StrEnum):
    """Who is called: a person, or a service's relay post (shared mobile, analogue line, runner)."""

    PERSON = "person"
    RELAY = "relay"


class Status(StrEnum):
    EMPLOYEE = "salarie"
    LIBERAL = "liberal"
    TEMP = "interim"
    STUDENT = "etudiant"
    CONTRACTOR = "prestataire"


class Travel(StrEnum):
    """Travel-time band in minutes, never a home address."""

    UNDER_30 = "<30"
    UNDER_60 = "30-60"
    OVER_60 = ">60"


class SlotKind(StrEnum):
    SHIFT = "poste"
    GUARD = "garde"  # on site, working time
    ON_CALL = "astreinte"  # at home, reachable (Code du travail L.3121-9)
    LEAVE = "absence"


@dataclass(frozen=True, slots=True)
class Service:
    """One service of one clinic. ``code`` is stable across clinics (BLOC, URG …); ``sms_name`` has at most 5 characters.

    ``need`` maps a shift name (matin, apres-midi, nuit) to how many people it needs.
    """

    clinic: str
    code: str
    name: str
    sms_name: str
    responsible_role: str
    need: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clinic:
    """One site. ``sms_name`` has at most 6 characters. In-band domains and PBX ranges belong to the attacked network."""

    code: str
    name: str
    city: str
    kind: str
    sms_name: str
    in_band_domains: tuple[str, ...] = ()
    pbx_ranges: tuple[str, ...] = ()  # E.164 prefixes
    staffed_number: str = ""  # E.164, outside the PBX, answered day and night; printed by one-way SMS lanes
    services: tuple[Service, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """The hospital group; clinics in the order in which it names them."""

    name: str
    clinics: tuple[Clinic, ...]

    def clinic(self, code: str) -> Clinic | None:
        return next((clinic for clinic in self.clinics if clinic.code == code), None)


@dataclass(frozen=True, slots=True)
class Contact:
    """One address of a person, with what keeps it from being used."""

    id: int
    address: Address
    in_band: bool = False  # hospital mail, PBX: stored and flagged, never sent to
    dead: bool = False  # the provider said so
    enrolled: bool = False  # bound by the person; no sheet takes it away

    @property
    def usable(self) -> bool:
        """May be sent to: out of band, alive, and for a phone number one that takes SMS."""
        return not self.in_band and not self.dead and (self.address.channel is not Channel.SMS or self.address.takes_sms)


@dataclass(frozen=True, slots=True)
class Person:
    """A person or a relay post. ``card`` is the serial of the printed card (1 at first), part of the verification code."""

    id: int
    matricule: str
    kind: Kind
    clinic: str
    service: str
    role: str  # profession code as in the roster: IDE, IBODE, CADRE, MED …
    status: Status
    language: Language
    family_name: str = field(repr=False)
    given_name: str = field(repr=False)
    travel: Travel | None = None
    on_call: bool = False  # belongs to the astreinte list (CSV column ``astreinte``)
    volunteer: bool = False  # agreed to be recalled
    tags: frozenset[str] = frozenset()
    card: int = 1
    contacts: tuple[Contact, ...] = ()

    @property
    def shown(self) -> str:
        """The name on screens and lists of the cell: ``LE GOFF Alla``."""
        return f"{self.family_name.upper()} {self.given_name}".strip()

    def usable(self, channel: Channel) -> Contact | None:
        """The first address of that channel that may be sent to."""
        for contact in self.contacts:  # a loop is twice as fast as next() with a generator, 150,000 times over
            if contact.address.channel is channel and contact.usable:
                return contact
        return None

    def without_contacts(self) -> "Person":
        """Who it is, and not how to reach him: all that a plan keeps of each of 50,000."""
        return Person(
            self.id, self.matricule, self.kind, self.clinic, self.service, self.role, self.status, self.language,
            self.family_name, self.given_name, self.travel, self.on_call, self.volunteer, self.tags, self.card,
        )  # fmt: skip

    @property
    def reachable(self) -> tuple[Channel, ...]:
        """Channels with a usable address, in the order they are tried."""
        return tuple(channel for channel in Channel if self.usable(channel))


@dataclass(frozen=True, slots=True)
class Slot:
    """A planned stretch of time of one person of a clinic, half open ``[starts, ends)``, UTC."""

    person: int
    clinic: str
    kind: SlotKind
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on shift, on call or away at one instant, and how old the plan behind it is per clinic."""

    on_shift: frozenset[int]
    on_call: frozenset[int]
    away: frozenset[int]
    stale: frozenset[str]  # clinics whose plan is older than FRESH, or has none
    age: dict[str, timedelta | None]  # None: never imported

    def woken(self, person: Person) -> bool:
        """Only people on shift or on call, and relay posts, are woken or chased."""
        if person.kind is Kind.RELAY:
            return True
        if person.id in self.away:
            return False
        if person.clinic in self.stale:
            return person.on_call or person.id in self.on_call
        return person.id in self.on_shift or person.id in self.on_call


def duty_at(
    clinics: Iterable[str], slots: Iterable[Slot], planned: dict[str, datetime], at: datetime, fresh: timedelta = FRESH
) -> Duty:
    """The duty picture of these clinics at ``at``. ``planned`` maps a clinic's code to when its plan was true (file date given at
    import).

    A plan older than ``fresh`` is not believed: its shifts count for nobody, its leave still does.
    """
    age = {clinic: at - planned[clinic] if clinic in planned else None for clinic in {*clinics, *planned}}
    stale = frozenset(clinic for clinic, since in age.items() if since is None or since > fresh)
    on_shift, on_call, away = set(), set(), set()
    for slot in slots:
        if not slot.starts <= at < slot.ends:
            continue
        match slot.kind:
            case SlotKind.LEAVE:
                away.add(slot.person)
            case SlotKind.ON_CALL:
                on_call.add(slot.person)
            case SlotKind.SHIFT | SlotKind.GUARD:
                if slot.clinic in age and slot.clinic not in stale:
                    on_shift.add(slot.person)
    return Duty(frozenset(on_shift), frozenset(on_call), frozenset(away), stale, age)

"""The fixed cast: Alla is on duty, Boris is off duty, Clara works in another clinic and must never be called."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from notifier.domain.people import Address, Channel, Language
from notifier.domain.roster import Clinic, Contact, Duty, Group, Kind, Person, Service, Status

NIGHT = datetime(2026, 10, 4, 20, 45, tzinfo=UTC)  # 22h45 in Paris
MOBILE, LANDLINE = "+33639980012", "+33199000012"


def make_service(clinic: str, code: str, name: str, role: str = "CADRE") -> Service:
    """One service of the cast's group."""
    return Service(clinic, code, name, code[:5], role)


KER = Clinic(
    "KER",
    "Quimper–Kerlic",
    "Quimper",
    "MCO",
    "Kerlic",
    services=(make_service("KER", "BLOC", "Bloc opératoire"), make_service("KER", "URG", "Urgences")),
)
SAG = Clinic(
    "SAG", "Rennes–La Sagesse", "Rennes", "MCO", "Sagess", services=(make_service("SAG", "BLOC", "Bloc opératoire", "IBODE"),)
)
GROUP = Group("HGX", (KER, SAG))


def contact(number: int, channel: Channel, value: str, *, in_band: bool = False, dead: bool = False) -> Contact:
    """One address of somebody."""
    return Contact(number, Address(channel, value), in_band, dead)


def make_person(number: int, family: str, given: str, clinic: str = "KER", service: str = "BLOC", role: str = "IDE") -> Person:
    """A nurse of Kerlic's theatre with a mobile, unless told otherwise."""
    return Person(
        id=number,
        matricule=f"M{number:04d}",
        kind=Kind.PERSON,
        clinic=clinic,
        service=service,
        role=role,
        status=Status.EMPLOYEE,
        language=Language.FR,
        family_name=family,
        given_name=given,
        contacts=(contact(number * 10, Channel.SMS, MOBILE),),
    )


ALLA = make_person(1, "Le Goff", "Alla")
BORIS = replace(make_person(2, "Étienne", "Boris", role="CADRE"), on_call=True, tags=frozenset({"Renfort"}))
CLARA = make_person(3, "Goff", "Clara", "SAG")
DINA = make_person(4, "L'Hostis", "Dina", role="CADRE")
EMIL = replace(make_person(5, "Le Bihan", "Emil", service="URG", role="MED"), status=Status.LIBERAL, volunteer=True)
POST = replace(make_person(6, "Bloc", "Relais", role="RELAIS"), kind=Kind.RELAY)
EVERYBODY = (ALLA, BORIS, CLARA, DINA, EMIL, POST)

FRESH_DUTY = Duty(
    on_shift=frozenset({ALLA.id, CLARA.id, DINA.id}),
    on_call=frozenset({EMIL.id}),
    away=frozenset(),
    stale=frozenset(),
    age={"KER": timedelta(hours=2), "SAG": timedelta(hours=2)},
)
STALE_DUTY = replace(FRESH_DUTY, on_shift=frozenset({CLARA.id}), on_call=frozenset(), stale=frozenset({"KER"}))

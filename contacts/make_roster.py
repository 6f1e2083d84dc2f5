# ruff: noqa: E501, SIM905 - tables and lists of names are read better on few lines
"""Makes the sample roster: nine clinics, about 1,900 invented people on fiction numbers and example domains.

    python contacts/make_roster.py [--seed 1] [--date 2026-11-23] [FOLDER]

The same seed and date give the same bytes. Names are drawn from common French first names and Breton or Ligerian surnames, at random;
numbers from ARCEP's fiction blocks, mail domains from RFC 2606, chat ids from above every id that Telegram gives.
"""

import argparse
import csv
import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

GIVEN = (
    "Alice Anaïs Anne Armelle Audrey Aurélie Béatrice Camille Carine Caroline Catherine Céline Chloé Christelle Claire "
    "Clémence Corinne Delphine Élise Élodie Emma Estelle Fabienne Florence Françoise Gaëlle Gwenaëlle Hélène Inès Isabelle "
    "Jeanne Julie Juliette Karine Laëtitia Laura Léa Louise Lucie Maëlle Manon Marie Marine Marion Mathilde Maud Mélanie "
    "Morgane Myriam Nadège Nathalie Nolwenn Océane Pauline Rozenn Sabrina Sandrine Sarah Solène Sophie Soizic Stéphanie "
    "Sylvie Tiphaine Valérie Virginie Adrien Alexandre Antoine Arnaud Aurélien Benoît Bertrand Brendan Christophe Clément "
    "Cyril Damien David Erwan Étienne Fabien Florian François Gilles Guillaume Gwenaël Hervé Hugo Jérôme Julien Kévin "
    "Laurent Loïc Ludovic Malo Mathieu Maxime Mehdi Mickaël Nicolas Olivier Pascal Patrice Philippe Pierre Romain Ronan "
    "Samuel Sébastien Simon Stéphane Sylvain Thibault Thomas Titouan Vincent Yann Yoann Amina Fatou Ibrahim Karim Leïla "
    "Moussa Nadia Omar Rachid Samira Ana Diogo Ioana Andrei Elena Piotr"
).split()
FAMILY = (
    "Abgrall Allain Arzel Aubry Auffret Baron Bernard Berthou Bescond Bodin Bougeard Bourhis Boucher Breton Briand Cadiou "
    "Caradec Chauvel Chevalier Colin Cornec Corre Couturier Cozic Daniel Delaunay Derrien Dubois Durand Évenou Fournier "
    "Galliou Garnier Gautier Gicquel Gouriou Grall Guéguen Guérin Guillou Guivarch Hamon Hascoët Henry Hervé Hubert Jacob "
    "Jaouen Jégou Jézéquel Jouan Kerbrat Kerdoncuff Kerhoas Kermarrec Lagadec Lamour Laurent Lebreton Leclerc Lefeuvre "
    "Lemoine Leroux Leroy Lucas Madec Maillard Marchand Martin Menez Merrien Meunier Michel Moreau Morin Morvan Nédélec "
    "Nicolas Ollivier Pellerin Perrot Petit Prigent Quéméner Quéré Quiniou Raoul Renaud Riou Robin Rolland Rousseau Roux "
    "Salaün Simon Tanguy Texier Thomas Trébaol Tréguer Vidal Benali Diallo Diop Haddad Konaté Nguyen Traoré Ferreira "
    "Popescu Kowalska Marino Haidara Sow Belkacem Mansouri Lopes"
).split()
PARTICLES = ("Le Gall", "Le Goff", "Le Roux", "Le Bihan", "Le Corre", "Le Guen", "De Kerguelen", "L'Hostis", "L'Haridon", "Le Dû")


@dataclass(frozen=True)
class Ward:
    """A kind of service: code, name, role that answers for it, the mix of its staff, what a big one needs per shift, relay posts."""

    code: str
    name: str
    responsible: str
    roles: tuple[tuple[str, int], ...]
    day: int
    night: int
    relays: tuple[str, ...] = ()


WARDS = {
    ward.code: ward
    for ward in (
        Ward("URG", "Urgences", "CADRE", (("IDE", 9), ("MED", 4), ("AS", 5), ("SEC", 2)), 6, 4, ("mobile", "poste")),
        Ward(
            "BLOC", "Bloc opératoire", "CADRE", (("IBODE", 6), ("IADE", 4), ("MED", 5), ("ASH", 3)), 8, 2, ("mobile", "coursier")
        ),
        Ward("REA", "Réanimation, USIP et SSPI", "CADRE", (("IDE", 9), ("MED", 3), ("AS", 6)), 6, 5, ("mobile", "poste")),
        Ward("CHIR", "Chirurgie", "CADRE", (("IDE", 8), ("AS", 7), ("ASH", 3), ("SEC", 1)), 8, 3, ("mobile",)),
        Ward("MED", "Médecine", "CADRE", (("IDE", 8), ("AS", 8), ("ASH", 3), ("MED", 2)), 8, 3, ("mobile",)),
        Ward("MAT", "Maternité", "CADRE", (("SF", 7), ("PUER", 3), ("AP", 3), ("MED", 2)), 5, 3, ("mobile",)),
        Ward("DIAL", "Dialyse", "CADRE", (("IDE", 7), ("AS", 3), ("MED", 1)), 5, 0, ("mobile",)),
        Ward("ONCO", "Oncologie", "CADRE", (("IDE", 6), ("MED", 3), ("AS", 2), ("SEC", 2)), 5, 1, ("mobile",)),
        Ward(
            "SMR",
            "Soins médicaux et de réadaptation",
            "CADRE",
            (("IDE", 6), ("AS", 8), ("KINE", 4), ("MED", 1)),
            7,
            2,
            ("mobile",),
        ),
        Ward("HAD", "Hospitalisation à domicile", "CADRE", (("IDE", 8), ("AS", 3), ("SEC", 1)), 5, 1, ("mobile",)),
        Ward("PUI", "Pharmacie à usage intérieur", "PHARM", (("PREP", 6), ("PHARM", 3)), 4, 0, ("poste",)),
        Ward("LABO", "Laboratoire et dépôt de sang", "BIOL", (("TECH", 6), ("BIOL", 2)), 3, 1, ("poste",)),
        Ward("IMAG", "Imagerie", "CADRE", (("MERM", 7), ("MED", 2), ("SEC", 2)), 4, 1, ("poste",)),
        Ward("ADM", "Admissions", "RESP", (("AGADM", 9),), 4, 1, ("poste",)),
        Ward("BRANC", "Brancardage", "RESP", (("BRANC", 10),), 4, 1, ("mobile", "coursier")),
        Ward("STAND", "Standard", "RESP", (("STAND", 5),), 2, 1, ("poste",)),
        Ward("RESTO", "Restauration", "RESP", (("CUIS", 8),), 4, 0, ("poste",)),
        Ward(
            "DIR",
            "Direction et garde administrative",
            "DIR",
            (("DIR", 3), ("DSOINS", 1), ("COM", 1), ("RH", 2), ("RAQ", 1)),
            2,
            0,
        ),
        Ward("DSYST", "Systèmes d'information", "RSSI", (("TSI", 6), ("RSSI", 1)), 3, 0, ("mobile",)),
    )
}


@dataclass(frozen=True)
class Site:
    """One clinic: its services with their head count."""

    code: str
    name: str
    city: str
    sms_name: str
    kind: str
    domain: str
    block: str  # six digits of an ARCEP fiction block, national form
    wards: dict[str, int] = field(default_factory=dict)


def _site(code: str, name: str, city: str, sms: str, kind: str, block: str, **wards: int) -> Site:
    plain = unicodedata.normalize("NFD", sms).encode("ascii", "ignore").decode().lower()
    return Site(code, name, city, sms, kind, f"{plain}.hgx.example", block, wards)


SITES = (
    _site("KER", "Clinique Kerlic", "Quimper", "Kerlic", "mco-urgences", "026191",
          URG=38, BLOC=52, REA=30, CHIR=46, MED=34, ONCO=14, PUI=14, LABO=10, IMAG=18, ADM=14, BRANC=14, STAND=6, RESTO=14, DIR=10, DSYST=6),
    _site("SAG", "La Sagesse", "Rennes", "Sagess", "mco-maternite", "026191",
          BLOC=60, REA=28, CHIR=54, MED=36, MAT=44, PUI=16, LABO=12, IMAG=20, ADM=18, BRANC=16, STAND=7, RESTO=16, DIR=14, DSYST=12),
    _site("BEL", "Polyclinique Belair", "Saint-Nazaire", "Belair", "mco-urgences", "026191",
          URG=34, BLOC=48, REA=26, CHIR=44, MED=38, DIAL=16, PUI=12, LABO=9, IMAG=16, ADM=14, BRANC=12, STAND=6, RESTO=14, DIR=9, DSYST=4),
    _site("ROC", "Clinique des Roches", "Brest", "Roches", "mco", "026191",
          BLOC=44, REA=18, CHIR=48, MED=24, ONCO=26, PUI=12, LABO=8, IMAG=16, ADM=12, BRANC=10, STAND=5, RESTO=12, DIR=8, DSYST=3),
    _site("VAL", "Clinique du Val", "Laval", "LeVal", "mco", "026191",
          BLOC=32, REA=9, CHIR=30, MED=25, MAT=26, PUI=9, LABO=7, IMAG=12, ADM=10, BRANC=8, STAND=4, RESTO=10, DIR=7, DSYST=2),
    _site("ANS", "Les Ansaults", "Angers", "Ansaul", "oncologie", "026191",
          BLOC=20, REA=7, CHIR=20, ONCO=40, MED=17, PUI=16, LABO=8, IMAG=20, ADM=9, BRANC=8, STAND=4, RESTO=8, DIR=7, DSYST=2),
    _site("MOR", "Le Moros", "Vannes", "Moros", "smr", "026191",
          SMR=92, MED=18, PUI=7, IMAG=5, ADM=6, BRANC=7, STAND=4, RESTO=14, DIR=6),
    _site("ESQ", "L'Esquirin", "Nantes", "Esquir", "dialyse-smr", "026191",
          DIAL=40, SMR=44, PUI=7, LABO=5, ADM=6, BRANC=6, STAND=4, RESTO=8, DIR=6),
    _site("HAD", "HAD de la Vilaine", "Redon", "HADVil", "had", "026191",
          HAD=49, PUI=6, ADM=4, STAND=3, DIR=5),
)  # fmt: skip
HEADER = (
    "matricule", "nom", "prénom", "service", "fonction", "statut", "mobile", "e-mail", "e-mail pro", "telegram", "langue",
    "bande de trajet", "astreinte", "volontaire", "étiquettes",
)  # fmt: skip
SHIFT_HEADER = ("matricule", "type", "début", "fin")
RECOVERY = "Surveillance post-interventionnelle (SSPI)"
CHAT = 9_000_000_000_000_000


class Numbers:
    """Gives each number of the fiction blocks once."""

    def __init__(self, draw: random.Random) -> None:
        self._mobiles = iter(draw.sample(range(10_000), 10_000))
        self._chats = iter(draw.sample(range(1_000_000), 100_000))
        self._lines = iter(range(10_000))
        self._sets = iter(range(100))

    def mobile(self) -> str:
        """``06 39 98 xx xx``."""
        number = f"{next(self._mobiles):04}"
        return f"06 39 98 {number[:2]} {number[2:]}"

    def line(self, block: str) -> str:
        """A landline of the block."""
        number = f"{block}{next(self._lines):04}"
        return " ".join(number[place : place + 2] for place in range(0, 10, 2))

    def exchange(self, site: Site) -> str:
        """A set behind the clinic's own exchange: in-band, it falls with the hospital."""
        return f"03 53 01 {SITES.index(site) + 1:02} {next(self._sets):02}"

    def chat(self) -> str:
        """A chat id that nobody has."""
        return str(CHAT + next(self._chats))


def make_people(site: Site, draw: random.Random, numbers: Numbers) -> list[dict[str, str]]:
    """The rows of one clinic: relay posts first, then its people."""
    rows, serial = [], 0
    for code, head_count in site.wards.items():
        ward = WARDS[code]
        for post in ward.relays:
            serial += 1
            rows.append(_relay(site, ward, post, serial, numbers))
        for place in range(head_count - len(ward.relays)):
            serial += 1
            rows.append(_person(site, ward, place, serial, draw, numbers))
    return rows


def _relay(site: Site, ward: Ward, post: str, serial: int, numbers: Numbers) -> dict[str, str]:
    """A shared mobile, an analogue line whose warden also has a box outside the hospital, or the runners' mobile."""
    row = dict.fromkeys(HEADER, "")
    names = {"mobile": "Mobile partagé", "poste": "Ligne analogique", "coursier": "Coursiers"}
    row |= {
        "matricule": f"{site.code}{serial:04}",
        "nom": f"{names[post]} {ward.name}",
        "service": ward.code,
        "fonction": "RELAIS",
    }
    row |= {"statut": "salarié", "langue": "fr", "mobile": numbers.line(site.block) if post == "poste" else numbers.mobile()}
    if post == "poste":
        row["e-mail"] = f"relais.{ward.code.lower()}.{site.code.lower()}@example.org"
    return row


def _person(site: Site, ward: Ward, place: int, serial: int, draw: random.Random, numbers: Numbers) -> dict[str, str]:
    given = draw.choice(GIVEN)
    family = draw.choice(PARTICLES) if draw.random() < 0.12 else draw.choice(FAMILY)
    role = ward.responsible if place < 2 else draw.choices([r for r, _ in ward.roles], [w for _, w in ward.roles])[0]
    login = f"{_plain(given)}.{_plain(family)}{serial}"
    row = dict.fromkeys(HEADER, "")
    row |= {
        "matricule": f"{site.code}{serial:04}",
        "nom": family.upper(),
        "prénom": given,
        "service": ward.code,
        "fonction": role,
    }
    row |= {"statut": _status(role, draw), "langue": "en" if draw.random() < 0.02 else "fr"}
    row |= {"bande de trajet": draw.choices(("<30", "30-60", ">60"), (55, 35, 10))[0]}
    row |= {"e-mail pro": f"{login}@{site.domain}", "astreinte": "oui" if draw.random() < 0.06 or place == 0 else ""}
    row |= {"volontaire": "oui" if draw.random() < 0.35 else ""}
    fate = draw.random()
    if fate < 0.012:
        return row  # no way outside the hospital at all
    if fate < 0.97:
        row["mobile"] = numbers.exchange(site) if fate < 0.018 else numbers.line(site.block) if fate < 0.03 else numbers.mobile()
    row["e-mail"] = f"{login}@{draw.choice(('example.org', 'example.net', 'mail.example.com'))}" if draw.random() < 0.78 else ""
    row["telegram"] = numbers.chat() if draw.random() < 0.4 else ""
    return row


def _status(role: str, draw: random.Random) -> str:
    if role == "MED":
        return "libéral"
    return draw.choices(("salarié", "intérim", "étudiant", "prestataire"), (90, 5, 3, 2))[0]


def _plain(name: str) -> str:
    bare = unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode().lower()
    return "".join(sign for sign in bare if sign.isalpha())


def make_shifts(rows: list[dict[str, str]], day: date, draw: random.Random) -> Iterator[tuple[str, ...]]:
    """Nine days around ``day``: day and night posts in rotation, leave, and the weeks of astreinte.

    A day crew works four days of seven, a night crew three; crews are spread over the week, the two first of a service are by day.
    """
    places: dict[str, int] = {}
    for row in (row for row in rows if row["fonction"] != "RELAIS"):
        ward = WARDS[row["service"]]
        place = places[ward.code] = places.get(ward.code, -1) + 1
        head_count = sum(other["service"] == ward.code and other["fonction"] != "RELAIS" for other in rows)
        crew = _night_crew(ward, head_count)
        nights = 1 < place < 2 + crew
        if place > 1 and not nights and draw.random() < 0.09:
            yield _slot(row, "absence", day - timedelta(days=3), time(0), 24 * 9)
            continue
        cycle = place * (5 if nights else 3) % 7
        for offset in range(-2, 7):
            when = day + timedelta(days=offset)
            if (offset + cycle) % 7 >= (3 if nights else 4):
                continue
            starts, hours = (time(19), 12) if nights else ((time(7), 12) if crew else (time(8), 8))
            kind = "garde" if row["fonction"] == "MED" else "poste"
            yield _slot(row, kind, when, starts, hours)
        if row["astreinte"] and place % 2 == 0:
            yield _slot(row, "astreinte", day - timedelta(days=1), time(8), 24 * 7)


def _night_crew(ward: Ward, head_count: int) -> int:
    """How many hold the nights: no more than half of a service, and as many as keep a whole number of posts every night."""
    crews = range(head_count // 2, 0, -1)
    fit = [crew for crew in crews if 0 < _always_there(crew, 3) <= ward.night]
    return min((crew for crew in fit if _always_there(crew, 3) == _always_there(fit[0], 3)), default=0)


def _always_there(crew: int, days: int) -> int:
    """How many of a crew are there on its leanest day, where each works ``days`` of seven and the turns are spread over the week."""
    return days * (crew // 7) + max(0, crew % 7 - (7 - days))


def _needs(ward: Ward, head_count: int) -> tuple[int, int]:
    """What a service of this size can ask of a day and of a night; a tenth of its people may be on leave."""
    crew = _night_crew(ward, head_count)
    by_day = head_count - crew
    return min(ward.day, max(1, _always_there(by_day, 4) - by_day // 10)), _always_there(crew, 3)


def _slot(row: dict[str, str], kind: str, day: date, starts: time, hours: int) -> tuple[str, ...]:
    begin = datetime.combine(day, starts)
    end = begin + timedelta(hours=hours)
    return row["matricule"], kind, f"{begin:%d/%m/%Y %H:%M}", f"{end:%d/%m/%Y %H:%M}"


def write_group(path: Path) -> None:
    """``group.toml``."""
    lines = ['name = "Groupe HGX"', ""]
    for number, site in enumerate(SITES, 1):
        lines += [
            "[[clinic]]", f'code = "{site.code}"', f'name = "{site.name}"', f'city = "{site.city}"', f'kind = "{site.kind}"',
            f'sms_name = "{site.sms_name}"', f'in_band_domains = ["{site.domain}"]',
            f'pbx_ranges = ["+3335301{number:02}"]', f'staffed_number = "01 99 00 {number:02} 00"', "",
        ]  # fmt: skip
        for code, head_count in site.wards.items():
            ward = WARDS[code]
            day, night = _needs(ward, head_count - len(ward.relays))
            name = RECOVERY if code == "REA" and not night else ward.name  # without nights it is the recovery room only
            lines += [
                "[[clinic.service]]", f'code = "{code}"', f'name = "{name}"', f'sms_name = "{code}"',
                f'responsible_role = "{ward.responsible}"', f"need = {{ jour = {day}, nuit = {night} }}", "",
            ]  # fmt: skip
    path.write_text("\n".join(lines), encoding="utf-8")


def make_roster(folder: Path, seed: int, day: date) -> int:
    """Write every file; gives how many people and relay posts there are."""
    draw = random.Random(seed)
    numbers = Numbers(draw)
    folder.mkdir(parents=True, exist_ok=True)
    write_group(folder / "group.toml")
    count = 0
    for site in SITES:
        rows = make_people(site, draw, numbers)
        count += len(rows)
        with (folder / f"{site.code}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, HEADER, delimiter=";", lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(rows)
        with (folder / f"{site.code}-shifts.csv").open("w", encoding="utf-8", newline="") as file:
            sheet = csv.writer(file, delimiter=";", lineterminator="\r\n")
            file.write(f"# établi le {day:%d/%m/%Y} 07:00\r\n")
            sheet.writerow(SHIFT_HEADER)
            sheet.writerows(make_shifts(rows, day, random.Random(f"{seed} {site.code}")))
    return count


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Makes the sample roster.")
    options.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--date", type=date.fromisoformat, default=date(2026, 11, 23))
    chosen = options.parse_args()
    print(make_roster(chosen.folder, chosen.seed, chosen.date))

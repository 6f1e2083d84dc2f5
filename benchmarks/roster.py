"""Invented people for the figures: one clinic, everybody on shift with a Telegram chat and a mail address, sealed as always.

A roster is written once for each size and copied for each run, so that no run pays for another's pages.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncpg

from benchmarks.letter import CHATS, TOKEN
from notifier.clock import Clock
from notifier.desk.incidents import open_incident
from notifier.domain.authority import Actor, Face, Role
from notifier.domain.lane import LaneSettings, Network
from notifier.domain.people import Address, Channel, Language
from notifier.domain.roster import Clinic, Group, Kind, Service, SlotKind, Status
from notifier.domain.sheets import Entry, Row, ShiftRow
from notifier.settings import Settings, read_settings
from notifier.store import contacts
from notifier.store.transaction import Tx
from notifier.wiring import House, open_house

OPERATOR = Actor("Diane", frozenset({Role.CELL, Role.APPROVER, Role.ADMIN}), Face.CLI)
INCIDENT = "HGX1"
CLINIC = "KER"
FREELY = 50_000.0  # a limit per second that no figure reaches
CONNECTIONS = 8  # to a mail relay
SERVICES = ("BLOC", "URG", "REA", "PUI", "LABO", "IMAG", "MAT", "DIA")


def lane(channel: Channel, address: str, window: int, per_second: float = FREELY) -> LaneSettings:
    """A practice lane to a sink."""
    if channel is Channel.EMAIL:
        kept = {"connections": str(CONNECTIONS)}
        return LaneSettings(
            "relay", channel, "email", Network.PRACTICE, address, per_second, "alerte@hgx.example", window=window, options=kept
        )
    return LaneSettings(
        "bot", channel, "telegram", Network.PRACTICE, f"http://{address}", per_second, window=window, secrets={"token": TOKEN}
    )


def settings_for(home: Path, url: str = "", *lanes: LaneSettings) -> Settings:
    """The settings of a house in ``home``, SQLite there unless ``url`` names a PostgreSQL database."""
    return replace(
        read_settings({"NOTIFIER_HOME": str(home)} | ({"NOTIFIER_DATABASE_URL": url} if url else {}), home), lanes=lanes
    )


async def fill_roster(settings: Settings, people: int) -> None:
    """A fresh house with ``people`` on shift and an incident open."""
    async with open_house(settings) as house:
        await house.desk.store.write(lambda tx: _write(tx, house, people))
        await open_incident(house.desk, OPERATOR, INCIDENT, [CLINIC], exercise=False)


def _write(tx: Tx, house: House, people: int) -> None:
    at, vault = Clock().now(), house.desk.vault
    wards = tuple(Service(CLINIC, code, code.title(), code, "CADRE") for code in SERVICES)
    clinic = Clinic(CLINIC, "Clinique Belair", "Quimper", "mco", "Belair", staffed_number="+33261910100", services=wards)
    contacts.save_group(tx, Group("Groupe HGX", (clinic,)))
    rows = [_row(number) for number in range(people)]
    contacts.add_people(tx, rows, vault.seal, vault.blind, at)
    hours = (at - timedelta(hours=1), at + timedelta(hours=11))
    shifts = [ShiftRow(CLINIC, row.line, row.matricule, SlotKind.SHIFT, *hours) for row in rows]
    contacts.replace_plan(tx, CLINIC, shifts, at)


def _row(number: int) -> Row:
    chat = Address(Channel.TELEGRAM, str(CHATS + number))
    mail = Address(Channel.EMAIL, f"agent{number}@example.org")
    ward = SERVICES[number % len(SERVICES)]
    role = "CADRE" if number < len(SERVICES) else "IDE"
    return Row(
        CLINIC, number, f"M{number:06d}", Kind.PERSON, ward, role, Status.EMPLOYEE, Language.FR, "Le Goff", f"Agent{number}",
        None, False, False, (), (Entry(chat, in_band=False), Entry(mail, in_band=False)),
    )  # fmt: skip


@contextmanager
def fresh_home(prepared: Path) -> Iterator[Path]:
    """A copy of a prepared home for one run."""
    home = prepared.with_name(f"{prepared.name}-run")
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(prepared, home)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


async def create_database(server: str, name: str, template: str = "template1") -> None:
    """An empty database, or a copy of a prepared one, written out before anything is measured."""
    connection = await asyncpg.connect(server)
    await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    await connection.execute("CHECKPOINT")
    await connection.close()

"""``notifier enrol``: cards by which people bind their Telegram account, and an operator's word on those who wait for one."""

from pathlib import Path
from typing import Annotated

import typer

from notifier.cli.language import show_count, speak
from notifier.cli.moments import show_moment
from notifier.cli.opening import confirm, in_house, screen
from notifier.desk import enrolling
from notifier.desk.cards import name_bot, nameless, print_cards
from notifier.desk.enrolling import Issued
from notifier.desk.private_files import private_file
from notifier.domain.authority import Actor
from notifier.domain.errors import BadValue, NobodyWaits
from notifier.wiring import House


def enrol(
    clinic: Annotated[str, typer.Option("--clinic", help="Code de la clinique : KER.")] = "",
    matricule: Annotated[str, typer.Option("--matricule", help="Une seule personne, par son matricule.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="Fichier PDF des cartes, à imprimer et à découper.")] = None,
    everybody: Annotated[
        bool, typer.Option("--everybody", help="Aussi ceux qui ont une carte valable ; l'ancienne ne vaut plus rien.")
    ] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="Annule les cartes et jetons non utilisés.")] = False,
    waiting: Annotated[bool, typer.Option("--waiting", help="Montre les comptes qui attendent une confirmation.")] = False,
    confirmed: Annotated[bool, typer.Option("--confirm", help="Confirme le compte qui attend.")] = False,
    refused: Annotated[bool, typer.Option("--refuse", help="Refuse le compte qui attend.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ne pas demander de confirmation.")] = False,
) -> None:
    if sum((out is not None, revoke, waiting, confirmed, refused)) != 1:
        raise BadValue(field="notifier enrol", reason="enrol_act")
    if not waiting and not (clinic and (matricule or not (confirmed or refused))):
        raise BadValue(field="--clinic", reason="enrol_whom")

    async def work(house: House, actor: Actor) -> None:
        if out is not None:
            await _print(house, actor, clinic, matricule, everybody, out)
        elif revoke:
            await _revoke(house, actor, clinic, matricule, yes)
        elif waiting:
            await _show_waiting(house, actor)
        elif confirmed:
            await _confirm(house, actor, clinic, matricule, yes)
        else:
            await enrolling.refuse(house.desk, actor, clinic, matricule)
            screen.print(speak("enrol.refused"))

    in_house(work)


async def _print(house: House, actor: Actor, clinic: str, matricule: str, everybody: bool, out: Path) -> None:
    desk = house.desk
    name_bot(desk.lanes)  # before any token is made
    issued: Issued | None = None
    try:
        with private_file(out) as draft:  # before, too: a folder that nobody may write into costs no card
            issued = await enrolling.issue(desk, actor, clinic, matricule=matricule, everybody=everybody)
            if issued.tokens:
                draft.write(print_cards(desk, issued))
    except BaseException:  # what is on no paper must not count as a card
        if issued is not None:
            await enrolling.withdraw(desk, actor, issued)
        raise
    if issued.tokens:
        until = f"{issued.expires_at.astimezone(desk.zone):%d/%m/%Y}"
        count = show_count(len(issued.tokens))
        _say("enrol.printed", count=count, clinic=issued.clinic, until=until, path=str(out))
    else:
        _say("enrol.nobody", clinic=issued.clinic)
    if issued.kept:
        _say("enrol.kept", count=show_count(issued.kept))
    if issued.revoked:
        _say("enrol.revoked", count=show_count(issued.revoked))
    if issued.tokens:
        for lane in nameless(desk.lanes):
            _say("enrol.nameless", lane=lane)
        _say("enrol.seal")


async def _revoke(house: House, actor: Actor, clinic: str, matricule: str, yes: bool) -> None:
    who = f"{clinic.upper()} {matricule}".strip()
    if not yes and not confirm(speak("enrol.revoke.ask", who=who)):
        raise typer.Abort
    _say("enrol.revoke.done", count=show_count(await enrolling.revoke(house.desk, actor, clinic, matricule)))


async def _show_waiting(house: House, actor: Actor) -> None:
    waiting = await enrolling.list_waiting(house.desk, actor)
    for one in waiting:
        since = show_moment(one.since, house.desk.zone)
        _say("enrol.waits", name=one.name, clinic=one.clinic, matricule=one.matricule, at=since, sign=one.code)
    _say("enrol.how" if waiting else "enrol.none_waits")


async def _confirm(house: House, actor: Actor, clinic: str, matricule: str, yes: bool) -> None:
    mine = (clinic.strip().upper(), matricule.strip())
    waiting = await enrolling.list_waiting(house.desk, actor)
    one = next((each for each in waiting if (each.clinic, each.matricule) == mine), None)
    if one is None:
        raise NobodyWaits(clinic=mine[0], matricule=mine[1])
    asked = speak("enrol.confirm.ask", name=one.name, clinic=one.clinic, matricule=one.matricule, sign=one.code)
    if not yes and not confirm(asked):
        raise typer.Abort
    await enrolling.confirm(house.desk, actor, *mine)
    _say("enrol.confirmed")


def _say(code: str, /, **facts: str) -> None:
    screen.print(speak(code, **facts), soft_wrap=True)

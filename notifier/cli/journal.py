"""``notifier journal verify``: is the main courante whole, from the first act to the last?"""

import re
from typing import Annotated

import typer

from notifier.cli.language import show_count, speak
from notifier.cli.opening import in_house, screen
from notifier.desk.recording import verify_journal
from notifier.domain.authority import Actor
from notifier.domain.errors import BrokenJournal
from notifier.wiring import House

group = typer.Typer(no_args_is_help=True)


@group.callback()
def _group() -> None:
    """La main courante."""


def _check_head(text: str) -> str:
    """``6-a1b2c3d4e5f60718``, as it was shown."""
    if text and not re.fullmatch(r"[1-9]\d{0,8}-[0-9a-f]{16,64}", text):
        raise typer.BadParameter(text)
    return text


@group.command()
def verify(
    head: Annotated[
        str,
        typer.Option(callback=_check_head, metavar="N-EMPREINTE", help="Empreinte notée ailleurs : la fin n'a pas été coupée."),
    ] = "",
) -> None:
    """Vérifie la chaîne entière ; code de sortie 1 et premier numéro faux si elle a été modifiée."""

    async def work(house: House, actor: Actor) -> None:
        seq, _, hash_ = head.partition("-")
        verdict = await verify_journal(house.desk, actor, (int(seq), hash_) if head else None)
        if verdict.bad_seq is not None:
            raise BrokenJournal(seq=verdict.bad_seq, reason=verdict.reason)
        screen.print(
            speak(
                "journal.whole",
                entries=show_count(verdict.entries),
                attempts=show_count(verdict.attempts),
                unsealed=show_count(verdict.unsealed),
                head=verdict.to_be_noted,
            )
        )

    in_house(work)

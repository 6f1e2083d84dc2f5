"""``notifier journal verify``: is the main courante whole, from the first act to the last?"""

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


@group.command()
def verify() -> None:
    """Vérifie la chaîne entière ; code de sortie 1 et premier numéro faux si elle a été modifiée."""

    async def work(house: House, actor: Actor) -> None:
        verdict = await verify_journal(house.desk, actor)
        if verdict.bad_seq is not None:
            raise BrokenJournal(seq=verdict.bad_seq, reason=verdict.reason)
        screen.print(
            speak(
                "journal.whole",
                entries=show_count(verdict.entries),
                attempts=show_count(verdict.attempts),
                unsealed=show_count(verdict.unsealed),
                head=verdict.head[:16],
            )
        )

    in_house(work)

"""``notifier alerts``: what has been sent, newest first."""

from rich.table import Table

from notifier.cli.board import draw_alarms
from notifier.cli.language import pick_language, show_count, speak
from notifier.cli.moments import show_moment
from notifier.cli.opening import in_house, screen
from notifier.desk.showing import list_alarms, list_alerts
from notifier.domain.authority import Actor
from notifier.domain.delivery import FAILED, TAKEN
from notifier.domain.people import Language
from notifier.wiring import House


def alerts() -> None:
    async def work(house: House, actor: Actor) -> None:
        for alarm in draw_alarms(house.desk, await list_alarms(house.desk)):
            screen.print(alarm)
        lines = await list_alerts(house.desk, actor)
        if not lines:
            screen.print(speak("alerts.none"))
            return
        french = pick_language() is Language.FR
        table = Table(header_style="bold")
        for title in ("N°", "Heure", "Modèle", "État", "Personnes", "Acceptés", "Échecs", "Réponses") if french else (
            "No.", "Time", "Template", "State", "People", "Accepted", "Failed", "Answers",
        ):  # fmt: skip
            table.add_column(title)
        for line in lines:
            alert, states = line.alert, line.delivery.states
            mark = speak("exercise" if alert.exercise else "real")
            table.add_row(
                f"{mark} {alert.code}",
                show_moment(alert.raised_at, house.desk.zone),
                alert.title,
                speak(f"state.{alert.state}"),
                show_count(line.delivery.people),
                show_count(sum(states.get(state, 0) for state in TAKEN)),
                show_count(sum(states.get(state, 0) for state in FAILED)),
                show_count(line.delivery.answered),
            )
        screen.print(table)

    in_house(work)

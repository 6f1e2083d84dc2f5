"""The board that the database counts is the one that would be drawn person by person."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random

import pytest
from sqlalchemy import update

from notifier.domain.board import RecipientFacts, draw_board
from notifier.domain.delivery import State
from notifier.domain.escalation import Cause
from notifier.domain.message import Question
from notifier.domain.roster import Kind
from notifier.store import picture, tables
from notifier.store.transaction import Tx
from tests.store.scene import NIGHT, Scene, open_scene


def _draw_facts(draw: Random, people: Sequence[int]) -> list[RecipientFacts]:
    """The same is true of all of them."""
    answer = draw.choice([None, None, "read", "done", "trouble", "help"])
    facts = RecipientFacts(
        person=0,
        clinic=draw.choice(["KER", "SAG"]),
        service=draw.choice(["BLOC", "URG"]),
        role="IDE",
        kind=draw.choice(list(Kind)),
        woken=draw.random() < 0.7,
        question=draw.choice(list(Question)),
        responsible=draw.random() < 0.3,
        states=(draw.choice(list(State)),),
        cause=draw.choice([None, *Cause]),
        answer=answer,
        answered_at=NIGHT + timedelta(minutes=draw.randrange(60)) if answer else None,
        by_hand=draw.random() < 0.3,
    )
    return [replace(facts, person=person) for person in people]


def _write_facts(scene: Scene, told: Sequence[RecipientFacts], tx: Tx) -> None:
    for facts in told:
        _write(scene, facts, tx)


def _write(scene: Scene, facts: RecipientFacts, tx: Tx) -> None:
    named = ("clinic", "service", "role", "woken", "responsible", "answer", "answered_at")
    tx.execute(
        update(tables.recipients)
        .where(tables.recipients.c.person == facts.person)
        .values(
            {name: getattr(facts, name) for name in named}
            | {"kind": facts.kind.value, "question": facts.question.value}
            | {"cause": facts.cause and facts.cause.value, "by_hand_at": scene.at if facts.by_hand else None}
        )
    )
    state = facts.states[0].value
    tx.execute(update(tables.outbox).where(tables.outbox.c.recipient == facts.person).values(state=state))


@pytest.mark.parametrize("kind", ["first_alert", "paper_switch", "roll_call", "recall"])
async def test_counted_by_the_database_or_person_by_person_the_board_is_the_same(database_url: str, seed: int, kind: str) -> None:
    scene, draw = await open_scene(database_url, people=150), Random(seed)
    facts = [one for start in range(0, 150, 5) for one in _draw_facts(draw, scene.recipients[start : start + 5])]
    await scene.store.write(partial(_write_facts, scene, facts))
    found = await scene.store.read(lambda tx: picture.recipient_facts(tx, scene.alert))
    assert draw_board(kind, found, ["SAG", "KER"]) == draw_board(kind, facts, ["SAG", "KER"])
    assert len(found) < len(facts), "some are alike"
    await scene.store.close()

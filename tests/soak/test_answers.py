"""Who answers meets the ladder, forgers and guessers: no step after a committed answer, and none that its person did not give.

``make soak`` tries 10,000 to 100,000 of each kind, half of them on each database; SHORT a tenth, ``make test`` 2,000.
"""

import asyncio
import hashlib
import hmac
import json
import random
import shutil
import string
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from notifier.desk.answering import Fate, press_button, read_text
from notifier.desk.escalating import sweep
from notifier.desk.proving import TRIES
from notifier.desk.shipped import shipped
from notifier.domain.codes import verification_code
from notifier.domain.delivery import Accepted, Outcome, Unsure
from notifier.domain.message import CODE_ALPHABET
from notifier.domain.references import make_token
from notifier.rendering import load_library
from notifier.rendering.stamping import stamp_template
from notifier.store import tables
from notifier.store.outbox import Wired
from tests.channels.lanes import ANDROID
from tests.desk.house import CHAT, NIGHT, Member, Ward, open_ward
from tests.soak.effort import effort, report
from tests.web.face import visiting

pytestmark = pytest.mark.grows
AT_ONCE = 80
TEAM = tuple(Member(f"N{n}", chat=CHAT + n, phone=f"+336399801{n:02d}", mail=f"n{n}@example.org") for n in range(1, AT_ONCE + 1))


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Eighty people on duty for as long as it takes, and nobody has been asked yet."""
    opened = await open_ward(database_url, tmp_path, TEAM)
    long = tables.slots.update().values(ends=NIGHT + timedelta(days=999))
    await opened.desk.store.write(lambda tx: tx.execute(long))
    yield opened
    await opened.desk.store.close()


def _half(*, test: int, short: int, full: int) -> int:
    """For one of the two databases."""
    return effort(test=test, short=short, full=full) // 2


async def _recipients(ward: Ward, number: int) -> dict[int, int]:
    """Of an alert: by recipient the place of the member in the team."""
    places = {ward.people[member.name]: place for place, member in enumerate(TEAM)}
    query = (
        select(tables.recipients.c.id, tables.recipients.c.person)
        .join(tables.alerts, tables.alerts.c.id == tables.recipients.c.alert)
        .where(tables.alerts.c.number == number)
    )
    return {row: places[person] for row, person in await ward.desk.store.read(lambda tx: tx.execute(query).all())}


async def _count(ward: Ward, *, answered: bool = True) -> int:
    """Answers that were kept, or people who count as having answered."""
    query = select(func.count(tables.recipients.c.answer)) if answered else select(func.count()).select_from(tables.answers)
    return int(await ward.desk.store.read(lambda tx: tx.execute(query).scalar_one()))


async def test_no_step_follows_a_committed_answer_however_they_race(ward: Ward, seed: int) -> None:
    draw, races, late = random.Random(seed), _half(test=2_000, short=10_000, full=100_000), 0
    for number in range(1, -(-races // AT_ONCE) + 1):
        late += await _race(ward, draw, number)
        ward.clock.pass_time(hours=13)
        await sweep(ward.desk)  # what this alert has left is over
    report(f"races of answer against step {races}, steps after an answer {late}")
    assert late == 0


async def _race(ward: Ward, draw: random.Random, number: int) -> int:
    """One alert to the whole team: everybody's ladder is due when they answer. How many copies left after an answer."""
    fresh = tables.clinics.update().values(planned_at=ward.clock.now())
    await ward.desk.store.write(lambda tx: tx.execute(fresh))
    await ward.send("roll-call", to="all", avant=f"{(ward.clock.now().hour + 6) % 24}h30")
    people, answered, late = await _recipients(ward, number), set[int](), 0
    flying: dict[str, list[Wired]] = {lane.name: [] for lane in ward.desk.lanes}

    async def turn(lane: str) -> None:
        nonlocal late
        ended = [(row, _outcome(draw, row)) for row in flying[lane]]
        before = frozenset(answered)  # whose answer was committed before this turn began
        flying[lane] = list(await ward.turn(lane, *ended, room=200))
        late += sum(row.recipient in before for row in flying[lane])

    async def press(recipient: int, place: int) -> None:
        await _dawdle(draw)
        token = make_token(buttons, recipient)
        told = await press_button(ward.desk, f"{token}.{draw.randrange(1, 4)}", CHAT + place + 1)
        if told.fate in (Fate.COUNTED, Fate.CHANGED, Fate.REPEATED):
            answered.add(recipient)

    async def climb() -> None:
        await _dawdle(draw)
        await sweep(ward.desk)
        for lane in draw.sample(sorted(flying), len(flying)):
            await turn(lane)

    buttons = ward.desk.vault.derive("buttons")
    for lane in ("telegram", "sms"):
        await turn(lane)
        await turn(lane)
    ward.clock.pass_time(minutes=draw.choice((5, 10, 20)))
    pressing = [press(recipient, place) for recipient, place in people.items() if draw.random() < 0.8]
    deeds = [*pressing, *(climb() for _ in range(3))]
    draw.shuffle(deeds)
    await asyncio.gather(*deeds)
    assert len(answered) == len(pressing)
    for _ in range(2):
        ward.clock.pass_time(minutes=20)
        await climb()
    return late


async def _dawdle(draw: random.Random) -> None:
    for _ in range(draw.randrange(12)):
        await asyncio.sleep(0)


def _outcome(draw: random.Random, row: Wired) -> Outcome:
    return Unsure("cut") if draw.random() < 0.1 else Accepted(str(row.id))


async def test_no_forged_or_fuzzed_button_answers_for_anybody(ward: Ward, seed: int) -> None:
    draw, presses = random.Random(seed), _half(test=2_000, short=5_000, full=50_000)
    await ward.send("roll-call", to="all", avant="23h20")
    people = await _recipients(ward, 1)
    tokens = [make_token(ward.desk.vault.derive("buttons"), recipient) for recipient in people]
    owners = dict(zip(tokens, people.values(), strict=True))

    async def forge() -> Fate:
        token = draw.choice(tokens)
        data, chat = _garble(draw, f"{token}.{draw.randrange(1, 4)}"), CHAT + 1 + draw.randrange(AT_ONCE)
        genuine = data[:-2] in owners and data[-2:] in (".1", ".2", ".3")
        if genuine and chat == CHAT + 1 + owners[data[:-2]]:
            chat = CHAT + 1 + (owners[data[:-2]] + 1) % AT_ONCE  # never the owner's own
        return (await press_button(ward.desk, data, chat)).fate

    for _ in range(presses // AT_ONCE):
        assert set(await asyncio.gather(*(forge() for _ in range(AT_ONCE)))) == {Fate.FOREIGN}
    assert (await _count(ward), await _count(ward, answered=False)) == (0, 0)
    report(f"fuzzed callbacks {presses}, answers 0")
    token = tokens[0]
    assert (await press_button(ward.desk, f"{token}.1", CHAT + 1 + owners[token])).fate is Fate.COUNTED, "the owner's own counts"


def _garble(draw: random.Random, data: str) -> str:
    """As it is, for a stranger; or with one sign changed, lost or put in; cut; or anything at all."""
    place, sign = draw.randrange(len(data)), draw.choice(string.printable + "é\u0661\ue001")
    return draw.choice(
        (
            data,
            data[:place] + sign + data[place + 1 :],
            data[:place] + data[place + 1 :],
            data[:place] + sign + data[place:],
            data[:place],
            data[:-1] + draw.choice("0456789²①"),
            "".join(draw.choice(string.printable) for _ in range(draw.randrange(64))),
        )
    )


async def test_no_guessed_code_answers_for_anybody(database_url: str, tmp_path: Path, seed: int) -> None:
    draw, guesses = random.Random(seed), _half(test=2_000, short=10_000, full=100_000)
    ward = await _open_strict(database_url, tmp_path)
    number = str(TEAM[0].phone)

    async def guess(place: int) -> Fate:
        code = "".join(draw.choice(CODE_ALPHABET) for _ in range(4))
        return (await read_text(ward.desk, number, f"{draw.randrange(1, 4)} {code}", f"sms:{place}")).fate

    for first in range(0, guesses, AT_ONCE):
        assert set(await asyncio.gather(*(guess(first + more) for more in range(AT_ONCE)))) == {Fate.UNREAD}
    right = verification_code(ward.desk.vault.derive("codes"), ward.people[TEAM[0].name], 1, False, 1)
    assert (await read_text(ward.desk, number, f"1 {right}", "sms:right")).fate is Fate.UNREAD, "nobody can go on until it fits"
    assert (await ward.recipient(TEAM[0].name))["wrong_codes"] == TRIES
    assert await _count(ward, answered=False) == 0
    report(f"guessed SMS codes {guesses}, answers 0")
    await ward.desk.store.close()


async def _open_strict(url: str, home: Path) -> Ward:
    """The team, texted a roll call whose template asks for the message's code."""
    ward, folder = await open_ward(url, home, TEAM), home / "templates"
    shutil.copytree(shipped("templates"), folder)
    path = folder / "roll-call" / "template.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("deadline =", "sms_code = true\ndeadline ="), encoding="utf-8")
    stamp_template(load_library(folder), "roll-call", by="Hélène Kervadec", on=date(2026, 10, 1))
    library = load_library(folder)
    ward.desk = replace(ward.desk, library=lambda: library)
    await ward.send("roll-call", to="all", avant="23h20")
    await _text_all(ward)
    return ward


async def _text_all(ward: Ward) -> None:
    texted = await ward.turn("sms", room=200)
    await ward.turn("sms", *((row, Accepted(str(row.id))) for row in texted), room=0)


async def test_no_replayed_or_flipped_webhook_changes_an_answer(ward: Ward, seed: int) -> None:
    draw, hooks = random.Random(seed), _half(test=2_000, short=2_000, full=10_000)
    await ward.send("paper-bloc", to="all", avant="23h20")
    await _text_all(ward)
    async with visiting(ward, (replace(ANDROID, name="sms"),)) as visitor:
        told = [_signed(f"e{place}", str(member.phone), "1") for place, member in enumerate(TEAM)]
        newer = [_signed(f"f{place}", str(member.phone), "2") for place, member in enumerate(TEAM)]
        for body, headers in (*told, *newer):
            assert (await visitor.ask("POST", "/hooks/sms", body, headers)).status == 200
        kept = await _answers(ward)
        for place in range(hooks):
            body, headers = draw.choice(told)
            flipped = draw.random() < 0.5
            if flipped:
                body, headers = _flip(draw, body, headers)
            from_elsewhere = headers | {"x-forwarded-for": f"192.0.{place // 200 % 200}.{place % 200 + 1}"}
            status = (await visitor.ask("POST", "/hooks/sms", body, from_elsewhere)).status
            assert status == (403 if flipped else 200)
    assert await _answers(ward) == kept
    report(f"replayed and flipped webhooks {hooks}, wrong answers 0")


async def _answers(ward: Ward) -> list[tuple[object, ...]]:
    """Who has answered what, and every answer that was ever kept."""
    held = select(tables.recipients.c.person, tables.recipients.c.answer, tables.recipients.c.answered_by)
    kept = select(tables.answers.c.id, tables.answers.c.recipient, tables.answers.c.choice)
    found = []
    for query in (held.order_by(tables.recipients.c.person), kept.order_by(tables.answers.c.id)):
        found += [tuple(row) for row in await ward.desk.store.read(lambda tx, query=query: tx.execute(query).all())]  # type: ignore[misc]
    return found


def _signed(event: str, sender: str, text: str) -> tuple[bytes, dict[str, str]]:
    """What the phone sends, signed as it signs."""
    body = json.dumps({"event": "sms:received", "id": event, "payload": {"sender": sender, "message": text}}).encode()
    stamp = str(int(datetime.now(UTC).timestamp()))
    signature = hmac.new(b"first key", body + stamp.encode(), hashlib.sha256).hexdigest()
    return body, {"x-signature": signature, "x-timestamp": stamp, "content-type": "application/json"}


def _flip(draw: random.Random, body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    """One bit of the body, one sign of the signature, or a second of the time is another one."""
    if (where := draw.randrange(4)) == 0:
        signature, place = headers["x-signature"], draw.randrange(64)
        other = draw.choice([sign for sign in "0123456789abcdef" if sign != signature[place]])
        return body, headers | {"x-signature": signature[:place] + other + signature[place + 1 :]}
    if where == 1:
        return body, headers | {"x-timestamp": str(int(headers["x-timestamp"]) + draw.choice((-1, 1)))}
    place = draw.randrange(len(body))
    return body[:place] + bytes([body[place] ^ 1 << draw.randrange(8)]) + body[place + 1 :], headers

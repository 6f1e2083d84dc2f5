"""Tokens, and the chats that they bind: once, in time, to one person; and an operator's word while an incident is open."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from notifier.desk.alerting import preview_alert, send_alert
from notifier.desk.answering import Fate, press_button
from notifier.desk.enrolling import Shown, confirm, decline, issue, list_waiting, look_up, redeem, refuse, revoke, withdraw
from notifier.desk.erasing import erase_person
from notifier.desk.planning import Order
from notifier.domain.authority import Actor, Face, Role
from notifier.domain.delivery import Refused, RefusedFor
from notifier.domain.enrolment import Invite, Verdict
from notifier.domain.errors import ChatTaken, Forbidden, NobodyWaits, UnknownClinic, UnknownPerson
from notifier.domain.people import Channel, Language
from notifier.domain.references import make_token, token_hash
from notifier.store import contacts, journal, readiness, tables
from tests.desk.house import ALLA, BORIS, CHAT, CLARA, OPERATOR, RELAY, Member, Ward, open_ward
from tests.desk.office import Office

NEW, OTHER = CHAT + 501, CHAT + 502  # chats that nobody has yet
DORA = Member("Dora", phone="+33639980004", language="en")
SENDER = Actor("Sven", frozenset({Role.APPROVER}), Face.CLI)


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """The cast, and Dora, who has no Telegram. Nobody has to confirm anything, though an incident is open."""
    opened = await open_ward(database_url, tmp_path, [ALLA, BORIS, CLARA, RELAY, DORA])
    opened.desk = replace(opened.desk, confirm_enrolments=False)
    yield opened
    await opened.desk.store.close()


@pytest.fixture
def strict(ward: Ward) -> Ward:
    """The same, where an operator confirms."""
    ward.desk = replace(ward.desk, confirm_enrolments=True)
    return ward


async def token_for(ward: Ward, name: str, kind: Invite = Invite.CARD, clinic: str = "KER") -> str:
    ((person, token),) = (await issue(ward.desk, OPERATOR, clinic, kind=kind, matricule=name)).tokens
    assert person.matricule == name
    return token


async def spoken(ward: Ward) -> list[tuple[str, str]]:
    """What the bot is about to say: to which chat, and the words."""
    table, vault = tables.notices, ward.desk.vault
    rows = await ward.desk.store.read(lambda tx: tx.execute(select(table).order_by(table.c.made_at)).all())
    opened = [
        (vault.open(row.to_sealed, f"notices:{row.id}:to"), vault.open(row.text_sealed, f"notices:{row.id}:text")) for row in rows
    ]
    return [(chat, words.replace("\u00a0", " ")) for chat, words in opened]


async def chats(ward: Ward) -> dict[str, list[tuple[str, bool]]]:
    """By matricule, the Telegram chats that people have now, and whether each was enrolled."""
    people = await ward.desk.store.read(lambda tx: contacts.load_people(tx, ward.desk.open_text))
    return {
        person.matricule: [(c.address.value, c.enrolled) for c in person.contacts if c.address.channel.value == "telegram"]
        for person in people
    }


async def acts(ward: Ward) -> list[str]:
    entries = await ward.desk.store.read(lambda tx: journal.read_entries(tx, 200))
    return [entry.act for entry in reversed(entries) if entry.act.startswith("enrol.")]


async def test_a_card_binds_the_chat_of_whoever_holds_it(ward: Ward) -> None:
    token = await token_for(ward, "Dora")
    assert len(token) == 22
    assert await look_up(ward.desk, token, NEW) == Shown(Verdict.WELCOME, Language.EN, "Dora", "Belair")
    assert (await chats(ward))["Dora"] == []
    assert (await redeem(ward.desk, token, NEW)).verdict is Verdict.BOUND
    assert (await chats(ward))["Dora"] == [(str(NEW), True)]
    raised = await ward.send("first-alert", suite="23h30")
    assert raised.code == "HGX1-01"
    assert (0, "telegram", "queued") in await ward.rows("Dora")
    assert await acts(ward) == ["enrol.issue", "enrol.bind"]


async def test_threat_7_a_stolen_token_binds_nothing_once_it_was_used_late_revoked_or_never_made(ward: Ward) -> None:
    used, late, gone = [await token_for(ward, name) for name in ("Dora", "Alla", "Boris")]
    screen = await token_for(ward, "Relais bloc", Invite.SCREEN)
    assert (await redeem(ward.desk, used, NEW)).verdict is Verdict.BOUND
    assert await revoke(ward.desk, OPERATOR, "KER", "Boris") == 1
    ward.clock.pass_time(minutes=30)
    before = await chats(ward)
    found = [await redeem(ward.desk, token, OTHER) for token in (used, gone, screen, "x" * 22, "", "é" * 400)]
    assert [one.verdict for one in found] == [Verdict.USED, Verdict.REVOKED, Verdict.LATE, *[Verdict.UNKNOWN] * 3]
    assert {(one.given_name, one.clinic, one.code) for one in found} == {("", "", "")}, "whoever stole it learns no name"
    ward.clock.pass_time(days=30)
    assert (await redeem(ward.desk, late, OTHER)).verdict is Verdict.LATE
    assert await chats(ward) == before
    assert await acts(ward) == ["enrol.issue"] * 4 + ["enrol.bind", "enrol.revoke"] + ["enrol.denied"] * 4


async def test_threat_7_of_fifty_who_race_for_one_token_exactly_one_is_bound(ward: Ward) -> None:
    for name, confirmed in (("Dora", False), ("Boris", True)):
        desk = replace(ward.desk, confirm_enrolments=confirmed)
        token, first = await token_for(ward, name), NEW + 100 * confirmed
        raced = await asyncio.gather(*(redeem(desk, token, first + place) for place in range(50)))
        won = [place for place, one in enumerate(raced) if one.verdict in (Verdict.BOUND, Verdict.WAITING)]
        assert len(won) == 1
        assert {one.verdict for place, one in enumerate(raced) if place not in won} <= {Verdict.USED, Verdict.CLAIMED}
        if confirmed:
            assert [waiting.matricule for waiting in await list_waiting(desk, OPERATOR)] == [name]
            await confirm(desk, OPERATOR, "KER", name)
        assert (await chats(ward))[name] == [(str(first + won[0]), True)]


async def test_threat_7_a_chat_that_races_for_several_people_becomes_one_persons(ward: Ward) -> None:
    for place, confirmed in enumerate((False, True)):
        desk, chat = replace(ward.desk, confirm_enrolments=confirmed), NEW + place
        tokens = [await token_for(ward, name) for name in ("Dora", "Boris", "Relais bloc")]
        raced = await asyncio.gather(*(redeem(desk, token, chat) for token in tokens))
        won = Verdict.WAITING if confirmed else Verdict.BOUND
        assert sorted(one.verdict for one in raced) == sorted([won, Verdict.TAKEN, Verdict.TAKEN])
        bound = [name for name, found in (await chats(ward)).items() if (str(chat), True) in found]
        assert len(bound) + len(await list_waiting(desk, OPERATOR)) == 1


async def test_a_press_that_is_told_twice_is_no_second_use(ward: Ward) -> None:
    token = await token_for(ward, "Dora")
    first = await redeem(ward.desk, token, NEW)
    assert await redeem(ward.desk, token, NEW) == first
    assert (await look_up(ward.desk, token, NEW)).verdict is Verdict.BOUND
    assert (await acts(ward)).count("enrol.bind") == 1


async def test_whoever_enrols_again_has_the_new_chat_and_the_old_one_is_to_be_told(ward: Ward) -> None:
    await redeem(ward.desk, await token_for(ward, "Alla"), NEW)
    told = [(str(ALLA.chat), "n'arrivent plus ici")]
    assert [(chat, part) for chat, text in await spoken(ward) for _, part in told if part in text] == told
    assert (await chats(ward))["Alla"] == [(str(NEW), True)]
    again = await redeem(ward.desk, await token_for(ward, "Alla"), NEW)
    assert (again.verdict, len(await spoken(ward))) == (Verdict.BOUND, 1)


async def test_an_alert_that_runs_follows_its_person_to_the_new_chat(ward: Ward) -> None:
    await ward.send("roll-call", to="name:Alla", avant="23h20")
    await redeem(ward.desk, await token_for(ward, "Alla"), NEW)
    (wired,) = await ward.turn("telegram")
    assert ward.desk.vault.open(wired.address_sealed, f"addresses:{wired.address}:value") == str(NEW)
    token = make_token(ward.desk.vault.derive("buttons"), int(str((await ward.recipient("Alla"))["id"])))
    assert (await press_button(ward.desk, f"{token}.1", int(str(ALLA.chat)))).fate is Fate.FOREIGN
    assert (await press_button(ward.desk, f"{token}.1", NEW)).fate is Fate.COUNTED


async def test_a_chat_that_was_dead_is_alive_once_its_person_enrols_again(ward: Ward) -> None:
    gone = (
        update(tables.addresses).where(tables.addresses.c.channel == "telegram").values(dead_at=ward.clock.at, dead_why="blocked")
    )
    await ward.desk.store.write(lambda tx: tx.execute(gone))
    assert (await redeem(ward.desk, await token_for(ward, "Alla"), int(str(ALLA.chat)))).verdict is Verdict.BOUND
    people = await ward.desk.store.read(lambda tx: contacts.load_people(tx, ward.desk.open_text))
    alive = {p.matricule for p in people if any(c.usable and c.address.channel.value == "telegram" for c in p.contacts)}
    assert alive == {"Alla"}


async def test_a_new_chat_does_not_answer_for_the_tests_of_the_old_one(ward: Ward) -> None:
    ward.clock.pass_time(hours=12)
    order = Order("contact-test", "HGX1", "name:Alla", channel=Channel.TELEGRAM)
    preview = await preview_alert(ward.desk, OPERATOR, order)
    await send_alert(ward.desk, OPERATOR, order, at=preview.plan.at, expects=preview.plan.hash)
    (wired,) = await ward.turn("telegram")
    await ward.turn("telegram", (wired, Refused(RefusedFor.OTHER)), room=0)
    assert wired.address in await ward.desk.store.read(lambda tx: readiness.load_tests(tx, ward.clock.at))
    ward.clock.pass_time(minutes=1)
    await redeem(ward.desk, await token_for(ward, "Alla"), NEW)
    assert await ward.desk.store.read(lambda tx: readiness.load_tests(tx, ward.clock.at)) == {}


async def test_a_chat_that_is_somebody_elses_is_refused_and_the_token_keeps_its_worth(ward: Ward) -> None:
    token = await token_for(ward, "Dora")
    assert (await look_up(ward.desk, token, int(str(CLARA.chat)))).verdict is Verdict.TAKEN
    assert (await redeem(ward.desk, token, int(str(CLARA.chat)))).verdict is Verdict.TAKEN
    assert (await redeem(ward.desk, token, NEW)).verdict is Verdict.BOUND


async def test_a_token_that_came_into_wrong_hands_is_ended_by_one_press(ward: Ward) -> None:
    token = await token_for(ward, "Dora")
    assert (await decline(ward.desk, token, OTHER)).verdict is Verdict.REVOKED
    assert (await decline(ward.desk, token, OTHER)).verdict is Verdict.REVOKED
    assert (await decline(ward.desk, "x" * 22, OTHER)).verdict is Verdict.UNKNOWN
    assert (await redeem(ward.desk, token, NEW)).verdict is Verdict.REVOKED
    assert await acts(ward) == ["enrol.issue", "enrol.decline", "enrol.denied"]


async def test_while_an_incident_is_open_a_chat_waits_for_an_operators_word(strict: Ward) -> None:
    token = await token_for(strict, "Dora")
    shown = await redeem(strict.desk, token, NEW)
    assert (shown.verdict, shown.given_name) == (Verdict.WAITING, "Dora")
    assert await redeem(strict.desk, token, NEW) == shown
    (waiting,) = await list_waiting(strict.desk, OPERATOR)
    assert (waiting.clinic, waiting.matricule, waiting.name, waiting.code) == ("KER", "Dora", "LE GOFF Dora", shown.code)
    assert (await chats(strict))["Dora"] == []
    confirmed = await confirm(strict.desk, OPERATOR, "ker", " Dora ")
    assert confirmed.verdict is Verdict.BOUND
    assert [(chat, "Done, Dora" in text) for chat, text in await spoken(strict)] == [(str(NEW), True)]
    assert (await chats(strict))["Dora"] == [(str(NEW), True)]
    assert await list_waiting(strict.desk, OPERATOR) == ()
    assert (await redeem(strict.desk, token, NEW)).verdict is Verdict.BOUND
    assert await acts(strict) == ["enrol.issue", "enrol.wait", "enrol.confirm"]


async def test_a_chat_that_is_the_persons_already_waits_for_nobody(strict: Ward) -> None:
    assert (await redeem(strict.desk, await token_for(strict, "Alla"), int(str(ALLA.chat)))).verdict is Verdict.BOUND
    assert (await chats(strict))["Alla"] == [(str(ALLA.chat), True)]
    assert await list_waiting(strict.desk, OPERATOR) == ()


async def test_what_an_operator_refuses_is_bound_to_nobody(strict: Ward) -> None:
    token = await token_for(strict, "Dora")
    await redeem(strict.desk, token, NEW)
    await refuse(strict.desk, OPERATOR, "KER", "Dora")
    assert [(chat, "did not confirm" in text) for chat, text in await spoken(strict)] == [(str(NEW), True)]
    assert (await redeem(strict.desk, token, NEW)).verdict is Verdict.USED
    assert (await chats(strict))["Dora"] == []
    for act in (confirm, refuse):
        with pytest.raises(NobodyWaits):
            await act(strict.desk, OPERATOR, "KER", "Dora")


async def test_a_second_chat_is_told_that_another_one_waits_already(strict: Ward) -> None:
    first = await token_for(strict, "Dora")
    second = await token_for(strict, "Dora", Invite.SCREEN)
    await redeem(strict.desk, first, OTHER)
    assert (await redeem(strict.desk, second, NEW)).verdict is Verdict.CLAIMED
    await refuse(strict.desk, OPERATOR, "KER", "Dora")
    assert (await redeem(strict.desk, second, NEW)).verdict is Verdict.WAITING


async def test_a_chat_that_became_somebody_elses_meanwhile_is_not_confirmed(strict: Ward) -> None:
    await redeem(strict.desk, await token_for(strict, "Dora"), NEW)
    blind = strict.desk.vault.blind("telegram", str(NEW))
    taken = update(tables.addresses).where(tables.addresses.c.person == strict.people["Boris"]).values(value_blind=blind)
    await strict.desk.store.write(lambda tx: tx.execute(taken.where(tables.addresses.c.channel == "telegram")))
    with pytest.raises(ChatTaken):
        await confirm(strict.desk, OPERATOR, "KER", "Dora")
    assert len(await list_waiting(strict.desk, OPERATOR)) == 1


async def test_a_worthless_token_voids_no_preview_and_a_binding_does(ward: Ward) -> None:
    versions = [await ward.desk.store.read(contacts.read_version)]
    token = await token_for(ward, "Dora")
    for worthless in ("x" * 22, token):
        await redeem(ward.desk, worthless, int(str(CLARA.chat)))
    versions.append(await ward.desk.store.read(contacts.read_version))
    await redeem(ward.desk, token, NEW)
    versions.append(await ward.desk.store.read(contacts.read_version))
    assert versions[0] == versions[1] != versions[2]


async def test_cards_go_to_those_who_have_none_to_use(ward: Ward) -> None:
    first = await issue(ward.desk, OPERATOR, "ker")
    names = [person.matricule for person, _ in first.tokens]
    assert sorted(names) == ["Alla", "Boris", "Dora", "Relais bloc"]
    assert (first.clinic, first.kept, first.revoked) == ("KER", 0, 0)
    again = await issue(ward.desk, OPERATOR, "KER")
    assert (again.tokens, again.kept) == ((), 4)
    tokens = {person.matricule: token for person, token in first.tokens}
    await redeem(ward.desk, tokens["Dora"], NEW)
    ward.clock.pass_time(days=30)
    later = await issue(ward.desk, OPERATOR, "KER")
    assert sorted(person.matricule for person, _ in later.tokens) == ["Alla", "Boris", "Relais bloc"]
    assert (later.kept, later.revoked) == (1, 0)
    every = await issue(ward.desk, OPERATOR, "KER", everybody=True)
    assert (len(every.tokens), every.revoked) == (4, 3)
    assert (await redeem(ward.desk, tokens["Alla"], NEW)).verdict is Verdict.REVOKED


async def test_a_card_leaves_what_stands_on_a_screen_alone(ward: Ward) -> None:
    screen = await token_for(ward, "Dora", Invite.SCREEN)
    await token_for(ward, "Dora")
    assert (await redeem(ward.desk, screen, NEW)).verdict is Verdict.BOUND


async def test_two_who_print_at_once_leave_one_good_card_a_person(ward: Ward) -> None:
    both = await asyncio.gather(*(issue(ward.desk, OPERATOR, "KER") for _ in range(2)))
    assert sorted(len(one.tokens) for one in both) == [0, 4]


async def test_what_could_not_be_printed_counts_as_no_card(ward: Ward) -> None:
    lost = await issue(ward.desk, OPERATOR, "KER")
    await withdraw(ward.desk, OPERATOR, lost)
    assert (await redeem(ward.desk, lost.tokens[0][1], NEW)).verdict is Verdict.REVOKED
    assert len((await issue(ward.desk, OPERATOR, "KER")).tokens) == 4


async def test_a_whole_clinics_cards_are_ended_at_once(ward: Ward) -> None:
    tokens = (await issue(ward.desk, OPERATOR, "KER")).tokens
    other = await token_for(ward, "Clara", clinic="SAG")
    assert await revoke(ward.desk, OPERATOR, "KER") == 4
    assert {(await redeem(ward.desk, token, NEW)).verdict for _, token in tokens} == {Verdict.REVOKED}
    assert (await redeem(ward.desk, other, NEW)).verdict is Verdict.BOUND


async def test_the_database_and_the_journal_hold_no_token_no_name_and_no_chat(strict: Ward) -> None:
    token = await token_for(strict, "Dora")
    await redeem(strict.desk, token, NEW)
    everything = await strict.desk.store.read(
        lambda tx: [row for table in tables.metadata.sorted_tables for row in tx.execute(select(table))]
    )
    told = repr(list(everything))
    assert token not in told
    assert str(NEW) not in told
    assert repr(token_hash(token)) in told
    entries = await strict.desk.store.read(lambda tx: journal.read_entries(tx, 200))
    facts = repr([entry.facts for entry in entries if entry.act.startswith("enrol.")])
    assert not [name for name in ("Dora", str(strict.people["Dora"]), str(NEW)) if name in facts]
    assert (await strict.desk.store.read(journal.verify)).bad_seq is None


async def test_who_is_erased_leaves_neither_token_nor_waiting_chat(strict: Ward) -> None:
    token = await token_for(strict, "Dora")
    await redeem(strict.desk, token, NEW)
    await erase_person(strict.desk, OPERATOR, "KER", "Dora")
    rows = await strict.desk.store.read(
        lambda tx: [tx.execute(select(table)).all() for table in (tables.invitations, tables.claims)]
    )
    assert rows == [[], []], "nor anything else that the vault could open"
    assert (await redeem(strict.desk, token, NEW)).verdict is Verdict.UNKNOWN


async def test_nobody_is_enrolled_by_whoever_may_not(small: Office) -> None:
    for forbidden in (issue, revoke):
        with pytest.raises(Forbidden):
            await forbidden(small.desk, SENDER, "KER")
    for act in (confirm, refuse):
        with pytest.raises(Forbidden):
            await act(small.desk, SENDER, "KER", "Dora")
    with pytest.raises(Forbidden):
        await list_waiting(small.desk, SENDER)
    await small.take()
    with pytest.raises(UnknownClinic):
        await issue(small.desk, OPERATOR, "XXX")
    with pytest.raises(UnknownPerson):
        await issue(small.desk, OPERATOR, "KER", matricule="Nobody")


async def test_an_import_leaves_a_chat_alone_that_its_person_has_enrolled(small: Office) -> None:
    await small.take()
    ((_, token),) = (await issue(small.desk, OPERATOR, "KER", matricule="K1")).tokens
    assert (await redeem(small.desk, token, NEW)).verdict is Verdict.BOUND
    again = await small.take()
    assert (again.changed, again.added) == (0, 0), "the sheet's own chat is not taken for a change"
    small.write("KER.csv", "K1;LE GOFF;Alla;BLOC;IBODE;salarié;06 39 98 00 01;;;;fr")
    assert (await small.take()).changed == 1
    told = (await small.people())["K1"]
    assert [(c.address.value, c.enrolled) for c in told.contacts if c.enrolled] == [(str(NEW), True)]
    assert told.role == "IBODE"

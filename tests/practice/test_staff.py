"""Simulated staff: who answers what, the same for the same seed, each for himself."""

from collections import Counter
from datetime import timedelta

from aiohttp import web

from notifier.practice import Customs, Network, Resident
from notifier.practice.answers import find_link, read_digits, read_form
from notifier.practice.staff import make_habits
from tests.channels.services import until
from tests.practice.test_mailbox import client, letter
from tests.practice.town import ALLA, BORIS, CLARA, call_bot, call_ovh, job, town

KEYBOARD = {"inline_keyboard": [[{"text": "Fait", "callback_data": "t.1"}], [{"text": "Souci", "callback_data": "t.2"}]]}
PAGE = """<!doctype html><form method="get" action="/search"><input type="hidden" name="q" value="no"></form>
<form method="post" action="?"><input type="hidden" name="seal" value="s&amp;1">
<label class="pick"><input type="radio" name="choice" value="done"> Fait</label>
<label class="pick"><input type="radio" name="choice" value="trouble"> Un <b>souci</b></label><button>Envoyer</button></form>"""
ODD = Customs(muted=0.3, asleep=0.3, locker=0.3, no_signal=0.3, nonsense=0.3, blocked_bot=0.3, lost_sim=0.3, closed_mailbox=0.3)


def crowd(count: int) -> list[Resident]:
    return [
        Resident(
            f"ker/{number}",
            f"Agent {number}",
            9_000_000_000_001_000 + number,
            f"+336399801{number:02}",
            f"a{number}@example.org",
            "Kerlic",
        )
        for number in range(count)
    ]


async def _ring(network: Network, people: list[Resident], alert: str) -> None:
    for person in people:
        if person.chat and person.chat % 2:
            await call_bot(network, "sendMessage", chat_id=person.chat, text=f"RÉEL {alert} Kerlic", reply_markup=KEYBOARD)
        else:
            text = f"RÉEL {alert} Kerlic. Avant 23h10: 1=fait 2=souci. Code K7M4"
            await call_ovh(network, "POST", f"/sms/{network.ovh.service}/jobs", job(text, str(person.phone)))


async def _play(seed: int) -> tuple[list[tuple[str, str, str, str, str]], list[tuple[str, str, str]]]:
    people = crowd(24)
    async with town(*people, customs=ODD, seed=seed, speed=6000) as network:
        network.bot.limits.per_second = 1000
        for alert in ("HGX1-01", "HGX1-02"):
            await _ring(network, people, alert)
        await network.town.wait(timedelta(minutes=50))
        town_ = network.town
        given = sorted((one.key, one.alert, one.channel, one.choice, one.label) for one in town_.given)
        return given, sorted((one.key, one.alert, one.text) for one in town_.said)


async def test_the_same_seed_gives_the_same_answers_and_another_seed_others() -> None:
    first, again, other = await _play(5), await _play(5), await _play(6)
    assert first == again != other
    given, said = first
    assert given
    assert said
    assert {choice for *_, choice, _ in given} <= {"t.1", "t.2", "1", "2"}
    assert max(Counter((key, alert) for key, alert, *_ in given).values()) == 1


async def test_everybody_sound_answers_by_the_device_that_rang() -> None:
    people = crowd(12)
    async with town(*people) as network:
        await _ring(network, people, "HGX1-07")
        await until(lambda: len(network.given) == 12, "all have answered")
        assert {one.key for one in network.given} == {person.key for person in people}
        assert network.town.intended == sorted(network.given, key=lambda one: one.at) or len(network.town.intended) == 12
        presses = await call_bot(network, "getUpdates")
        senders = [update["callback_query"]["from"]["id"] for update in presses[1]["result"]]
        texters = [told["sender"] for told in network.ovh.incoming.values()]
        assert Counter(senders) == Counter(person.chat for person in people if person.chat and person.chat % 2)
        assert Counter(texters) == Counter(person.phone for person in people if person.chat and not person.chat % 2)


async def test_an_alert_on_two_devices_is_answered_once() -> None:
    async with town(speed=6000) as network:
        await call_bot(network, "sendMessage", chat_id=ALLA.chat, text="RÉEL HGX1-01", reply_markup=KEYBOARD)
        await call_ovh(network, "POST", f"/sms/{network.ovh.service}/jobs", job("RÉEL HGX1-01. 1=fait 2=souci", str(ALLA.phone)))
        await until(lambda: len(network.given) == 1, "Alla answers")
        await network.town.wait(timedelta(minutes=30))
        assert len(network.given) == 1
        assert network.given[0].channel == "telegram"


async def test_nobody_answers_what_asks_for_nothing() -> None:
    async with town(speed=6000) as network:
        await call_bot(network, "sendMessage", chat_id=ALLA.chat, text="RÉEL HGX1-01 pour information")
        await call_ovh(
            network, "POST", f"/sms/{network.ovh.service}/jobs", job("RÉEL HGX1-01 pour information", str(BORIS.phone))
        )
        await network.town.wait(timedelta(minutes=30))
        assert network.town.intended == []
        assert CLARA.key not in network.town.shown


async def test_a_letter_is_answered_on_its_page_by_post_with_its_seal() -> None:
    posted: list[dict[str, str]] = []

    async def show(_request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def take(request: web.Request) -> web.Response:
        posted.append({name: str(value) for name, value in (await request.post()).items()})
        return web.Response(status=503 if len(posted) == 1 else 200)

    app = web.Application()
    app.add_routes([web.get("/r/{token}", show), web.post("/r/{token}", take)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with town() as network, client(network) as smtp:
        network.mailroom.answer_base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        mail = letter("alla@example.org")
        mail.set_content("RÉEL HGX1-03\n\nVotre réponse :\nhttps://alerte.example/r/abcdefghijklmnopqrstuv\n")
        await smtp.send_message(mail)
        await until(lambda: len(network.given) == 1, "Alla answers on the page, at the second attempt")
    await runner.cleanup()
    assert len(posted) == 2
    assert posted[0] == posted[1]
    assert posted[0]["seal"] == "s&1"
    assert posted[0]["choice"] in ("done", "trouble")
    (given,) = network.given
    assert (given.channel, given.choice) == ("email", posted[0]["choice"])
    assert given.label in ("Fait", "Un souci")
    assert len(network.town.intended) == 2


async def test_a_link_that_leaves_this_machine_is_never_opened() -> None:
    async with town(speed=6000) as network, client(network) as smtp:
        mail = letter("alla@example.org")
        mail.set_content("RÉEL HGX1-03\n\nhttps://alerte.example/r/abcdefghijklmnopqrstuv\n")
        await smtp.send_message(mail)
        await network.town.wait(timedelta(minutes=30))
        assert network.town.intended == []


async def test_buttons_that_an_edit_took_away_are_not_pressed() -> None:
    async with town(speed=6000) as network:
        _, told = await call_bot(network, "sendMessage", chat_id=ALLA.chat, text="RÉEL HGX1-01", reply_markup=KEYBOARD)
        number = told["result"]["message_id"]
        await call_bot(network, "editMessageText", chat_id=ALLA.chat, message_id=number, text="⛔ Annulé à 22h50")
        await network.town.wait(timedelta(minutes=30))
        assert network.town.intended == []
        assert network.bot.edits == 1


def test_habits_depend_on_seed_and_person_alone() -> None:
    people = crowd(400)
    habits = {person.key: make_habits(1, person, Customs()) for person in people}
    assert habits == {person.key: make_habits(1, person, Customs()) for person in reversed(people)}
    asleep = sum(habit.asleep for habit in habits.values())
    assert 10 <= asleep <= 60
    assert not make_habits(1, ALLA, Customs(asleep=1)).asleep
    assert make_habits(1, BORIS, Customs(asleep=1)).asleep
    sound = [make_habits(2, person, Customs.sound()) for person in people]
    assert all(habit.answers and not habit.broken and not habit.signal_after for habit in sound)


def test_the_ways_to_answer_are_read_as_people_read_them() -> None:
    assert [(one.value, one.label) for one in read_digits("Avant 23h10: 1=fait 2=souci. Code K7M4")] == [
        ("1", "fait"),
        ("2", "souci"),
    ]
    three = read_digits("1=présent 2=besoin d'aide 3=absent. Code K7M4")
    assert [one.label for one in three] == ["présent", "besoin d'aide", "absent"]
    assert [one.value for one in read_digits("1=lu. Code K7M4")] == ["1"]
    assert read_digits("Suite 23h30. Appelez le 02 61 91 01 00. a=b") == ()
    assert find_link("voir http://127.0.0.1:8000/r/abc.\nmerci") == "http://127.0.0.1:8000/r/abc"
    form = read_form(PAGE, "http://127.0.0.1:8000/r/abc")
    assert (form.url, form.hidden, form.name) == ("http://127.0.0.1:8000/r/abc?", {"seal": "s&1"}, "choice") or form.url.endswith(
        "/r/abc"
    )
    assert [(one.value, one.label) for one in form.offers] == [("done", "Fait"), ("trouble", "Un souci")]

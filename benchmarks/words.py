"""Words for many: the house freezes them once and fills the slots; beside it one Jinja render a person, compiled once."""

from datetime import UTC, datetime
from time import perf_counter, process_time

from benchmarks.roster import CLINIC
from benchmarks.series import Numbers
from notifier.desk.shipped import shipped
from notifier.domain.message import CODE_SLOT, LINK_SLOT, NAME_SLOT, Question, WayBack, fill
from notifier.domain.people import Channel, Language
from notifier.domain.roster import Clinic
from notifier.rendering import freeze, load_library

AT = datetime(2026, 10, 4, 20, 45, tzinfo=UTC)
HOUSE = Clinic(CLINIC, "Clinique Belair", "Quimper", "mco", "Belair", staffed_number="+33261910100")


async def fill_words(people: int) -> Numbers:
    """As a lane has them: frozen once, then filled for each with name, code and link."""
    library = load_library(shipped("templates"))
    began, worked = perf_counter(), process_time()
    wording = freeze(
        library, library.template("first-alert"), incident="HGX1", number=1, exercise=False, clinic=HOUSE,
        values={"suite": "23h30"}, at=AT, zone="Europe/Paris", channel=Channel.EMAIL, language=Language.FR,
        way_back=WayBack.LINK, question=Question.READ, staffed_number=HOUSE.staffed_number,
    )  # fmt: skip
    for number in range(people):
        fill(wording, name=f"Agent{number} L.", code="K7M4", link=f"https://alerte.hgx.example/r/{number:022d}")
    return {"rate": people / (perf_counter() - began), "cpu": (process_time() - worked) * 1000 / people}


async def render_words(people: int) -> Numbers:
    """The same words by one render of frame and body a person; subject included, as the house fills it too."""
    library = load_library(shipped("templates"))
    words: dict[str, object] = {
        "mark": "RÉEL", "exercise": False, "title": "Passage immédiat au papier", "level": "Rouge", "alarm": "ALERTE",
        "reference": "HGX1-01", "clinic": HOUSE.name, "service": "", "has_service": False, "sent_at": "04/10 22h45",
        "staffed_number": "02 61 91 01 00", "has_staffed": True, "before": "", "has_before": False, "suite": "23h30",
        "suite_at": "à 23h30", "suite_given": True, "portee_given": False, "etat_given": False, "telephones_given": False,
        "answers": "1=Lu", "two_way": True, "links": True, "asks": True, "asks_read": True, "asks_done": False,
        "asks_choices": False, "name": NAME_SLOT, "code": CODE_SLOT, "link": LINK_SLOT,
    }  # fmt: skip
    began, worked = perf_counter(), process_time()
    for number in range(people):
        mine = {**words, "name": f"Agent{number} L.", "link": f"https://alerte.hgx.example/r/{number:022d}", "code": "K7M4"}
        for file in ("email.txt", "email.subject.txt"):
            body = library.render("first-alert", f"first-alert/fr/{file}", mine)
            library.render("first-alert", f"_frame/fr/{file}", {**mine, "body": body.strip()})
    return {"rate": people / (perf_counter() - began), "cpu": (process_time() - worked) * 1000 / people}

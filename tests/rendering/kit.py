"""The shipped library, a clinic with a theatre, and small libraries in which one thing is wrong."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from notifier.desk.shipped import shipped
from notifier.domain.message import Question, WayBack, Wording
from notifier.domain.people import Channel, Language
from notifier.domain.roster import Clinic, Service
from notifier.rendering import Library, freeze, lint_folder, load_library

NIGHT = datetime(2026, 10, 4, 20, 45, tzinfo=UTC)  # 22h45 in Paris
BELAIR = Clinic("BEL", "Clinique Belair & <Mer>", "Brest", "mco", "Belair", staffed_number="+33199001234")
THEATRE = Service("BEL", "BLOC", "Bloc opératoire", "BLOC", "CADRE")
WAYS = {Channel.SMS: WayBack.DIGITS, Channel.TELEGRAM: WayBack.BUTTONS, Channel.EMAIL: WayBack.LINK}


@cache
def library() -> Library:
    return load_library(shipped("templates"))


def write(
    name: str,
    channel: Channel = Channel.SMS,
    question: Question = Question.NONE,
    *,
    number: int = 1,
    exercise: bool = False,
    language: Language = Language.FR,
    at: datetime = NIGHT,
    way_back: WayBack | None = None,
    staffed: str = BELAIR.staffed_number,
    service: Service | None = THEATRE,
    books: Library | None = None,
    values: Mapping[str, str] | None = None,
    **typed: str,
) -> Wording:
    """The frozen words of one template at Belair."""
    books = books or library()
    template = books.template(name)
    return freeze(
        books,
        template,
        incident="HGX1",
        number=number,
        exercise=exercise,
        clinic=BELAIR,
        service=service if template.service else None,
        values={**(values or {}), **typed},
        at=at,
        zone="Europe/Paris",
        channel=channel,
        language=language,
        way_back=way_back or (WayBack.NONE if question is Question.NONE else WAYS[channel]),
        question=question,
        staffed_number=staffed,
    )


class Shelf:
    """A copy of the shared frames and one template, to be spoilt."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder / "templates", name
        for part in ("_frame", name):
            shutil.copytree(shipped("templates") / part, self.folder / part)

    def spoil(self, file: str, old: str, new: str) -> "Shelf":
        """Replace words in one file of the template (or of ``_frame/…``); they must be there."""
        path = self.folder / (file if file.startswith("_frame") else f"{self.name}/{file}")
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} no longer says {old!r}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return self

    def faults(self) -> set[tuple[str, str]]:
        """Where and which rule, the stale pre-approval left out."""
        return {(fault.where, fault.code) for fault in lint_folder(self.folder).faults if fault.code != "words.stamp"}

    def codes(self) -> set[str]:
        return {code for _, code in self.faults()}

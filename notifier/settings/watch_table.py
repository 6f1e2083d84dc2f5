"""The ``[watchdog]`` table: what this house calls while it is well, and which house this machine watches for whom."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from notifier.domain.errors import BadAddress, Fault
from notifier.domain.lane import LaneSettings
from notifier.domain.people import Address, parse_chat, parse_mail, parse_phone
from notifier.domain.watching import WatchPlan
from notifier.settings.faults import field_faults
from notifier.settings.values import read_public_url

WHERE = "[watchdog]"
PEOPLE = 2  # at least are told: one may be asleep, or on the very network that is down


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    ping: Annotated[str, AfterValidator(read_public_url)] = ""
    watch: Annotated[str, AfterValidator(read_public_url)] = ""
    tell: list[str] = []


def read_watchdog(table: object, lanes: tuple[LaneSettings, ...], faults: list[Fault]) -> WatchPlan:
    """The plan. Whoever is to be told must have a lane of his channel here, and whoever watches tells two people."""
    try:
        form = _Table.model_validate(table)
    except ValidationError as refused:
        faults.extend(field_faults(refused, where=WHERE, known=tuple(_Table.model_fields)))
        return WatchPlan()
    people: list[Address] = []
    for number, told in enumerate(form.tell, 1):
        try:
            people.append(_parse(told))
        except BadAddress:
            faults.append(Fault(f"{WHERE}, tell, {number}", "watch_address"))
    channels = {lane.channel for lane in lanes}
    faults += [
        Fault(f"{WHERE}, tell", "watch_no_lane", (("channel", one.channel.value),))
        for one in people
        if one.channel not in channels
    ]
    if form.watch and len(set(people)) + len(form.tell) - len(people) < PEOPLE:
        faults.append(Fault(f"{WHERE}, tell", "watch_too_few"))
    return WatchPlan(form.ping, form.watch, tuple(people))


def _parse(text: str) -> Address:
    if "@" in text:
        return parse_mail(text)
    return parse_phone(text) if text.startswith(("+", "0")) else parse_chat(text)

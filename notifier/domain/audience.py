"""Who is called, as a boolean expression over people.

::

    clinic:KER,SAG service:BLOC (role:IDE or role:IBODE) on-duty not tag:renfort

Juxtaposition is *and*, a comma is *or* inside one field, then ``or`` / ``ou``, ``not`` / ``non`` and parentheses. Case and
accents do not count, and every word has a French form (``clinique``, ``de-service``, ``astreinte`` …).

*On duty* are the people on shift, on leave nobody, and relay posts always: they are staffed whenever the service is. Where a
clinic's duty plan is stale, *on duty* means its relay posts and the people of its on-call list. A relay post has no role and no
status of its own: *role:IDE on-duty* selects the posts of the services where such a nurse is on shift, because in theatre the
phones lie in lockers; *not relay* leaves them out.

An alert is followed up by its number: ``silent:HGX1-03``, ``failed:HGX1-03``, ``answered:HGX1-03`` or
``answered:HGX1-03=present``, ``called:HGX1-03``. As on its board, only people on duty or on call who were asked can be silent.
"""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from notifier.domain.errors import BadAudience, EmptyAudience
from notifier.domain.expression import (
    FOLLOWING,
    STATUSES,
    Audience,
    Both,
    Either,
    Field,
    Has,
    Is,
    Node,
    Not,
    Trait,
    Value,
    parse,
    walk,
)
from notifier.domain.folding import fold, fold_words
from notifier.domain.people import Channel
from notifier.domain.roster import Duty, Group, Kind, Person, Travel

__all__ = [
    "Audience",
    "Followed",
    "Unreachable",
    "check",
    "followed_alerts",
    "narrow",
    "parse",
    "resolve",
    "responsible_people",
    "responsible_roles",
    "why_unreachable",
]


class Unreachable(StrEnum):
    """Why a person has no usable channel, said before anything is sent."""

    NONE = "none"  # no address at all
    IN_BAND = "in_band"  # only hospital mail or the PBX
    LANDLINE = "landline"  # a number, which takes no SMS
    DEAD = "dead"  # the provider said that the address does not exist


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of an alert that is followed up: people's ids, of the answers by the choice's key.

    ``names`` are the folded names by which a choice may be called: its key, its digit and its label in both languages.
    """

    called: frozenset[int]
    silent: frozenset[int]
    failed: frozenset[int]
    answered: Mapping[str, frozenset[int]]
    names: Mapping[str, str]


_NONE: Mapping[str, Followed] = MappingProxyType({})


def followed_alerts(audience: Audience) -> frozenset[str]:
    """The numbers of the alerts that it follows up, in capitals."""
    parts = (part for part in walk(audience.root) if isinstance(part, Has) and part.field in FOLLOWING)
    return frozenset(_split(part.field, value.text)[0] for part in parts for value in part.values)


def _split(field_: Field, text: str) -> tuple[str, str]:
    """An alert's number, and the answer to it where one is named; nothing behind the sign is no answer's name."""
    code, sign, answer = text.partition("=") if field_ is Field.ANSWERED else (text, "", "")
    return code.strip().upper(), fold(answer.strip()) or sign


def check(
    audience: Audience,
    group: Group,
    roles: Iterable[str],
    tags: Iterable[str] | None = None,
    followed: Mapping[str, Followed] = _NONE,
) -> None:
    """Raises BadAudience ``unknown_value`` for a value that the contacts do not know, with those that come near.

    Names are not checked: nobody found is told by ``resolve``. Tags are checked where the known ones are given. ``followed`` has
    what ``followed_alerts`` names, where it is of this incident; the rest raises ``unknown_alert`` or ``unknown_answer``.
    """
    known: dict[Field, dict[str, str]] = {
        Field.CLINIC: _shown({clinic.code: (clinic.name, clinic.sms_name) for clinic in group.clinics}),
        Field.SERVICE: _shown(
            {service.code: (service.name, service.sms_name) for clinic in group.clinics for service in clinic.services}
        ),
        Field.ROLE: _shown(dict.fromkeys(roles, ())),
        Field.STATUS: {name: status.value for name, status in STATUSES.items()},
        Field.TRAVEL: _shown({travel.value: () for travel in Travel}),
    }
    if tags is not None:
        known[Field.TAG] = _shown(dict.fromkeys(tags, ()))
    for part in walk(audience.root):
        if not isinstance(part, Has):
            continue
        if part.field in FOLLOWING:
            for value in part.values:
                _check_followed(audience, part.field, value, followed)
        if part.field not in known:
            continue
        for value in part.values:
            if fold(value.text) not in known[part.field]:
                raise _unknown_value(audience, part.field, value, known[part.field])


def _check_followed(audience: Audience, field_: Field, value: Value, followed: Mapping[str, Followed]) -> None:
    code, answer = _split(field_, value.text)
    alert = followed.get(code)
    if alert is None:
        raise BadAudience(audience.text, value.position, "unknown_alert", (("value", code),))
    if answer and answer not in alert.names:
        facts = (("value", value.text), ("known", ", ".join(dict.fromkeys(alert.names.values()))))
        raise BadAudience(audience.text, value.position, "unknown_answer", facts)


def narrow(bound: Audience, wanted: Audience) -> Audience:
    """Those whom both select; its text reads as it would be typed."""
    return Audience(f"({bound.text}) ({wanted.text})", Both((bound.root, wanted.root)))


def resolve(
    audience: Audience, people: Iterable[Person], duty: Duty, group: Group, followed: Mapping[str, Followed] = _NONE
) -> Iterator[Person]:
    """Everybody whom the expression selects, in the order of ``people``, who may be gone through twice.

    ``check`` has found all in ``followed`` that the expression names.
    Raises EmptyAudience at the end where that was nobody: an alert to nobody is a mistake.
    """
    selects = _Compiler(duty, group, responsible_roles(group), people, followed).build(audience.root)
    found = False
    for person in people:
        if selects(person):
            found = True
            yield person
    if not found:
        raise EmptyAudience(audience.text, "followed" if followed_alerts(audience) else "")


def why_unreachable(person: Person) -> Unreachable | None:
    """None where at least one channel may be used; else the cause that can be mended soonest."""
    dead = landline = False
    for contact in person.contacts:
        if contact.in_band:
            continue
        takes = contact.address.channel is not Channel.SMS or contact.address.takes_sms
        if takes and not contact.dead:
            return None
        dead, landline = dead or contact.dead, landline or not takes
    if dead:
        return Unreachable.DEAD
    if landline:
        return Unreachable.LANDLINE
    return Unreachable.IN_BAND if person.contacts else Unreachable.NONE


def responsible_roles(group: Group) -> dict[tuple[str, str], str]:
    """Clinic and service → the role that answers for the service."""
    return {(s.clinic, s.code): s.responsible_role for clinic in group.clinics for s in clinic.services}


def responsible_people(people: Iterable[Person], duty: Duty, group: Group) -> dict[tuple[str, str], tuple[Person, ...]]:
    """Who answers for each service: those of the responsible role who are on duty or on call, else all of that role."""
    roles = responsible_roles(group)
    found: dict[tuple[str, str], list[Person]] = {place: [] for place in roles}
    for person in people:
        place = (person.clinic, person.service)
        if person.kind is Kind.PERSON and roles.get(place) == person.role:
            found[place].append(person)
    return {place: tuple([p for p in named if duty.woken(p)] or named) for place, named in found.items()}


def _shown(names: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Every folded name by which a thing may be called → its code."""
    shown = {fold(name): code for code, others in names.items() for name in others if name}
    return shown | {fold(code): code for code in names}


def _unknown_value(audience: Audience, field_: Field, value: Value, known: Mapping[str, str]) -> BadAudience:
    near = dict.fromkeys(known[name] for name in difflib.get_close_matches(fold(value.text), known, 3))
    facts = (("field", field_.value), ("value", value.text), ("near", ", ".join(near)))
    codes = ", ".join(list(dict.fromkeys(known.values()))[:20])
    return BadAudience(audience.text, value.position, "unknown_value", (*facts, ("known", codes)))


Test = Callable[[Person], bool]


def _on_duty(duty: Duty) -> Test:
    on_shift, on_call, away, stale = duty.on_shift, duty.on_call, duty.away, duty.stale

    def is_on_duty(person: Person) -> bool:
        if person.kind is Kind.RELAY:
            return True
        if person.id in away:
            return False
        if person.clinic in stale:
            return person.on_call or person.id in on_call
        return person.id in on_shift

    return is_on_duty


@dataclass(slots=True)
class _Compiler:
    """An expression into one function of a person; cheap tests stand before those on names."""

    duty: Duty
    group: Group
    responsible: Mapping[tuple[str, str], str]
    everybody: Iterable[Person]
    followed: Mapping[str, Followed]

    def build(self, node: Node, *, on_duty: bool = False) -> Test:
        """``on_duty``: what stands beside this part asks for those on duty."""
        match node:
            case Has(field_, values):
                test = self._has(field_, values)
                return self._or_post(test) if on_duty and field_ in (Field.ROLE, Field.STATUS) else test
            case Is(trait):
                return self._is(trait)
            case Not(part):
                inner = self.build(part)
                return lambda person: not inner(person)
            case Both(parts):
                asked = on_duty or _asks_on_duty(node)
                tests = [self.build(part, on_duty=asked) for part in sorted(parts, key=_cost)]
                return lambda person: _every(tests, person)
            case Either(parts):
                choices = [self.build(part, on_duty=on_duty) for part in sorted(parts, key=_cost)]
                return lambda person: _some(choices, person)

    def _or_post(self, test: Test) -> Test:
        """The same, and the relay posts of services where such a person is on shift; on a stale plan, where one works at all."""
        duty = self.duty
        wards = {
            (p.clinic, p.service)
            for p in self.everybody
            if p.kind is Kind.PERSON and (p.id in duty.on_shift or (p.clinic in duty.stale and p.id not in duty.away)) and test(p)
        }
        return lambda person: test(person) or (person.kind is Kind.RELAY and (person.clinic, person.service) in wards)

    def _has(self, field_: Field, values: tuple[Value, ...]) -> Test:
        wanted = {fold(value.text) for value in values}
        match field_:
            case Field.CLINIC:
                codes = self._codes({clinic.code: (clinic.name, clinic.sms_name) for clinic in self.group.clinics}, wanted)
                return lambda person: person.clinic in codes
            case Field.SERVICE:
                every = [service for clinic in self.group.clinics for service in clinic.services]
                names: dict[str, tuple[str, ...]] = {}
                for service in every:
                    names[service.code] = (*names.get(service.code, ()), service.name, service.sms_name)
                services = self._codes(names, wanted)
                return lambda person: person.service in services
            case Field.ROLE:
                return lambda person: fold(person.role) in wanted
            case Field.STATUS:
                statuses = {STATUSES[name] for name in wanted if name in STATUSES}
                return lambda person: person.status in statuses
            case Field.TRAVEL:
                return lambda person: person.travel in wanted
            case Field.TAG:
                return lambda person: any(fold(tag) in wanted for tag in person.tags)
            case Field.NAME:
                runs = [run for value in values if (run := fold_words(value.text)).strip()]
                return lambda person: _is_named(person, runs)
            case Field.CALLED | Field.SILENT | Field.FAILED | Field.ANSWERED:
                meant = frozenset[int]().union(*(self._follow(field_, value) for value in values))
                return lambda person: person.id in meant

    def _follow(self, field_: Field, value: Value) -> frozenset[int]:
        code, answer = _split(field_, value.text)
        alert = self.followed[code]
        match field_:
            case Field.CALLED:
                return alert.called
            case Field.SILENT:
                return alert.silent
            case Field.FAILED:
                return alert.failed
        keys = [alert.names[answer]] if answer else list(alert.answered)
        return frozenset[int]().union(*(alert.answered.get(key, frozenset()) for key in keys))

    def _codes(self, names: Mapping[str, tuple[str, ...]], wanted: set[str]) -> frozenset[str]:
        """A code beats a name: ``service:LABO`` is the service LABO, whatever another one is called."""
        by_code = {fold(code): code for code in names}
        found = {by_code[want] for want in wanted if want in by_code}
        left = wanted - by_code.keys()
        return frozenset(found | {code for code, others in names.items() if left & {fold(other) for other in others}})

    def _is(self, trait: Trait) -> Test:
        duty = self.duty
        match trait:
            case Trait.ALL:
                return lambda _person: True
            case Trait.ON_DUTY:
                return _on_duty(duty)
            case Trait.ON_CALL:
                return lambda person: (
                    person.id not in duty.away
                    and person.kind is Kind.PERSON
                    and (person.id in duty.on_call or (person.on_call and person.clinic in duty.stale))
                )
            case Trait.RELAY:
                return lambda person: person.kind is Kind.RELAY
            case Trait.RESPONSIBLE:
                roles = self.responsible
                return lambda person: person.kind is Kind.PERSON and roles.get((person.clinic, person.service)) == person.role
            case Trait.VOLUNTEER:
                return lambda person: person.volunteer


def _asks_on_duty(node: Node) -> bool:
    return node == Is(Trait.ON_DUTY) or (isinstance(node, Both) and any(_asks_on_duty(part) for part in node.parts))


def _cost(node: Node) -> int:
    return max(2 if isinstance(part, Has) and part.field is Field.NAME else 0 for part in walk(node))


def _every(tests: list[Test], person: Person) -> bool:
    for test in tests:  # noqa: SIM110 - a loop is twice as fast as all() with a generator, 50,000 times over
        if not test(person):
            return False
    return True


def _some(tests: list[Test], person: Person) -> bool:
    for test in tests:  # noqa: SIM110
        if test(person):
            return True
    return False


def _is_named(person: Person, runs: list[str]) -> bool:
    """Whole words in a row, family name first or given name first."""
    both = fold_words(f"{person.family_name} {person.given_name} {person.family_name}")
    return any(run in both for run in runs)

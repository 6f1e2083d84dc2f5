"""Who may do what. Every desk verb is given an ``Actor`` and asks here first, below any page."""

from dataclasses import dataclass
from enum import StrEnum

from notifier.domain.errors import Forbidden


class Role(StrEnum):
    """An operator's part in a crisis."""

    CELL = "cell"  # cellule de crise: writes and sends
    APPROVER = "approver"  # directeur or administrateur de garde
    DIRECTION = "direction"  # direction, communication
    CADRE = "cadre"  # sees and corrects the own service
    AGENT = "agent"  # answers
    ADMIN = "admin"  # contacts, operators, keys; sends nothing


class Face(StrEnum):
    """By which door the actor came in."""

    CLI = "cli"
    WEB = "web"
    BOT = "bot"
    API = "api"
    HOUSE = "house"  # the house itself: sweeps, lanes


class Act(StrEnum):
    """One for each desk verb that somebody could be refused."""

    OPEN_INCIDENT = "open_incident"
    CLOSE_INCIDENT = "close_incident"
    DRAFT = "draft"
    SEND = "send"  # alone: an unchanged pre-approved template
    APPROVE = "approve"
    STOP = "stop"
    FREEZE = "freeze"
    THAW = "thaw"
    SEE = "see"  # alerts, boards, lists with masked addresses
    ANSWER_FOR = "answer_for"  # note somebody's answer by hand
    IMPORT = "import"
    ENROL = "enrol"
    ERASE = "erase"  # a person, for good
    REVEAL = "reveal"  # addresses in clear, with a logged reason
    VERIFY = "verify"  # the journal
    MANAGE = "manage"  # operators, keys, backup
    ESCALATE = "escalate"  # the sweep's own


_SENDERS = frozenset({Role.CELL, Role.APPROVER, Role.DIRECTION})
_WATCHERS = frozenset({Role.CELL, Role.APPROVER, Role.DIRECTION, Role.CADRE, Role.ADMIN})

# Two people to start, one to stop: whoever may send may also stop, and the cadre on the spot may freeze nothing.
MATRIX: dict[Act, frozenset[Role]] = {
    Act.OPEN_INCIDENT: _SENDERS,
    Act.CLOSE_INCIDENT: frozenset({Role.APPROVER, Role.DIRECTION}),
    Act.DRAFT: _SENDERS,
    Act.SEND: frozenset({Role.CELL, Role.APPROVER}),
    Act.APPROVE: frozenset({Role.APPROVER, Role.DIRECTION}),
    Act.STOP: _SENDERS | {Role.ADMIN},
    Act.FREEZE: _SENDERS | {Role.ADMIN},
    Act.THAW: frozenset({Role.APPROVER, Role.DIRECTION}),
    Act.SEE: _WATCHERS,
    Act.ANSWER_FOR: frozenset({Role.CELL, Role.APPROVER, Role.CADRE}),
    Act.IMPORT: frozenset({Role.ADMIN, Role.CELL}),
    Act.ENROL: frozenset({Role.ADMIN, Role.CELL}),
    Act.ERASE: frozenset({Role.ADMIN}),
    Act.REVEAL: frozenset({Role.CELL, Role.APPROVER}),
    Act.VERIFY: _WATCHERS,
    Act.MANAGE: frozenset({Role.ADMIN}),
    Act.ESCALATE: frozenset(),
}
HOUSE_ACTS = frozenset({Act.ESCALATE})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, by name as enrolled, with the roles held, and by which face."""

    person: str
    roles: frozenset[Role]
    face: Face


HOUSE = Actor("notifier", frozenset(), Face.HOUSE)


def may(actor: Actor, act: Act) -> bool:
    """True where one of the actor's roles has the act. The house may only what is its own, and nobody else may that."""
    if actor.face is Face.HOUSE:
        return act in HOUSE_ACTS
    return bool(actor.roles & MATRIX[act])


def require(actor: Actor, act: Act) -> None:
    """Raises Forbidden where ``may`` says no."""
    if not may(actor, act):
        raise Forbidden(actor.person, act.value)

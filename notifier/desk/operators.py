"""Who works at the desk. The command line is an operator too: whoever may read the key is enrolled by his login, once."""

from functools import partial

from notifier.desk.desk import Desk
from notifier.domain.authority import Actor, Face, Role
from notifier.store import journal, operators
from notifier.store.transaction import Tx

CLI_ROLES = frozenset({Role.CELL, Role.APPROVER, Role.ADMIN})  # one person at night is all of them


async def enter(desk: Desk, name: str, face: Face = Face.CLI) -> Actor:
    """The operator of that name, enrolled the first time."""
    known = await desk.store.read(lambda tx: operators.find_roles(tx, name))
    if known is None:
        known = await desk.store.write(partial(enrol, desk, name, face))
    return Actor(name, frozenset(Role(role) for role in known), face)


def enrol(desk: Desk, name: str, face: Face, tx: Tx) -> list[str]:
    """The roles of the operator of that name, who is enrolled the first time."""
    roles = sorted(role.value for role in CLI_ROLES)
    if (known := operators.find_roles(tx, name)) is not None:
        return known
    at = desk.clock.now()
    operators.insert_operator(tx, name, roles, at)
    journal.write(tx, at, name, "operator.enrol", {"operator": name, "roles": roles, "face": face.value})
    return roles

"""Enrolment: single-use tokens that bind a private chat to one person, and an operator's word on it while an incident is open.

A token is 128 random bits, kept as a hash, for one person, 30 days on a card and 30 minutes on a screen. Whoever shows it is told
the given name and the clinic, and presses before anything changes. However often, late or by how many it is shown, one chat is
bound; the journal has each use and each refusal, as commitments.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from notifier.desk.desk import Desk, choose_lane
from notifier.desk.noticing import tell_chat
from notifier.domain.authority import Act, Actor, require
from notifier.domain.codes import claim_code
from notifier.domain.enrolment import LIFE, TOKEN_OCTETS, Invite, Standing, Token, Verdict, judge
from notifier.domain.errors import ChatTaken, NobodyWaits, UnknownClinic, UnknownPerson
from notifier.domain.people import Address, Channel, Language
from notifier.domain.references import token_hash
from notifier.domain.roster import Group, Person
from notifier.store import contacts, enrolling, journal
from notifier.store.enrolling import Claim, Invitation
from notifier.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Issued:
    """Tokens in clear, this once. ``kept`` people have a card that they used or still can; ``revoked`` were worth something."""

    group: Group
    clinic: str
    tokens: tuple[tuple[Person, str], ...] = field(repr=False)
    expires_at: datetime
    kept: int = 0
    revoked: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """What the bot tells a chat that shows a token. Names only while the token is good for this chat.

    ``code`` is what somebody who waits reads to the operator.
    """

    verdict: Verdict
    language: Language = Language.FR
    given_name: str = field(default="", repr=False)
    clinic: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One chat that waits for an operator's word. The person reads ``code`` from the own screen: it is this chat and no other."""

    clinic: str
    matricule: str
    name: str = field(repr=False)
    since: datetime
    code: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """A token and the chat that shows it, as the database has them; ``person`` is 0 for a token that nobody has.

    ``bound``: the chat is the person's already.
    """

    invitation: Invitation | None
    verdict: Verdict
    person: int = 0
    bound: bool = False
    shown: Shown = Shown(Verdict.UNKNOWN)


async def issue(
    desk: Desk, actor: Actor, clinic: str, *, kind: Invite = Invite.CARD, matricule: str = "", everybody: bool = False
) -> Issued:
    """A token for everybody of a clinic who has no card to use, for ``everybody``, or for the one of this ``matricule``.

    Their earlier unused tokens of this kind are worth nothing any more. Raises UnknownClinic, UnknownPerson, Forbidden.
    """
    require(actor, Act.ENROL)
    return await desk.store.write(partial(_issue, desk, actor, clinic, kind, matricule, everybody))


async def revoke(desk: Desk, actor: Actor, clinic: str, matricule: str = "") -> int:
    """Unused tokens of a person, or of a whole clinic, are worth nothing any more; gives how many were.

    Raises UnknownClinic, UnknownPerson, Forbidden.
    """
    require(actor, Act.ENROL)

    def work(tx: Tx) -> int:
        found, _ = _find(desk, tx, clinic, matricule)
        at = desk.clock.now()
        ended = enrolling.revoke(tx, [person.id for person in found], at)
        facts = {"clinic": clinic.strip().upper(), "revoked": ended, "people": _commit_all(desk, found) if matricule else []}
        journal.write(tx, at, actor.person, "enrol.revoke", {**facts, "face": actor.face.value})
        return ended

    return await desk.store.write(work)


async def withdraw(desk: Desk, actor: Actor, issued: Issued) -> None:
    """These tokens reached nobody, and are worth nothing. Raises Forbidden."""
    require(actor, Act.ENROL)

    def work(tx: Tx) -> None:
        at = desk.clock.now()
        for _, token in issued.tokens:
            enrolling.end(tx, token_hash(token), at)
        facts = {"clinic": issued.clinic, "revoked": len(issued.tokens), "face": actor.face.value}
        journal.write(tx, at, actor.person, "enrol.withdraw", facts)

    await desk.store.write(work)


async def look_up(desk: Desk, token: str, chat: int) -> Shown:
    """What this token would do for this private chat; changes nothing."""
    return await desk.store.read(lambda tx: _see(desk, tx, token, _chat(chat)).shown)


async def redeem(desk: Desk, token: str, chat: int) -> Shown:
    """The person behind private chat ``chat`` has pressed *It is me*: BOUND, WAITING, or why not."""
    return await desk.store.write(partial(_redeem, desk, token, _chat(chat)))


async def decline(desk: Desk, token: str, chat: int) -> Shown:
    """Somebody says *It is not me*: the token has come into wrong hands, and is worth nothing any more."""

    def work(tx: Tx) -> Shown:
        seen = _see(desk, tx, token, _chat(chat), lock=True)
        if seen.invitation is None or seen.verdict is not Verdict.WELCOME:
            return seen.shown
        at = desk.clock.now()
        enrolling.end(tx, token_hash(token), at)
        journal.write(tx, at, "staff", "enrol.decline", {"person": _commit(desk, seen.person)})
        return Shown(Verdict.REVOKED, seen.shown.language)

    return await desk.store.write(work)


async def list_waiting(desk: Desk, actor: Actor) -> tuple[Waiting, ...]:
    """The chats that wait for an operator's word, the oldest first. Raises Forbidden."""
    require(actor, Act.ENROL)

    def work(tx: Tx) -> tuple[Waiting, ...]:
        return tuple(_waiting(desk, tx, claim, matricule) for claim, matricule in enrolling.list_claims(tx))

    return await desk.store.read(work)


async def confirm(desk: Desk, actor: Actor, clinic: str, matricule: str) -> Shown:
    """The chat that waits becomes the person's. Raises NobodyWaits, ChatTaken, UnknownClinic, UnknownPerson, Forbidden."""
    require(actor, Act.ENROL)

    def work(tx: Tx) -> Shown:
        contacts.mark_changed(tx)  # first, as in every change of the contacts: no two of them cross
        person, claim, chat = _claimed(desk, tx, clinic, matricule)
        if enrolling.whose(tx, claim.chat_blind) - {person}:
            raise ChatTaken(clinic=clinic.strip().upper(), matricule=matricule.strip())
        enrolling.drop_claim(tx, claim.id)
        facts = {"claim": str(claim.id), "face": actor.face.value}
        shown = _bind(desk, tx, person, chat, actor.person, "enrol.confirm", facts)
        _tell(desk, tx, person, chat, f"claim:{claim.id}", "bot.bound", shown)
        return shown

    return await desk.store.write(work)


async def refuse(desk: Desk, actor: Actor, clinic: str, matricule: str) -> None:
    """The chat that waits does not become the person's, and is told so. Raises as ``confirm``."""
    require(actor, Act.ENROL)

    def work(tx: Tx) -> None:
        person, claim, chat = _claimed(desk, tx, clinic, matricule)
        enrolling.drop_claim(tx, claim.id)
        facts = {"person": _commit(desk, person), "claim": str(claim.id), "face": actor.face.value}
        journal.write(tx, desk.clock.now(), actor.person, "enrol.refuse", facts)
        _tell(desk, tx, person, chat, f"claim:{claim.id}", "bot.refused", _show(desk, tx, person, Verdict.REVOKED))

    await desk.store.write(work)


def _issue(desk: Desk, actor: Actor, clinic: str, kind: Invite, matricule: str, everybody: bool, tx: Tx) -> Issued:
    at = desk.clock.now()
    expires_at = at + LIFE[kind]
    found, group = _find(desk, tx, clinic, matricule)
    code = clinic.strip().upper()
    enrolling.hold_clinic(tx, code)
    kept = set() if everybody or matricule else enrolling.have_card(tx, code, at)
    wanted = [person for person in found if person.id not in kept]
    revoked = enrolling.revoke(tx, [person.id for person in wanted], at, kind)
    tokens = tuple((person, secrets.token_urlsafe(TOKEN_OCTETS)) for person in wanted)
    enrolling.invite(tx, [(person.id, token_hash(token)) for person, token in tokens], kind, at, expires_at)
    facts = {"clinic": code, "kind": kind.value, "people": _commit_all(desk, wanted), "revoked": revoked}
    journal.write(tx, at, actor.person, "enrol.issue", {**facts, "face": actor.face.value})
    return Issued(group, code, tokens, expires_at, len(found) - len(wanted), revoked)


def _find(desk: Desk, tx: Tx, clinic: str, matricule: str) -> tuple[list[Person], Group]:
    """Everybody of a clinic, or the one of this matricule."""
    code, group = clinic.strip().upper(), contacts.load_group(tx)
    if group.clinic(code) is None:
        raise UnknownClinic(code, tuple(each.code for each in group.clinics))
    found = list(contacts.People(tx, desk.open_text, (code,)))
    if matricule:
        found = [person for person in found if person.matricule == matricule.strip()]
        if not found:
            raise UnknownPerson(clinic=code, matricule=matricule.strip())
    return sorted(found, key=lambda person: (person.service, person.shown, person.id)), group


def _see(desk: Desk, tx: Tx, token: str, chat: Address, *, lock: bool = False) -> _Seen:
    """The token beside the chat, at this moment."""
    blind = desk.vault.blind(chat.channel, chat.value)
    kept = enrolling.find_invitation(tx, token_hash(token), lock=lock)
    if kept is None:
        return _Seen(None, Verdict.UNKNOWN)
    owners, theirs = enrolling.whose(tx, blind), enrolling.find_claim(tx, chat=blind)
    own = enrolling.find_claim(tx, person=kept.person)
    standing = Standing(
        bound=kept.person in owners,
        waiting=theirs is not None and theirs.person == kept.person,
        elsewhere=bool(owners - {kept.person}) or (theirs is not None and theirs.person != kept.person),
        another=own is not None and own.chat_blind != blind,
    )
    used, revoked = kept.used_at is not None, kept.revoked_at is not None
    verdict = judge(Token(kept.expires_at, used, kept.used_blind == blind, revoked), standing, desk.clock.now())
    shown = _show(desk, tx, kept.person, verdict, theirs.id if theirs else 0)
    return _Seen(kept, verdict, kept.person, standing.bound, shown)


def _show(desk: Desk, tx: Tx, person: int, verdict: Verdict, claim: int = 0) -> Shown:
    who = enrolling.tell_who(tx, person)
    language = Language(who.language)
    if verdict not in (Verdict.WELCOME, Verdict.BOUND, Verdict.WAITING):
        return Shown(verdict, language)
    _, _, given = desk.vault.open(who.name_sealed, f"people:{person}:name").partition(contacts.NAME_PARTS)
    code = claim_code(desk.vault.derive("claims"), claim) if verdict is Verdict.WAITING else ""
    return Shown(verdict, language, given, who.clinic_name, code)


def _redeem(desk: Desk, token: str, chat: Address, tx: Tx) -> Shown:
    seen = _see(desk, tx, token, chat)
    waits = desk.confirm_enrolments and not seen.bound and enrolling.incident_is_open(tx)  # nobody new, nothing to confirm
    if seen.verdict is Verdict.WELCOME:
        if not waits:  # no preview holds any longer, so never for a token that is worth nothing
            contacts.mark_changed(tx)
        seen = _see(desk, tx, token, chat, lock=True)
    at = desk.clock.now()
    if seen.invitation is None or seen.verdict is not Verdict.WELCOME:
        if seen.invitation is not None and seen.verdict not in (Verdict.BOUND, Verdict.WAITING):
            facts = {"person": _commit(desk, seen.person), "why": seen.verdict.value, "chat": _commit_chat(desk, chat)}
            journal.write(tx, at, "staff", "enrol.denied", facts)
        return seen.shown
    enrolling.use(tx, seen.invitation.id, desk.vault.blind(chat.channel, chat.value), at)
    if not waits:
        return _bind(desk, tx, seen.person, chat, "staff", "enrol.bind", {"kind": seen.invitation.kind})
    claim = enrolling.claim(tx, seen.person, chat, desk.vault.seal, desk.vault.blind, at)
    facts = {"person": _commit(desk, seen.person), "chat": _commit_chat(desk, chat), "claim": str(claim)}
    journal.write(tx, at, "staff", "enrol.wait", {**facts, "kind": seen.invitation.kind})
    return _show(desk, tx, seen.person, Verdict.WAITING, claim)


def _bind(desk: Desk, tx: Tx, person: int, chat: Address, by: str, act: str, facts: journal.Facts) -> Shown:
    vault, at = desk.vault, desk.clock.now()
    former = enrolling.bind(tx, person, chat, vault.open, vault.seal, vault.blind, at)
    told = {"person": _commit(desk, person), "chat": _commit_chat(desk, chat), "replaced": len(former)}
    journal.write(tx, at, by, act, {**facts, **told})
    shown = _show(desk, tx, person, Verdict.BOUND)
    for contact in former:
        _tell(desk, tx, person, contact.address, f"former:{contact.id}", "bot.replaced", shown)
    return shown


def _tell(desk: Desk, tx: Tx, person: int, chat: Address, key: str, code: str, shown: Shown) -> None:
    """The bot says it in that chat, where a bot is set up."""
    lane = choose_lane(desk.lanes, Channel.TELEGRAM, person)
    if lane is not None:
        facts = {"name": shown.given_name, "clinic": shown.clinic}
        tell_chat(desk, tx, lane.name, chat.value, key, [(code, facts)], shown.language)


def _claimed(desk: Desk, tx: Tx, clinic: str, matricule: str) -> tuple[int, Claim, Address]:
    found, _ = _find(desk, tx, clinic, matricule)
    claim = enrolling.find_claim(tx, person=found[0].id, lock=True)
    if claim is None:
        raise NobodyWaits(clinic=found[0].clinic, matricule=found[0].matricule)
    return claim.person, claim, Address(Channel.TELEGRAM, desk.vault.open(claim.chat_sealed, f"claims:{claim.id}:chat"))


def _waiting(desk: Desk, tx: Tx, claim: Claim, matricule: str) -> Waiting:
    who = enrolling.tell_who(tx, claim.person)
    family, _, given = desk.vault.open(who.name_sealed, f"people:{claim.person}:name").partition(contacts.NAME_PARTS)
    code = claim_code(desk.vault.derive("claims"), claim.id)
    return Waiting(who.clinic, matricule, f"{family.upper()} {given}".strip(), claim.claimed_at, code)


def _chat(chat: int) -> Address:
    return Address(Channel.TELEGRAM, str(chat))


def _commit(desk: Desk, person: int) -> str:
    return desk.vault.commit(f"person:{person}")


def _commit_all(desk: Desk, people: Iterable[Person]) -> list[str]:
    return sorted(_commit(desk, person.id) for person in people)


def _commit_chat(desk: Desk, chat: Address) -> str:
    return desk.vault.commit(f"{chat.channel}:{chat.value}")

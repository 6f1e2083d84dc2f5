"""What a relay's replies mean, per command. Sources: RFC 5321 4.2, RFC 3463 (enhanced codes), RFC 4954 (AUTH), Postfix, Exim.

A reply below 400 is the way on. 4xx asks to wait. What 5xx condemns depends on the command: MAIL our sender, RCPT the person's
address, DATA the words. A relay that refuses to relay refuses our account, not the person. Before the lone dot nothing was sent;
after it, a reply that stands in no table is Unsure.
"""

import re
from datetime import timedelta
from enum import Enum

from notifier.domain.delivery import Accepted, Deferred, LaneFault, NotSent, Outcome, Refused, RefusedFor, Unsure

BUSY = timedelta(seconds=30)  # a relay that takes nobody just now
GREYLIST = timedelta(seconds=60)  # greylists let a repeat in after 1 to 5 minutes; RFC 5321's 30 are too slow for a crisis


class Step(Enum):
    """The command that a reply answers."""

    GREETING = "greeting"
    HELLO = "hello"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"  # before the words
    END = "end"  # after the lone dot


_ADDRESSES = re.compile(r"<[^>]*>|\S+@\S+")  # a relay post's own name must not pass for a word of the relay's
_ENHANCED = re.compile(r"\b[45]\.\d{1,3}\.\d{1,3}\b")
_QUEUED = re.compile(r"\bqueued as ([\w.\-]{1,60})", re.IGNORECASE)
_NO_SUCH = re.compile(
    r"(?:user|recipient|mailbox) unknown|unknown (?:user|recipient)|no such (?:user|recipient|mailbox)|does(?: not|n't) exist",
    re.IGNORECASE,
)
# An account that may not relay, or has to log in first: everybody's message would fare the same.
_OUR_ACCOUNT = re.compile(r"relay|authenti[cf]|log ?in first|auth(?:entication)? required", re.IGNORECASE)
_OUR_SENDER = re.compile(r"sender|not verified|from address", re.IGNORECASE)

_UNKNOWN = Refused(RefusedFor.UNKNOWN_ADDRESS, dead=True)
_BAD = Refused(RefusedFor.BAD_ADDRESS, dead=True)
# RFC 3463: what the enhanced code says of the recipient, or of us.
RECIPIENT_CODES: dict[str, Refused | NotSent] = {
    "5.1.0": _UNKNOWN,
    "5.1.1": _UNKNOWN,
    "5.1.2": _UNKNOWN,  # no such domain
    "5.1.3": _BAD,
    "5.1.6": _UNKNOWN,  # moved
    "5.1.7": NotSent(LaneFault.SENDER),
    "5.1.8": NotSent(LaneFault.SENDER),
    "5.1.10": _UNKNOWN,  # null MX
    "5.2.1": _UNKNOWN,  # disabled
    "5.2.2": Refused(RefusedFor.OTHER),  # full: may be emptied
    "5.3.4": Refused(RefusedFor.BAD_CONTENT),
    "5.4.4": _UNKNOWN,  # no route to the domain
}


def judge(step: Step, code: int, text: str) -> Outcome | None:
    """The outcome of a reply; None where the next command may follow."""
    if step is Step.END and 200 <= code < 300:
        queued = _QUEUED.search(text)
        return Accepted(queued[1] if queued else None)
    if step is Step.DATA and code == 354:
        return None
    if step not in (Step.DATA, Step.END) and 200 <= code < 400:
        return None
    text = _ADDRESSES.sub("", text)
    enhanced = _ENHANCED.search(text)
    detail = f"{step.value} {code}" + (f" {enhanced[0]}" if enhanced else "")
    if 400 <= code < 500:
        return _not_now(step, enhanced[0] if enhanced else "", text, detail)
    if 500 <= code < 600:
        return _refusal(step, code, enhanced[0] if enhanced else "", text, detail)
    return Unsure(detail) if step is Step.END else NotSent(detail=detail)


def _not_now(step: Step, enhanced: str, text: str, detail: str) -> Outcome:
    if step is Step.STARTTLS:
        return NotSent(LaneFault.UNREACHABLE, detail)
    # Postfix's usual "defer_unauth_destination": 454 4.7.1 Relay access denied
    if step is Step.RCPT and enhanced == "4.7.1" and _OUR_ACCOUNT.search(text):
        return NotSent(LaneFault.CREDENTIALS, detail)
    return Deferred(GREYLIST if step in (Step.RCPT, Step.DATA, Step.END) else BUSY)


def _refusal(step: Step, code: int, enhanced: str, text: str, detail: str) -> Outcome:
    match step:
        case Step.GREETING | Step.HELLO | Step.STARTTLS:
            return NotSent(LaneFault.UNREACHABLE, detail)
        case Step.AUTH:
            return NotSent(LaneFault.CREDENTIALS, detail)
        case Step.MAIL:
            return _of_sender(code, text, detail)
        case Step.RCPT:
            return _of_recipient(code, enhanced, text, detail)
        case Step.DATA | Step.END:
            return _of_words(code, enhanced, text, detail)


def _of_sender(code: int, text: str, detail: str) -> Outcome:
    if code == 530 or _OUR_ACCOUNT.search(text):
        return NotSent(LaneFault.CREDENTIALS, detail)
    return Refused(RefusedFor.BAD_CONTENT, detail=detail) if code == 552 else NotSent(LaneFault.SENDER, detail)


def _of_recipient(code: int, enhanced: str, text: str, detail: str) -> Outcome:
    if code == 530 or (enhanced[:4] in ("", "5.7.") and _OUR_ACCOUNT.search(text)):
        return NotSent(LaneFault.CREDENTIALS, detail)
    if found := RECIPIENT_CODES.get(enhanced):
        return NotSent(found.fault, detail) if isinstance(found, NotSent) else Refused(found.reason, found.dead, detail)
    if not enhanced and (code == 551 or _NO_SUCH.search(text)):
        return Refused(RefusedFor.UNKNOWN_ADDRESS, dead=True, detail=detail)
    if not enhanced and code in (501, 553):
        return Refused(RefusedFor.BAD_ADDRESS, dead=True, detail=detail)
    return Refused(RefusedFor.OTHER, detail=detail)


def _of_words(code: int, enhanced: str, text: str, detail: str) -> Outcome:
    if code == 530:
        return NotSent(LaneFault.CREDENTIALS, detail)
    if enhanced in ("5.1.7", "5.1.8") or (enhanced in ("", "5.7.1") and _OUR_SENDER.search(text)):
        return NotSent(LaneFault.SENDER, detail)
    if enhanced.startswith("5.1.") and RECIPIENT_CODES.get(enhanced) is _UNKNOWN:
        return Refused(RefusedFor.UNKNOWN_ADDRESS, dead=True, detail=detail)
    if enhanced == "5.2.2":
        return Refused(RefusedFor.OTHER, detail=detail)
    return Refused(RefusedFor.BAD_CONTENT, detail=detail)

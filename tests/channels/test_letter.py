"""A message is what was approved, octet for octet, and nothing typed by anybody becomes a header."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.channels.contract import Parcel
from notifier.channels.email.letter import Letterhead, Unwritable, plain_mailbox, stuff_dots, write_letter
from notifier.domain.message import Words
from notifier.domain.people import Address, Channel, Language
from tests.channels.relays import SUBJECT, TEXT, mailed

HEAD = Letterhead("alerte@groupe.example.org", "Groupe Kerlic – alerte", "rebond.example.org")
DATE = datetime(2026, 10, 4, 20, 45, tzinfo=UTC)
PLAIN = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress"} | {
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
}


def read(letter: bytes) -> EmailMessage:
    """As a mailbox reads it, with the stdlib's own parser."""
    found = message_from_bytes(letter, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def parcel_of(text: str = TEXT, subject: str = SUBJECT, to: str = "alla@kerlic.example") -> Parcel:
    return Parcel("42", Address(Channel.EMAIL, to), Words(text, subject), timedelta(minutes=30))


def text_of(message: EmailMessage) -> str:
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n")


def test_an_urgent_correction_says_so_in_its_headers() -> None:
    message = read(write_letter(mailed(urgent=True, replaces="41", language=Language.FR), HEAD, DATE))
    assert message["From"] == "Groupe Kerlic – alerte <alerte@groupe.example.org>"
    assert message["To"] == "alla@kerlic.example"
    assert message["Subject"] == SUBJECT
    assert message["Date"].datetime == DATE
    assert message["Message-ID"] == "<notifier.4611686018427387905@groupe.example.org>"
    assert message["In-Reply-To"] == message["References"] == "<notifier.41@groupe.example.org>"
    assert (message["Importance"], message["X-Priority"], message["Auto-Submitted"]) == ("high", "1", "auto-generated")
    assert message["Content-Language"] == "fr"
    assert message.get_content_type() == "text/plain"
    assert text_of(message) == TEXT


def test_an_ordinary_message_claims_no_urgency() -> None:
    assert set(read(write_letter(mailed(), HEAD, DATE)).keys()) == PLAIN


def test_a_repeat_is_the_same_message() -> None:
    assert write_letter(mailed(), HEAD, DATE) == write_letter(mailed(), HEAD, DATE)


def test_the_return_path_names_the_row() -> None:
    assert HEAD.return_path("42") == "bounce+42@rebond.example.org"
    assert Letterhead("alerte@groupe.example.org").return_path("42") == "alerte@groupe.example.org"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=2000))
@example("a" * 5000 + "\n" + "é" * 3000)
@example("fin sans saut")
@example(".\n..\n.seul\n")
@example("espace \n\tonglet\t\nFrom la nuit\n")
@example("\r\n\r\r\n=\n=3D")
def test_every_text_arrives_as_it_was_approved(text: str) -> None:
    letter = write_letter(parcel_of(text), HEAD, DATE)
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    assert text_of(read(letter)) == (plain if plain.endswith("\n") else plain + "\n")
    assert max(len(line) for line in letter.split(b"\r\n")) <= 78
    assert b"\n" not in letter.replace(b"\r\n", b"")
    assert letter.isascii()


@given(st.text(max_size=300))
@example("RÉEL\r\nBcc: clara@sagesse.example")
@example("=?utf-8?Q?d=C3=A9j=C3=A0?=")
@example("a\u2028b")
@example("\ud800")
def test_no_subject_becomes_a_header(subject: str) -> None:
    try:
        letter = write_letter(parcel_of(subject=subject), HEAD, DATE)
    except Unwritable:
        return
    message = read(letter)
    assert set(message.keys()) == PLAIN
    assert message["Subject"] == subject or subject.isspace() or not subject


@pytest.mark.parametrize("bad", ["\r\n", "\n", "\r", "\x00", "\x85", "\u2028"])
def test_a_line_break_in_a_header_is_refused(bad: str) -> None:
    with pytest.raises(Unwritable, match="subject"):
        write_letter(parcel_of(subject=f"RÉEL{bad}Bcc: clara@sagesse.example"), HEAD, DATE)
    with pytest.raises(Unwritable, match="name"):
        write_letter(parcel_of(), Letterhead("a@example.org", f"Alerte{bad}x"), DATE)
    with pytest.raises(Unwritable, match="address"):
        write_letter(parcel_of(to=f"alla{bad}@kerlic.example"), HEAD, DATE)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_address_leaves_its_brackets(local: str, domain: str) -> None:
    try:
        mailbox = plain_mailbox(f"{local}@{domain}")
    except Unwritable:
        return
    assert mailbox.isascii()
    assert not set(mailbox) & set('<>\r\n ,;:"()\\[]\x00')


@given(st.text(min_size=1, max_size=60))
def test_no_display_name_becomes_a_header(name: str) -> None:
    try:
        letter = write_letter(parcel_of(), Letterhead("a@example.org", name), DATE)
    except Unwritable:
        return
    message = read(letter)
    assert set(message.keys()) == PLAIN
    assert [found.addr_spec for found in message["From"].addresses] == ["a@example.org"]


def test_a_domain_with_accents_goes_in_punycode() -> None:
    assert plain_mailbox("alla@clinique-été.example") == "alla@xn--clinique-t-j7ab.example"


@given(st.lists(st.sampled_from([b".", b"..", b"a", b".a", b""]), max_size=8))
def test_a_dot_never_ends_the_words_early(lines: list[bytes]) -> None:
    letter = b"\r\n".join(lines) + b"\r\n"
    wire = stuff_dots(letter)
    assert wire.endswith(b"\r\n.\r\n") or wire == b".\r\n" or letter == b"\r\n"
    assert b"\r\n.\r\n" not in wire[:-3]

"""What comes back by mail: real-looking samples, and who is believed."""

from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.channels.email.incoming import read_mail, strip_quotes
from notifier.channels.email.letter import Letterhead
from notifier.domain.delivery import Evidence, RefusedFor, Report
from notifier.domain.replies import MailReply

KEY = b"k" * 32
ROW = "4611686018427387905"
HEAD = Letterhead("alerte@hgx.example", "", "hgx.example", "rebond", "alerte@hgx.example", KEY)
TO, BACK = HEAD.reply_to(ROW), HEAD.return_path(ROW)
WORDS = "RÉEL HGX1-01 Kerlic 04/10 22h45\nPassez au papier.\nRépondez 1 = fait, 2 = souci"
QUOTED = "\n".join(f"> {line}" for line in WORDS.splitlines())

ANSWERS = {
    "gmail": f"1\n\nLe dim. 4 oct. 2026 à 22:46, Groupe HGX <alerte@hgx.example> a écrit :\n\n{QUOTED}\n",
    "gmail, folded": f"1\n\nLe dim. 4 oct. 2026 à 22:46, Groupe Kerlic alerte <\nalerte@hgx.example> a écrit :\n\n{QUOTED}\n",
    "iphone": f"1\r\n\r\nEnvoyé de mon iPhone\r\n\r\n> Le 4 oct. 2026 à 22:46, HGX a écrit :\r\n> \r\n{QUOTED}\r\n",
    "outlook": f"\n1\n\n________________________________\nDe : HGX <alerte@hgx.example>\nEnvoyé : dimanche 4 octobre 2026 22:46\n"
    f"À : Alla LE GOFF\nObjet : RÉEL HGX1-01\n\n{WORDS}\n",
    "outlook, hard spaces": f"1\n\nDe\u00a0: HGX <alerte@hgx.example>\nEnvoyé\u00a0: dimanche 4 octobre 2026 22:46\n"
    f"À\u00a0: Alla\nObjet\u00a0: RÉEL\n\n{WORDS}\n",
    "below the quotation": f"Le 4 oct. 2026 à 22:46, HGX <alerte@hgx.example> a écrit :\n{QUOTED}\n\n1\n",
    "english": f"1\n\nOn Sun, Oct 4, 2026 at 10:46 PM HGX <alerte@hgx.example> wrote:\n\n{QUOTED}\n",
    "bare": "1",
}
HTML = {
    "gmail": f'<div dir="ltr">1</div><br><div class="gmail_quote gmail_quote_container"><div>Le dim. 4 oct. à '
    f"22:46, HGX a écrit :<br></div><blockquote>{WORDS}</blockquote></div>",
    "outlook": f"<html><style>p {{margin:0}}</style><body><p>1</p><div id='divRplyFwdMsg'><b>De :</b> HGX</div>{WORDS}",
    "iphone": f"<html><body>1<br><br><blockquote type=cite>Le 4 oct. 2026, HGX a écrit :<br>{WORDS}</blockquote></body></html>",
}
AUTOMATIC = {
    "RFC 3834": {"Auto-Submitted": "auto-replied"},
    "RFC 3834 with a parameter": {"Auto-Submitted": 'auto-notified; owner-email="alla@example.org"'},
    "vacation": {"Precedence": "bulk"},
    "auto_reply": {"Precedence": "Auto_Reply"},
    "junk": {"Precedence": "junk"},
    "x-autoreply": {"X-Autoreply": "yes"},
    "exchange": {"X-MS-Exchange-Inbox-Rules-Loop": "alla@example.org"},
    "empty return path": {"Return-Path": "<>"},
    "a French out-of-office": {"Subject": "Réponse automatique : RÉEL HGX1-01 Kerlic"},
    "an English one": {"Subject": "Automatic reply: RÉEL HGX1-01 Kerlic"},
    "absence": {"Subject": "Absence du bureau : RÉEL HGX1-01"},
    "a machine": {"From": "Mail Delivery System <MAILER-DAEMON@relay.example>"},
}


def written(text: str = "1", subtype: str = "plain", to: str = TO, **headers: str) -> bytes:
    message = EmailMessage()
    named = {"From": "Alla LE GOFF <alla@example.org>", "To": to, "Subject": "Re: RÉEL HGX1-01", "Message-ID": "<r1@example.org>"}
    for name, value in (named | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        message[name] = value
    message.set_content(text, subtype=subtype)
    return message.as_bytes()


def bounced(action: str, status: str, diagnostic: str, to: str = BACK, kind: str = "delivery-status") -> bytes:
    """As Postfix and Exchange write it."""
    lines = [
        "Return-Path: <>", "From: MAILER-DAEMON@relay.example ", f"To: {to}",
        "Message-ID: <b1@relay.example>", "Auto-Submitted: auto-replied",
        "Subject: Undelivered Mail Returned to Sender", "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"', "", "--b", "Content-Type: text/plain", "",
        "This is the mail system. 1", "", "--b", f"Content-Type: message/{kind}", "", "Reporting-MTA: dns; relay.example", "",
        "Final-Recipient: rfc822; alla@example.org", f"Action: {action}", f"Status: {status}",
        f"Diagnostic-Code: smtp; {diagnostic}", "", "--b", "Content-Type: message/rfc822", "",
        f"Reply-To: {TO}", "", WORDS, "", "--b--", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


def reply_of(octets: bytes) -> MailReply:
    found = read_mail(octets, KEY)
    assert isinstance(found, MailReply)
    return found


@pytest.mark.parametrize("client", ANSWERS)
def test_the_first_line_of_a_reply_is_what_was_written_above_the_quotation(client: str) -> None:
    found = reply_of(written(ANSWERS[client]))
    assert (found.row, found.sender, found.text.split("\n")[0]) == (ROW, "alla@example.org", "1")
    assert "papier" not in found.text


@pytest.mark.parametrize("client", HTML)
def test_a_mail_in_html_only_is_read_as_well(client: str) -> None:
    assert reply_of(written(HTML[client], "html")).text == "1"


@pytest.mark.parametrize("kind", AUTOMATIC)
def test_no_automatic_answer_is_one(kind: str) -> None:
    assert read_mail(written(**AUTOMATIC[kind]), KEY) is None


def test_a_person_who_says_that_no_machine_wrote_is_believed() -> None:
    assert reply_of(written(Auto_Submitted="no", Return_Path="<alla@example.org>")).text == "1"


@pytest.mark.parametrize(
    ("status", "diagnostic", "dead"),
    [
        ("5.1.1", "550 5.1.1 <alla@example.org>: Recipient address rejected: User unknown", RefusedFor.UNKNOWN_ADDRESS),
        ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP", RefusedFor.UNKNOWN_ADDRESS),
        ("5.0.0", "550 No such user here", RefusedFor.UNKNOWN_ADDRESS),
        ("5.2.2", "552 5.2.2 Over quota", None),
        ("5.7.1", "550 5.7.1 Message rejected as spam", None),
        ("4.4.1", "connect to mx.example.org: Connection timed out", None),
    ],
)
def test_a_bounce_for_good_says_whose_mail_did_not_arrive_and_whether_the_address_is_dead(
    status: str, diagnostic: str, dead: RefusedFor | None
) -> None:
    found = read_mail(bounced("failed", status, diagnostic), KEY)
    assert isinstance(found, Report)
    assert (found.evidence, found.our_id, found.dead) == (Evidence.UNDELIVERED, ROW, dead)


def test_a_delay_says_nothing_yet_and_neither_does_a_delivery_or_a_receipt_of_reading() -> None:
    assert read_mail(bounced("delayed", "4.4.1", "connection timed out"), KEY) is None
    assert read_mail(bounced("delivered", "2.0.0", "250 ok"), KEY) is None
    assert read_mail(bounced("failed", "5.1.1", "550", kind="disposition-notification"), KEY) is None


def test_what_comes_to_the_return_path_is_no_answer_and_what_comes_to_the_reply_address_no_bounce() -> None:
    assert read_mail(written(to=BACK), KEY) is None
    assert read_mail(bounced("failed", "5.1.1", "550 5.1.1 unknown", to=TO), KEY) is None


def test_a_signature_that_is_not_ours_opens_nothing() -> None:
    other = TO.replace("387905-", "387906-")
    assert read_mail(written(to=other), KEY) is None
    assert read_mail(written(), b"x" * 32) is None
    assert read_mail(written(to="alerte@hgx.example"), KEY) is None
    assert reply_of(written(to=TO.upper())).row == ROW, "mail servers fold case"


def test_a_mail_of_two_authors_is_nobodys() -> None:
    assert read_mail(written(From="alla@example.org, boris@example.org"), KEY) is None


@given(st.binary(max_size=400), st.sampled_from(["text/plain", "text/html", "multipart/mixed; boundary=b", "message/rfc822"]))
@example(b"\xff\xfe<!--", "text/html")
@example(b"--b\r\n" * 60, "multipart/mixed; boundary=b")
def test_hostile_mail_never_breaks_the_reader(body: bytes, kind: str) -> None:
    for to in (TO, BACK):
        head = f"From: alla@example.org\r\nTo: {to}\r\nContent-Type: {kind}; charset=x-nonsense\r\nSubject: =?utf-8?B?/?=\r\n\r\n"
        assert isinstance(read_mail(head.encode() + body, KEY), MailReply | Report | None)


@given(st.text(max_size=3000))
def test_what_is_kept_of_a_reply_is_short_and_holds_no_quotation(text: str) -> None:
    kept = strip_quotes(text)
    assert len(kept) <= 2000
    assert not any(line.startswith(">") for line in kept.split("\n"))

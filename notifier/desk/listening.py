"""What streams and hooks bring in, and how far a stream has been taken: moved on only once the effects are committed."""

from collections.abc import Iterable, Sequence

from notifier.desk.answering import Told, read_mail, read_text, take_reports
from notifier.desk.desk import Desk
from notifier.domain.delivery import Report
from notifier.domain.replies import MailReply
from notifier.store import answers
from notifier.store.transaction import Tx

Text = tuple[str, str, str]  # sender as the provider gives it, text, the event's own id


async def take_in(
    desk: Desk, lane: str, reports: Sequence[Report], texts: Iterable[Text], mails: Iterable[MailReply] = ()
) -> tuple[Told, ...]:
    """Receipts, texts and mails of one lane; returns once committed, each text and mail in a transaction of its own."""
    if reports:
        await take_reports(desk, lane, reports)
    told = [await read_text(desk, sender, text, f"{lane}:{event}") for sender, text, event in texts]
    return (*told, *[await read_mail(desk, mail, f"{lane}:{mail.event_id}") for mail in mails])


async def where_from(desk: Desk, stream: str) -> int:
    """The position from which the stream is to be read; 0 at first."""
    return await desk.store.read(lambda tx: answers.read_cursor(tx, stream))


async def taken_up_to(desk: Desk, stream: str, position: int) -> None:
    """Everything before ``position`` has had its effect. Never moves back."""

    def work(tx: Tx) -> None:
        if position > answers.read_cursor(tx, stream):
            answers.move_cursor(tx, stream, position)

    await desk.store.write(work, urgent=True)

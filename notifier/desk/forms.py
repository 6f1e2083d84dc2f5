"""The seal on an answer form: proof that whoever sends it has been shown it by us, not long ago.

It keeps a mail scanner that posts blindly from answering. It is no secret of its own: the page's token is the secret.
"""

import base64
import hmac
from datetime import timedelta

from notifier.desk.desk import Desk
from notifier.domain.references import mac

LIFE = timedelta(hours=12)  # a page left open for a night shift still answers; the day after it asks again


def seal_form(desk: Desk, token: str) -> str:
    """What the form of this page carries, with when it was shown."""
    issued = int(desk.clock.wall().timestamp())
    return f"{issued}.{_mac(desk, token, issued)}"


def form_holds(desk: Desk, token: str, seal: str) -> bool:
    """True for a seal that we put on this very page within ``LIFE``."""
    said, _, theirs = seal.partition(".")
    if not (said.isascii() and said.isdigit() and len(said) <= 12):
        return False
    issued = int(said)
    age = desk.clock.wall().timestamp() - issued
    ours = _mac(desk, token, issued).encode()
    fresh = -60 <= age <= LIFE.total_seconds()  # another worker's clock may be a little ahead
    return hmac.compare_digest(ours, theirs.encode("utf-8", "surrogatepass")) and fresh


def _mac(desk: Desk, token: str, issued: int) -> str:
    return base64.urlsafe_b64encode(mac(desk.vault.derive("forms"), f"{token}:{issued}")[:12]).decode()

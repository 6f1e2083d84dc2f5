"""The four characters that prove a message: per person, printed on a card beforehand, useless for any other message."""

from notifier.domain.message import CODE_ALPHABET
from notifier.domain.references import mac

LENGTH = 4


def verification_code(key: bytes, person: int, card: int, exercise: bool, number: int) -> str:
    """The code of message ``number`` for this person's card, from HMAC-SHA-256: a card printed last month shows the same."""
    said = f"{person}:{card}:{'exercise' if exercise else 'real'}:{number}"
    bits = int.from_bytes(mac(key, said))
    signs = []
    for _ in range(LENGTH):
        bits, place = divmod(bits, len(CODE_ALPHABET))
        signs.append(CODE_ALPHABET[place])
    return "".join(signs)

"""French in a text message: what is rewritten, what is refused, and how it is cut; smsutil gives the second opinion."""

import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.errors import BadValue
from notifier.domain.gsm import BASIC, EXTENSION, Encoding, changes, is_gsm, segments, to_gsm

GSM_TEXT = st.text(alphabet=sorted((BASIC | EXTENSION) - {"\r", "\f"}), max_size=700)
FRENCH = st.text(
    alphabet="abcdefghijknmNC 0123456789àâäéèêëîïôöùûüçœÀÂÇÉÈÊËÎÔÙÛŒ«»’‘“”…–—°²½µ€•→\u00a0\u202f.,:;!?'\n", max_size=120
)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        (
            "Sœur – l’hôpital français : « bloc n° 2 » à 20 °C, 12 €, Êtes-vous prêt ?",
            'Soeur - l\'hopital francais : "bloc no 2" à 20 degres C, 12 €, Etes-vous pret ?',
        ),
        ("37,5 °C • µg ½ →", "37,5 degres C - microg 1/2 ->"),
        ("À l'arrêt, reçu août, cœur, Ÿ", "A l'arret, recu aout, coeur, Y"),
        ("à é è ù É Ç restent", "à é è ù É Ç restent"),
        ("« Bonjour »", '"Bonjour"'),
        ("22\u202fh\u00a045", "22 h 45"),
        ("N° 12, n°3", "No 12, no3"),
        ("20°C et 37°5", "20 degres C et 37 degres 5"),
        ("2½ et ½5", "2 1/2 et 1/2 5"),
        ("12 m² et 3 km²", "12 m2 et 3 km2"),
        ("e\u0301te\u0301", "été"),
        ("Łukasz Dvořák", "Lukasz Dvorak"),
        ("a\u200bb\u00adc", "abc"),
        ("ligne\r\nsuivante\tici", "ligne\nsuivante ici"),
    ],
)
def test_french_is_rewritten_without_loss_of_sense(typed: str, sent: str) -> None:
    assert to_gsm(typed) == sent


@pytest.mark.parametrize(
    ("typed", "sign", "place"),
    [("ok 🙂", "🙂", "4"), ("10²", "²", "3"), ("م", "م", "1"), ("１", "１", "1"), ("\ue001", "\ue001", "1")],
)
def test_what_cannot_be_rewritten_is_refused_by_name_and_place(typed: str, sign: str, place: str) -> None:
    with pytest.raises(BadValue) as refused:
        to_gsm(typed)
    assert refused.value == BadValue("", "character", (("character", sign), ("position", place)))


def send(text: str) -> str | BadValue:
    """What a phone gets, or why nothing."""
    try:
        return to_gsm(text)
    except BadValue as refused:
        return refused


@given(st.text(max_size=80))
def test_any_text_becomes_gsm_or_is_refused_and_no_question_mark_is_made(text: str) -> None:
    sent = send(text)
    if isinstance(sent, BadValue):
        assert sent.reason == "character"
        return
    assert is_gsm(sent)
    assert sent.count("?") == text.count("?")
    assert to_gsm(sent) == sent


@given(FRENCH)
def test_french_is_never_refused_for_its_accents_and_keeps_its_digits(text: str) -> None:
    sent = send(text)
    if isinstance(sent, BadValue):
        assert dict(sent.facts)["character"] == "²"
        return
    written = "".join(sign for sign in text if sign in "0123456789")
    kept = sent.replace("1/2", "") if "½" in text else sent
    if "½" not in text and "²" not in text:
        assert "".join(sign for sign in kept if sign in "0123456789") == written
    assert to_gsm(sent) == sent


@given(st.text(alphabet="23456789ABCDEFGHJKLMNPQRSTUVWXYZ", min_size=4, max_size=4))
def test_codes_are_never_touched(code: str) -> None:
    assert to_gsm(f"Code {code}") == f"Code {code}"


def test_changes_name_place_and_both_forms() -> None:
    assert changes("Sœur à 20 °C") == ((2, "œ", "oe"), (10, " °C", " degres C"))
    assert changes("sans rien") == ()


@given(GSM_TEXT)
def test_gsm_parts_agree_with_smsutil(text: str) -> None:
    if not text:
        return
    cut, oracle = segments(text), smsutil.split(text)
    assert (cut.parts, cut.units, cut.encoding) == (len(oracle.parts), oracle.total_bytes, Encoding.GSM7)
    assert 0 <= cut.left <= 160


# Without ESC: the oracle takes the escape itself for a letter of the basic table; the guard refuses control characters anyway.
@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x1b"), min_size=1, max_size=300).filter(
        lambda text: not is_gsm(text)
    )
)
def test_wide_parts_agree_with_smsutil(text: str) -> None:
    cut, oracle = segments(text), smsutil.split(text)
    assert (cut.parts, cut.units * 2, cut.encoding) == (len(oracle.parts), oracle.total_bytes, Encoding.UCS2)


@pytest.mark.parametrize(
    ("text", "parts", "units", "left"),
    [
        ("", 1, 0, 160),
        ("a" * 160, 1, 160, 0),
        ("a" * 161, 2, 161, 145),
        ("a" * 306, 2, 306, 0),
        ("a" * 307, 3, 307, 152),
        ("€" * 80, 1, 160, 0),
        ("€" * 81, 2, 162, 143),  # 76 pairs (152 units) in the first part: the 77th would be cut
        ("a" * 152 + "€" + "a" * 10, 2, 164, 141),
        ("ê" * 70, 1, 70, 0),
        ("ê" * 71, 2, 71, 63),
        ("ê" * 66 + "🙂" + "ê" * 5, 2, 73, 60),
    ],
)
def test_parts_at_their_edges(text: str, parts: int, units: int, left: int) -> None:
    cut = segments(text)
    assert (cut.parts, cut.units, cut.left) == (parts, units, left)


def test_kept_accents_make_a_wide_message() -> None:
    kept = to_gsm("Œuvrez à l’hôpital « bloc »\u200b", keep_accents=True)
    assert kept == "Œuvrez à l’hôpital « bloc »"
    assert segments(kept).encoding is Encoding.UCS2


def test_kept_accents_still_refuse_an_emoji() -> None:
    with pytest.raises(BadValue):
        to_gsm("prêt 🙂", keep_accents=True)

"""What a token is worth: once, in time, to a chat that is nobody else's."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from notifier.domain.codes import claim_code, verification_code
from notifier.domain.enrolment import Standing, Token, Verdict, deep_link, judge, read_bot

AT = datetime(2026, 10, 4, 20, 45, tzinfo=UTC)
GOOD = Token(AT + timedelta(minutes=1))
FLAGS = (False, True)


@pytest.mark.parametrize(
    ("token", "standing", "verdict"),
    [
        (None, Standing(), Verdict.UNKNOWN),
        (GOOD, Standing(), Verdict.WELCOME),
        (GOOD, Standing(bound=True), Verdict.WELCOME),
        (GOOD, Standing(elsewhere=True), Verdict.TAKEN),
        (GOOD, Standing(another=True), Verdict.CLAIMED),
        (GOOD, Standing(waiting=True), Verdict.WAITING),
        (Token(AT), Standing(), Verdict.LATE),
        (Token(AT + timedelta(days=1), revoked=True), Standing(), Verdict.REVOKED),
        (Token(AT, used=True), Standing(), Verdict.USED),
        (Token(AT, used=True, mine=True), Standing(bound=True), Verdict.BOUND),
        (Token(AT, used=True, mine=True), Standing(waiting=True), Verdict.WAITING),
        (Token(AT, used=True, mine=True), Standing(), Verdict.USED),
        (Token(AT, used=True), Standing(bound=True), Verdict.USED),
    ],
)
def test_a_token_is_judged_beside_the_chat_that_shows_it(token: Token | None, standing: Standing, verdict: Verdict) -> None:
    assert judge(token, standing, AT) is verdict


def test_only_a_fresh_token_in_a_free_chat_is_welcome() -> None:
    for late, used, mine, revoked, *stands in product(FLAGS, repeat=8):
        token = Token(AT + timedelta(hours=-1 if late else 1), used, mine, revoked)
        standing = Standing(*stands)
        welcome = judge(token, standing, AT) is Verdict.WELCOME
        assert welcome is not (late or used or revoked or standing.waiting or standing.elsewhere or standing.another)


@pytest.mark.parametrize(
    ("text", "bot"),
    [
        ("hgx_alerte_bot", "hgx_alerte_bot"),
        (" @HgxBot ", "HgxBot"),
        ("", None),
        ("hgx alerte", None),
        ("1bot_", None),
        ("a" * 33, None),
        ("https://t.me/x", None),
    ],
)
def test_a_bots_name_is_what_stands_after_the_at_sign(text: str, bot: str | None) -> None:
    assert read_bot(text) == bot


def test_a_deep_link_is_what_telegram_takes() -> None:
    assert deep_link("hgx_alerte_bot", "a" * 22) == f"https://t.me/hgx_alerte_bot?start={'a' * 22}"


def test_a_claims_code_is_its_own() -> None:
    key = bytes(32)
    assert claim_code(key, 1) == claim_code(key, 1)
    assert len({claim_code(key, claim) for claim in range(100)}) > 90
    assert claim_code(key, 1) != verification_code(key, 1, 1, exercise=False, number=1)

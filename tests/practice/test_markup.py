"""Telegram's HTML is read as tdlib reads it: these are the cases of its own ``check_parse_html``, refusals word for word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.practice.markup import HALF, BadMarkup, count_units, parse_markup

STAR = "🏟 🏟"  # four bytes each, two UTF-16 units each: places are bytes, lengths are units
REFUSED = {
    "&#57311;": HALF,
    "&#xDFDF;": HALF,
    "&#xDFDF": HALF,
    f"{STAR}&lt;<abacaba": "Unclosed start tag at byte offset 13",
    f"{STAR}&lt;<abac aba>": 'Unsupported start tag "abac" at byte offset 13',
    f"{STAR}&lt;<i   =aba>": 'Empty attribute name in the tag "i" at byte offset 13',
    f"{STAR}&lt;<i    aba>": 'Can\'t find end tag corresponding to start tag "i"',
    f"{STAR}&lt;<i    aba  =  ": 'Unclosed start tag "i" at byte offset 13',
    f"{STAR}&lt;<i    aba  =  190azAz-.,": "Unexpected end of name token at byte offset 27",
    f'{STAR}&lt;<i    aba  =  "&lt;&gt;&quot;>': "Unclosed start tag at byte offset 13",
    f"{STAR}&lt;<i    aba  =  '&lt;&gt;&quot;>": "Unclosed start tag at byte offset 13",
    f"{STAR}&lt;</": "Unexpected end tag at byte offset 13",
    f"{STAR}&lt;<b></b></": "Unexpected end tag at byte offset 20",
    f"{STAR}&lt;<i>a</i   ": "Unclosed end tag at byte offset 17",
    f"{STAR}&lt;<i>a</em   >": 'Unmatched end tag at byte offset 17, expected "</i>", found "</em>"',
    "<b><i>test</b></i>": 'Unmatched end tag at byte offset 10, expected "</i>", found "</b>"',
    "<b>unclosed": 'Can\'t find end tag corresponding to start tag "b"',
    "<span>x</span>": 'Tag "span" must have class "tg-spoiler" at byte offset 0',
    "<a href": 'Unclosed start tag "a" at byte offset 0',
    "<a href=x/>y</a>": "Unexpected end of name token at byte offset 8",
}
READ: dict[str, tuple[str, list[tuple[str, int, int]]]] = {
    "": ("", []),
    "&ge;&lt;&gt;&amp;&quot;&laquo;&raquo;&#12345678;": ('&ge;<>&"&laquo;&raquo;&#12345678;', []),
    f"{STAR}<i>🏟 &lt🏟</i>": (f"{STAR}🏟 <🏟", [("italic", 5, 6)]),
    f"{STAR}<i>🏟 &gt;<b aba   =   caba>&lt🏟</b></i>": (f"{STAR}🏟 ><🏟", [("italic", 5, 7), ("bold", 9, 3)]),
    f"{STAR}&lt;<i    aba  =  190azAz-.   >a</i>": (f"{STAR}<a", [("italic", 6, 1)]),
    f"{STAR}&lt;<i    aba  =  '&lt;&gt;&quot;'>a</>": (f"{STAR}<a", [("italic", 6, 1)]),
    f"{STAR}&lt;<i>{STAR}&lt;</>": (f"{STAR}<{STAR}<", [("italic", 6, 6)]),
    f"{STAR}&lt;<b></b>": (f"{STAR}<", []),
    "<i>\t</i>": ("\t", [("italic", 0, 1)]),
    f'{STAR}<span class = "tg-spoiler">🏟 &lt🏟</span>': (f"{STAR}🏟 <🏟", [("spoiler", 5, 6)]),
    "<blockquote   expandable   asd>a&lt;<pre  >b;</></>": ("a<b;", [("expandable_blockquote", 0, 4), ("pre", 2, 2)]),
    '<blockquote   cite="" askdlbas nasjdbaj nj12b3>a&lt;<pre  >b;</></>': ("a<b;", [("blockquote", 0, 4), ("pre", 2, 2)]),
    "<a> </a>": (" ", []),
    "<a   href=  'telegram.org?&lt;'   > </a>": (" ", [("text_link", 0, 1)]),
    "<B>RÉEL</b> &amp; Kerlic": ("RÉEL & Kerlic", [("bold", 0, 4)]),
}


@pytest.mark.parametrize(("source", "words"), REFUSED.items())
def test_what_telegram_cannot_parse_is_refused_in_its_words(source: str, words: str) -> None:
    with pytest.raises(BadMarkup) as refused:
        parse_markup(source)
    assert str(refused.value) == words


@pytest.mark.parametrize(("source", "expected"), READ.items())
def test_what_telegram_parses_is_shown_as_there(source: str, expected: tuple[str, list[tuple[str, int, int]]]) -> None:
    text, entities = parse_markup(source)
    assert (text, [(one["type"], one["offset"], one["length"]) for one in entities]) == expected


PIECES = st.sampled_from(["<b>", "</b>", "<i class=x>", "</", ">", "<", "&amp;", "&lt", "&#x41;", "&", "🏟", "é", ' "', "a", "="])


@given(st.lists(PIECES, max_size=12).map("".join))
def test_any_source_is_read_or_refused_and_entities_lie_within_the_text(source: str) -> None:
    try:
        text, entities = parse_markup(source)
    except BadMarkup:
        return
    for one in entities:
        assert 0 <= int(str(one["offset"])) < int(str(one["offset"])) + int(str(one["length"])) <= count_units(text)

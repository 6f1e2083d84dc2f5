"""Paper: what must still be there when every screen is off. PDF by typst, A4, black on white, with its own fonts; QR by segno.

What people are called is data (JSON beside the source), never read as typst's markup.
"""

import io
import json
import re
from dataclasses import asdict

import segno
import typst

from notifier.domain.paper import Deck, PhoneTree, Sheet

_SHEET = """
#let sheet = json(bytes(sys.inputs.told))
#let words = sheet.words
#set document(title: sheet.code)
#set page(
  paper: "a4", margin: (x: 1.4cm, top: 2.2cm, bottom: 1.6cm),
  header: [#strong(sheet.mark) #h(1fr) #sheet.code · #sheet.title #h(1fr) #sheet.at],
  footer: context [#if sheet.exercise { strong(sheet.mark) } #h(1fr) #words.page #counter(page).display("1 / 1", both: true)],
  background: if sheet.exercise { rotate(-50deg, text(90pt, fill: luma(232), sheet.mark)) },
)
#set text(10pt, lang: words.lang)
#for (place, list) in sheet.lists.enumerate() {
  if place > 0 { pagebreak() }
  heading(list.title + " (" + str(list.lines.len()) + ")")
  v(4pt)
  if list.lines.len() == 0 { text(words.nobody) } else {
    table(
      columns: (0.6cm, 2.2fr, 1.6fr, 1.2fr, 2.2fr, 2.4fr), stroke: 0.5pt, inset: 5pt, align: horizon,
      table.header([], ..("name", "place", "cause", "contacts", "called").map(name => strong(words.at(name)))),
      ..list.lines.map(line => (
        box(width: 9pt, height: 9pt, stroke: 0.8pt), line.name, line.clinic + " " + line.service + "\\n" + line.role,
        line.cause, line.contacts.join("\\n"), [],
      )).flatten()
    )
  }
}
"""


# Four to a page, each the quarter of an A4: two straight cuts, and nothing within 7 mm of them.
_DECK = """
#let deck = json(bytes(sys.inputs.told))
#let faint = luma(110)
#let cut = (thickness: 0.4pt, dash: "dashed", paint: luma(150))
#set document(title: deck.title)
#set page(paper: "a4", margin: 0pt, background: {
  place(line(start: (50%, 0%), end: (50%, 100%), stroke: cut))
  place(line(start: (0%, 50%), end: (100%, 50%), stroke: cut))
})
#let codes(mark, list, fill) = block(width: 100%, fill: fill, stroke: 0.5pt, inset: 3pt, {
  text(7pt, strong(mark))
  v(2pt, weak: true)
  set text(7pt, font: "DejaVu Sans Mono")
  grid(columns: (1fr,) * 8, row-gutter: 3.2pt, ..list.enumerate().map(((place, code)) => {
    let number = str(place + 1)
    text(faint, size: 5.5pt, if number.len() < 2 { "0" + number } else { number })
    h(1.5pt)
    strong(code)
  }))
})
#let write-card(card, size) = {
  let words = deck.words.at(card.language)
  set text(size, lang: card.language)
  set par(leading: 0.5em, spacing: 0.65em)
  block(width: 105mm, inset: 7mm, {
    set block(spacing: 5pt)
    text(6.5pt, faint, grid(columns: (1fr, auto), gutter: 3mm, words.head, strong(words.private)))
    grid(columns: (1fr, auto), gutter: 3mm, align: bottom, text(1.4em, strong(card.name)), card.place)
    v(4pt, weak: true)
    line(length: 100%, stroke: 0.5pt)
    grid(columns: (30mm, 1fr), gutter: 3mm, {
      image(bytes(card.qr), format: "svg", width: 30mm)
      set par(leading: 0.3em)
      text(4.6pt, faint, font: "DejaVu Sans Mono", card.lines.join(linebreak()))
    }, {
      strong(words.enrol)
      enum(tight: true, indent: 0pt, body-indent: 3pt, words.step1, words.step2, words.step3)
      text(words.never)
    })
    if words.sms != "" {
      v(7pt, weak: true)
      strong(words.sms)
      parbreak()
      words.way
      list(tight: true, body-indent: 3pt, [*Android* – #words.android], [*iPhone* – #words.iphone])
    }
  })
}
#let write-codes(card) = {
  let words = deck.words.at(card.language)
  set text(8pt, lang: card.language)
  set par(leading: 0.5em, spacing: 0.65em)
  block(width: 105mm, inset: (x: 7mm, bottom: 7mm), {
    strong(words.codes)
    parbreak()
    words.check
    v(5pt, weak: true)
    codes(words.real, card.real, white)
    v(3pt, weak: true)
    codes(words.exercise, card.exercise, luma(235))
  })
}
// The largest letters with which the longest name and the longest advice still leave the codes their place.
#let show-card(card) = context {
  let foot = write-codes(card)
  let room = 148.5mm - measure(foot).height
  let size = (8.2pt, 7.8pt, 7.4pt, 7pt, 6.6pt).find(size => measure(write-card(card, size)).height <= room)
  block(width: 105mm, height: 148.5mm, breakable: false, {
    place(top, write-card(card, if size == none { 6.2pt } else { size }))
    place(bottom, foot)
  })
}
#for four in deck.cards.chunks(4) {
  grid(columns: (1fr, 1fr), rows: (1fr, 1fr), ..four.map(show-card))
}
"""

_TREE = """
#let tree = json(bytes(sys.inputs.told))
#let words = tree.words
#set document(title: tree.title)
#set page(
  paper: "a4", margin: (x: 1.4cm, top: 2.4cm, bottom: 1.8cm),
  header: [#strong(words.private) #h(1fr) #strong(tree.title) #h(1fr) #tree.at],
  footer: [#tree.until #h(1fr) #tree.plan #h(1fr) #context [#words.page #counter(page).display("1 / 1", both: true)]],
)
#set text(9pt, lang: words.lang)
#set table(stroke: 0.5pt, inset: 4pt, align: horizon)
#let square = box(width: 9pt, height: 9pt, stroke: 0.8pt)
#let head(..names) = table.header(..names.pos().map(name => strong(words.at(name, default: ""))))
#let row(entry) = (
  square, if entry.first { strong(entry.name) } else { entry.name }, entry.role, entry.duty.join("\\n"),
  entry.numbers.join("\\n"),
)
#let columns = (0.6cm, 2.2fr, 1fr, 2.2fr, 1.8fr)
= #words.tree
#if tree.staffed != "" { [#words.staffed #strong(tree.staffed)] }
#for branch in tree.branches {
  block(breakable: false, {
    strong(branch.title)
    v(3pt, weak: true)
    let first = branch.entries.filter(entry => entry.first)
    if first.len() == 0 { text(words.nobody) } else { table(columns: columns, ..first.map(row).flatten()) }
  })
}
#pagebreak()
= #words.roster
#for branch in tree.branches {
  heading(level: 2, branch.title + " (" + str(branch.entries.len()) + ")")
  table(columns: columns, head("", "name", "role", "duty", "numbers"), ..branch.entries.map(row).flatten())
}
"""


def print_tree(tree: PhoneTree) -> bytes:
    """The phone tree, whom to call first on its first pages, then everybody, as a PDF."""
    return _compile(_TREE, asdict(tree))


def print_sheet(sheet: Sheet) -> bytes:
    """The sheet as a PDF."""
    return _compile(_SHEET, asdict(sheet))


def print_deck(deck: Deck) -> bytes:
    """The cards as a PDF, four a page, each with the QR code of its link."""
    told = asdict(deck)
    for card in told["cards"]:
        link = card["link"]
        card["qr"], card["lines"] = _draw_qr(link), re.split(r"(?<=me/)|(?=\?)", link)
    return _compile(_DECK, told)


def _draw_qr(link: str) -> str:
    """SVG with the four modules of white that a camera wants about it."""
    drawn = io.BytesIO()
    segno.make_qr(link, error="m").save(drawn, kind="svg", border=4, xmldecl=False)
    return drawn.getvalue().decode()


def _compile(source: str, told: object) -> bytes:
    data = json.dumps(told, ensure_ascii=False)
    printed = typst.compile(source.encode(), format="pdf", sys_inputs={"told": data})
    if not isinstance(printed, bytes):
        raise TypeError("typst gave several files for one PDF")
    return printed

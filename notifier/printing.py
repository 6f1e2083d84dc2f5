"""Paper: what must still be there when every screen is off. PDF by typst, A4, black on white, with its own fonts.

What people are called is data (JSON beside the source), never read as typst's markup.
"""

import json
from dataclasses import asdict

import typst

from notifier.domain.paper import Sheet

_SOURCE = """
#let sheet = json(bytes(sys.inputs.sheet))
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


def print_sheet(sheet: Sheet) -> bytes:
    """The sheet as a PDF."""
    told = json.dumps(asdict(sheet), ensure_ascii=False)
    printed = typst.compile(_SOURCE.encode(), format="pdf", sys_inputs={"sheet": told})
    if not isinstance(printed, bytes):
        raise TypeError("typst gave several files for one PDF")
    return printed

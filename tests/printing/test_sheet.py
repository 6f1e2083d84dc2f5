"""The lists on paper: everybody is on them, nothing that a person is called is markup, an exercise says so first and last."""

import subprocess
from pathlib import Path

import pytest

from notifier.domain.paper import PaperLine, PaperList, Sheet
from notifier.printing import print_sheet
from tests.needs import need_program

WORDS = {
    "name": "Nom", "place": "Lieu", "cause": "Motif", "contacts": "Coordonnées", "called": "Appelé à / réponse", "page": "page",
    "nobody": "Personne.", "lang": "fr",
}  # fmt: skip
HOSTILE = [
    '#let x = 1; #panic("x")',
    "*gras* _it_ $x^2$",
    "<script>alert(1)</script>",
    "LE GOFF \\ Alla",
    "`code` @ref",
    "O'HARA @[x]",
]


def _sheet(names: list[str], *, exercise: bool = False) -> Sheet:
    lines = tuple(PaperLine(name, "KER", "BLOC", "IBODE", "refusé", ("sms:…012",)) for name in names)
    lists = (PaperList("Non joints", lines), PaperList("À appeler", ()))
    mark = "EXERCICE" if exercise else "RÉEL"
    return Sheet(mark, exercise, "HGX1-03", "Bloc opératoire au papier", "04/10/2026 22h55", lists, WORDS)


def _read(pdf: bytes, tmp_path: Path) -> list[str]:
    path = tmp_path / "sheet.pdf"
    path.write_bytes(pdf)
    text = subprocess.run([need_program("pdftotext"), "-layout", str(path), "-"], capture_output=True, text=True, check=True)
    return text.stdout.rstrip("\f").split("\f")


def test_everybody_is_on_paper_under_a_head_that_every_page_repeats(tmp_path: Path) -> None:
    names = [f"AGENT Numéro{number}" for number in range(90)]
    pages = _read(print_sheet(_sheet(names)), tmp_path)
    whole = "\n".join(pages)
    assert all(name in whole for name in names)
    assert len(pages) > 2
    for page in pages:
        assert "HGX1-03" in page
        assert "04/10/2026 22h55" in page
    assert "Non joints (90)" in pages[0]
    assert "Personne." in pages[-1]
    assert f"page 1 / {len(pages)}" in pages[0]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_data_and_never_markup(name: str, tmp_path: Path) -> None:
    words = " ".join(" ".join(_read(print_sheet(_sheet([name])), tmp_path)).split())
    assert all(part in words for part in name.split()), words


def test_an_exercise_says_so_first_and_last(tmp_path: Path) -> None:
    for page in _read(print_sheet(_sheet(["LE GOFF Alla"], exercise=True)), tmp_path):
        words = [word for line in page.splitlines() for word in line.split()]
        assert words[0] == "EXERCICE"
        assert "EXERCICE" in words[-5:]

"""What the columns of a contact sheet are called, where its header stands, and a cell without what nobody sees."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from notifier.domain.folding import fold

COLUMNS: dict[str, tuple[str, ...]] = {  # what a column is called when all but letters and digits is left out
    "matricule": ("matricule", "id", "numero"),
    "nom": ("nom", "name", "nomdefamille", "nomusuel", "nomdusage"),
    "prenom": ("prenom", "prenoms", "firstname"),
    "service": ("service",),
    "fonction": ("fonction", "role", "metier", "emploi"),
    "statut": ("statut", "status"),
    "mobile": (
        "mobile", "telephone", "portable", "tel", "telmobile", "telportable", "telephonemobile", "telephoneportable", "gsm",
        "mobilepersonnel", "mobileperso", "portablepersonnel", "portableperso", "telephonepersonnel", "telperso",
    ),
    "email": ("email", "mail", "emailpersonnel", "emailperso", "mailpersonnel", "mailperso", "courriel", "adresseemail"),
    "emailpro": ("emailpro", "emailprofessionnel", "mailpro", "mailprofessionnel"),
    "telegram": ("telegram", "idtelegram"),
    "langue": ("langue", "language"),
    "bandedetrajet": ("bandedetrajet", "trajet", "travel"),
    "astreinte": ("astreinte", "oncall"),
    "volontaire": ("volontaire", "volunteer"),
    "etiquettes": ("etiquettes", "tags"),
}  # fmt: skip
REQUIRED = ("matricule", "nom", "service", "fonction")
LABELS = {  # of the columns whose name is written otherwise
    "prenom": "prénom", "email": "e-mail", "emailpro": "e-mail pro", "bandedetrajet": "bande de trajet",
    "etiquettes": "étiquettes", "debut": "début",
}  # fmt: skip
REASONS = "à corriger"  # the column that a correction file has more
SHIFT_COLUMNS: dict[str, tuple[str, ...]] = {
    "matricule": ("matricule", "id", "numero"),
    "type": ("type", "nature"),
    "debut": ("debut", "start"),
    "fin": ("fin", "end"),
}
HEADER_WITHIN = 10  # rows: a title or an empty line may stand above the header
# What Excel writes where a formula failed, in French and English: a look-up that found nobody must not erase a number.
FAILED_FORMULA = re.compile(r"#(?:N/A|REF!|VALEUR!|VALUE!|NOM\?|NAME\?|DIV/0!|NOMBRE!|NUM!|NUL!|NULL!)")


def plain(header: str) -> str:
    """``E-mail Pro `` → ``emailpro``."""
    return re.sub(r"[^a-z0-9]", "", fold(header))


def tidy(cell: str) -> str:
    """A cell without what nobody sees: invisible signs go, every kind of space is one plain one.

    Excel's ``="0639980012"`` and the apostrophe that keeps a formula from running are taken off.
    """
    if not cell.isprintable():
        cell = "".join(" " if sign.isspace() else sign for sign in cell if sign.isprintable() or sign.isspace())
    text = unicodedata.normalize("NFC", " ".join(cell.split()))
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text


def name_columns(cells: Sequence[str], columns: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The column behind each cell of a header, empty where it is none."""
    names = {alias: column for column, aliases in columns.items() for alias in aliases}
    return [names.get(plain(cell), "") for cell in cells]


def find_header(lines: Sequence[Sequence[str]], columns: Mapping[str, tuple[str, ...]]) -> int:
    """Which of the first lines is the header: the one that names most columns; the first where none does."""
    named = [len(set(name_columns(cells, columns)) - {""}) for cells in lines[:HEADER_WITHIN]]
    return named.index(max(named)) if named else 0

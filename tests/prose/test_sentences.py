"""Every error and every fault has its sentence in French and in English, and shows no secret and no hole."""

import ast
import re
import string
from collections.abc import Iterator

import pytest

from notifier.domain import errors
from notifier.domain.errors import (
    BadAddress,
    BadAudience,
    BadImport,
    BadSettings,
    CreditShort,
    Fault,
    LaneMisset,
    NotApproved,
    NotifierError,
    UnknownTemplate,
    WouldOutlast,
)
from notifier.domain.people import Language
from notifier.prose import PARTS, SENTENCES, explain, fault_line, say, settings, typeset
from tests.house.tree import ROOT, parse, python_files


def tree_of_errors(root: type[NotifierError] = NotifierError) -> Iterator[type[NotifierError]]:
    """Every class below ``root``."""
    for kind in root.__subclasses__():
        yield kind
        yield from tree_of_errors(kind)


# Which argument of these calls is the code of a sentence.
SPEAKING = {"Fault": 1, "LaneMisset": 1, "errors.Fault": 1, "speak": 0, "say": 0}


def codes_in_use() -> Iterator[tuple[str, str]]:
    """Each ``Fault(where, "code")``, ``say("code", …)`` and ``speak("code", …)`` written anywhere, with its place."""
    for path in python_files(ROOT, "notifier"):
        for node in ast.walk(parse(path)):
            place = SPEAKING.get(ast.unparse(node.func)) if isinstance(node, ast.Call) else None
            if not isinstance(node, ast.Call) or place is None:
                continue
            given = [*node.args[place : place + 1], *(word.value for word in node.keywords if word.arg == "code")]
            mark = "LaneMisset." if ast.unparse(node.func) == "LaneMisset" else ""
            yield from (
                (f"{path.name}:{node.lineno}", mark + str(code.value)) for code in given if isinstance(code, ast.Constant)
            )


@pytest.mark.parametrize("kind", list(tree_of_errors()), ids=lambda kind: kind.__name__)
def test_each_error_has_a_sentence(kind: type[NotifierError]) -> None:
    assert kind.__module__ == errors.__name__
    assert kind.__name__ in SENTENCES


def test_each_code_in_use_has_a_sentence() -> None:
    assert [f"{place} {code}" for place, code in codes_in_use() if code not in SENTENCES] == []


def test_no_two_parts_claim_the_same_code() -> None:
    codes = [code for part in PARTS for code in part.SENTENCES]
    assert [code for code in codes if codes.count(code) > 1] == []


def is_sentence(code: str) -> bool:
    """Errors and faults of settings speak in sentences; screens, and labels such as ``Cause.refused``, in words."""
    return code in settings.SENTENCES or hasattr(errors, code.partition(".")[0])


@pytest.mark.parametrize("code", list(SENTENCES))
def test_a_sentence_is_whole_in_both_languages(code: str) -> None:
    french, english = SENTENCES[code]
    assert french
    assert english
    fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (french, english)]
    assert fields[0] == fields[1]
    for text in (french, english):
        assert "\n" not in text
        assert not is_sentence(code) or re.search(r"([.!?…]|\{near\})$", text), text


def test_the_reason_chooses_the_sentence() -> None:
    assert explain(BadAddress("phone"), Language.FR).startswith("Ce numéro de téléphone")
    assert explain(BadAddress("never heard"), Language.FR).startswith("Cette adresse ne peut pas être lue")
    assert "changes the approved template" in explain(NotApproved("alerte", "changed_text", ("suite",)), Language.EN)


def test_the_nearest_names_are_offered() -> None:
    french = explain(UnknownTemplate("alrte", ("alerte", "alarme")), Language.FR)
    assert french.endswith("Vouliez-vous dire «\u00a0alerte\u00a0» ou «\u00a0alarme\u00a0»\u00a0?")
    assert explain(UnknownTemplate("zzz"), Language.EN).endswith("lists them.")


def test_faults_come_one_a_line_with_their_place() -> None:
    lines = explain(BadSettings((Fault("port", "bad_number"), Fault("", "lane_not_list"))), Language.FR).splitlines()
    assert lines[0].startswith("La configuration a 2 faute(s)")
    assert lines[1].startswith("  - port\u00a0: Un nombre est attendu")
    assert lines[2].startswith("  - Chaque voie")


def test_an_unknown_code_still_makes_a_sentence() -> None:
    assert fault_line(Fault("KER.csv, ligne 14", "brand_new"), Language.EN) == (
        "KER.csv, row 14: Rule brand_new is not met: correct this value."
    )
    assert "brand_new" in explain(LaneMisset("bot", "brand_new"), Language.FR)


def test_a_forgotten_fact_does_not_hide_the_error() -> None:
    assert "…" in fault_line(Fault("", "unknown_gateway"), Language.FR)


def test_facts_of_every_kind_are_worded() -> None:
    assert "10 s" in explain(WouldOutlast("bot", 10.4, 4.0), Language.EN)
    assert "3 texts left of the 12 needed" in explain(CreditShort("ovh", 12, 3), Language.EN)
    assert "« clinc:KER »" in explain(BadAudience("clinc:KER", 1, "unknown_field", (("near", "clinic"),)), Language.FR).replace(
        "\u00a0", " "
    )
    assert "1 error(s)" in explain(BadImport((Fault("a", "b"),)), Language.EN)


def test_the_rows_of_a_sheet_are_rows_in_english() -> None:
    fault = Fault("KER.csv, lignes 2, 5 à 7, nom", "import.empty")
    assert fault_line(fault, Language.EN) == "KER.csv, rows 2, 5 to 7, nom: empty: fill this cell."
    assert fault_line(fault, Language.FR).startswith("KER.csv, lignes 2, 5 à 7, nom")


def test_facts_are_not_typeset() -> None:
    assert typeset("« a » : b ?", Language.FR) == "«\u00a0a\u00a0»\u00a0: b\u00a0?"
    assert typeset("a : b", Language.EN) == "a : b"
    assert "« x ; y »" in say("usage.command", Language.FR, option="x ; y", command="notifier").replace("«\u00a0", "« ").replace(
        "\u00a0»", " »"
    )


@pytest.mark.parametrize(
    ("count", "french", "english"),
    [
        ("0", "0 message ne partira pas", "0 messages"),
        ("1", "1 message ne partira pas", "1 message "),
        ("2", "2 messages ne", "2 messages"),
    ],
)
def test_a_count_and_its_words_agree(count: str, french: str, english: str) -> None:
    assert french in say("stop.done", Language.FR, code="HGX1-01", kept=count, left="3")
    assert english in say("stop.done", Language.EN, code="HGX1-01", kept=count, left="3")

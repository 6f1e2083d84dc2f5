"""What must never be sent is caught however it is written, and ordinary French passes."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.errors import BadValue, GuardedWords
from notifier.domain.guard import RULES, find_unsafe, guard, tidy
from notifier.domain.people import Language
from notifier.prose import explain


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Le groupe LockBit revendique", "attacker"),
        ("une RANÇON est demandée", "ransom"),
        ("r a n ç o n", "ransom"),
        ("ran-çon", "ransom"),
        ("r.a.n.ç.o.n.g.i.c.i.e.l", "ransom"),
        ("ranc0n", "ransom"),
        ("ran\u200bçon", "ransom"),
        ("rаnсоn", "ransom"),  # Cyrillic а, с, о
        ("ｒａｎｓｏｍ", "ransom"),  # full width
        ("łockbit", "attacker"),  # a text message would carry a plain l
        ("ransøm", "ransom"),
        ("ʀançon", "ransom"),
        ("ranҫon", "ransom"),  # Cyrillic es with a tail
        ("ran çon", "ransom"),
        ("ran\nçon", "ransom"),
        ("des rançons", "ransom"),
        ("une ranson", "ransom"),
        ("a ransomware", "ransom"),
        ("4 millions d'euros", "ransom"),
        ("500 000 EUR", "ransom"),
        ("pirates russes", "attacker"),
        ("des hackers", "attacker"),
        ("des cyber-criminels", "attacker"),
        ("0-day", "entry_point"),
        ("hameçonnages", "entry_point"),
        ("un hameçonnage a ouvert la porte", "entry_point"),
        ("nos sauvegardes sont intactes", "backups"),
        ("our backups", "backups"),
        ("our back-ups are safe", "backups"),
        ("les données sont sauvegardées", "backups"),
        ("sauve-garde", "backups"),
        ("Active Directory est touché", "tools"),
        ("3 000 dossiers patients volés", "stolen_data"),
        ("fuite des données", "stolen_data"),
        ("vol de plusieurs dossiers", "stolen_data"),
        ("files were leaked", "stolen_data"),
        ("retour à la normale", "return_promise"),
        ("les accès seront rétablies", "return_promise"),
        ("retour prévu à 8h", "return_promise"),
        ("nous serons de retour lundi", "return_promise"),
        ("we will be back on Monday", "return_promise"),
        ("le labo sera rétabli", "return_promise"),
        ("réparé dès lundi", "return_promise"),
        ("aucun impact sur les soins", "denial"),
        ("aucune donnée n'est partie", "denial"),
        ("pas d'impact", "denial"),
        ("aucune incidence", "denial"),
        ("rien n'a été volé", "denial"),
        ("nothing was stolen", "denial"),
        ("erreur humaine", "blame"),
        ("la faute d'une infirmière", "blame"),
        ("à cause d'un salarié", "blame"),
        ("a mistake by a nurse", "blame"),
        ("réquisition du personnel", "requisition"),
        ("STOP au 36180", "stop"),
        ("https://exemple.test", "link"),
        ("voyez site-info.fr", "link"),
        ("t.me/canal", "link"),
        ("evil[.]com", "link"),
        ("site.ru", "link"),
        ("10.12.0.1", "technical"),
        ("10 . 12 . 0 . 1", "technical"),
        ("fe80::1ff:fe23:4567:890a", "technical"),
        ("d41d8cd98f00b204e9800998ecf8427e", "technical"),
        ("Donnez votre mot de passe", "credentials"),
        ("confirm your password", "credentials"),
        ("1 84 12 75 123 456 78", "nir"),
        ("2840629123456", "nir"),
        ("1.84.12.2A.123.456", "nir"),
        ("communiquez vos codes d'accès", "credentials"),
        ("née le 3 mars", "birth"),
        ("né en 1956", "birth"),
        ("Mme Le Goff née Kervella", "birth"),
        ("12/03/56", "birth"),
        ("né le 3 mars", "birth"),
        ("DDN inconnue", "birth"),
        ("03/04/1956", "birth"),
        ("1956-04-03", "birth"),
        ("3 avril 1956", "birth"),
        ("patient M. Durand", "patient"),
        ("Mme Durand, chambre 12", "patient"),
        ("IPP 1234567", "patient"),
        ("IPP 12 34 567", "patient"),
        ("dossier 123456789", "patient"),
        ("le patient Dupont Jean", "patient"),
        ("morphine 10 mg", "dose"),
        ("37,5 °C", "dose"),
        ("38,5°", "dose"),
        ("10 mcg", "dose"),
        ("2 g d'amoxicilline", "dose"),
    ],
)
def test_forbidden_words_are_caught(text: str, rule: str) -> None:
    with pytest.raises(GuardedWords) as refused:
        guard(f"Notez : {text}.", field="texte")
    assert (refused.value.field, refused.value.rule) == ("texte", rule)


@pytest.mark.parametrize(
    "text",
    [
        "Passez au papier, pochette rouge. Ne touchez plus aux PC.",
        "Ne le débranchez pas, continuez les soins",
        "Bâtiment B, salle 2.12, 1er étage",
        "Accueil du point d'entrée nord",
        "Ne communiquez jamais votre mot de passe",
        "Appelez le 01 99 00 12 34 avant 23h10",
        "Le 04/10 à 22h45, 12 personnes, 3 lits",
        "Le plan contient la liste, continuez ainsi",
        "Voyez Mme Le Goff, cadre du bloc",
        "Appelez le 01.99.00.12.34 ou le 01 . 99 . 00 . 12 . 34",
        "Repli salle 12, aile 3 G, routeur 4G de secours au poste 4512",
        "Le nouveau-né reste avec sa mère, dossier 2, arrêtez tout acte non urgent",
        "Utilisez le poste 4512, répondez aux familles",
        "Commandez 12 € de pain",
        "Les teams de nuit, the windows stay closed",
        "Urgences ouvertes, consultations reportées",
        "Arrêt des visites, l'équipe de nuit reste",
    ],
)
def test_ordinary_french_passes(text: str) -> None:
    guard(text, field="texte")


@pytest.mark.parametrize(
    ("text", "reason", "place"),
    [
        ("ab\ue001", "private_use", "3"),
        ("\U000f0001", "private_use", "1"),
        ("a\u202eb", "bidi", "2"),
        ("a\u200f", "bidi", "2"),
        ("a\x00", "control", "2"),
        ("a\x1bb", "control", "2"),
        ("a\rb", "control", "2"),
    ],
)
def test_signs_that_nobody_types_are_refused_with_their_place(text: str, reason: str, place: str) -> None:
    with pytest.raises(BadValue) as refused:
        guard(text, field="lieu")
    assert (refused.value.field, refused.value.reason, dict(refused.value.facts)["position"]) == ("lieu", reason, place)


@pytest.mark.parametrize("language", Language)
def test_each_refusal_is_told_with_its_cure(language: Language) -> None:
    for rule in RULES:
        sentence = explain(GuardedWords("texte", "mot", rule), language)
        assert rule == "stop" or "mot" in sentence
        assert "{" not in sentence
        assert sentence != explain(GuardedWords("texte", "mot", "autre"), language)


def test_line_breaks_pass() -> None:
    guard("Première ligne\nSeconde ligne", field="texte")


def test_tidy_composes_and_drops_invisible_signs() -> None:
    assert tidy("  e\u0301te\u0301\u200b\ufeff ") == "été"


@given(st.sampled_from(["rançon", "sauvegarde", "lockbit", "phishing"]), st.data())
def test_marks_and_invisible_signs_between_letters_hide_nothing(word: str, data: st.DataObject) -> None:
    hidden = data.draw(
        st.lists(st.sampled_from(["", "", "\u200b", "\u00ad", "-", ".", "_"]), min_size=len(word), max_size=len(word))
    )
    upper = data.draw(st.booleans())
    typed = "".join(sign + mark for sign, mark in zip(word, hidden, strict=True)).rstrip("-._")
    with pytest.raises(GuardedWords):
        guard(typed.upper() if upper else typed, field="texte")


@given(st.text(max_size=200))
def test_the_guard_answers_for_any_text(text: str) -> None:
    with contextlib.suppress(BadValue, GuardedWords):
        guard(text, field="texte")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Éteignez les PC.", "devices"),
        ("N'allumez aucun poste.", "devices"),
        ("Redémarrez vos machines.", "devices"),
        ("Do not touch any computer.", "devices"),
        ("Débranchez les pompes, mais aucun moniteur.", "device_order"),
        ("Coupez tout.", "device_order"),
        ("Unplug the ventilators.", "device_order"),
        ("Shut down everything.", "device_order"),
    ],
)
def test_an_order_that_could_reach_a_medical_device_is_found(text: str, rule: str) -> None:
    assert [found for _, found in find_unsafe(text)] == [rule]


@pytest.mark.parametrize(
    "text",
    [
        "Ne touchez plus aux PC. Ne coupez aucun appareil de soin.",
        "Do not touch any PC. Do not switch off any medical device.",
        "Éteignez les PC, mais aucun appareil de soin.",
        "Ne débranchez ni pompe ni moniteur.",
        "Prenez votre poste à 7h.",
        "Arrêtez tout acte non urgent.",
        "Générateurs en mode autonome.",
    ],
)
def test_an_order_that_spares_devices_passes(text: str) -> None:
    assert list(find_unsafe(text)) == []

"""What must never be sent, in templates and in everything typed.

Any text may be read aloud on the evening news within the hour, and the attacker reads it too. So: no attacker's name, ransom,
way in, state of backups, tool or provider, count of stolen records, promise of return, absolute denial, blame; no patient, no
technical trace, no link, no request for a password, no STOP (a relay would take the alert for advertising and hold it overnight).

Words are compared without case, accents, spacing tricks (``r a n ç o n``, ``ran-çon``, ``ran çon``), invisible signs, lookalikes
(``ranc0n``, ``łockbit``). And no order may have a medical device cut off, nor speak of computers without protecting devices.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from notifier.domain.errors import BadValue, GuardedWords
from notifier.domain.folding import fold

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e\ufe0e\ufe0f"))
_BIDI = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_LOOKALIKES = str.maketrans(
    "авекмнорстухіјѕԁɡοανικρτυ",
    "abekmhopctyxijsdgoavikptu",
)
_LEET = str.maketrans("013457@$!", "oieastasi")
_LATIN = re.compile(r"LATIN (?:SMALL LETTER|LETTER SMALL CAPITAL) (?:DOTLESS |LONG |SCRIPT |TURNED )?([A-Z])\b")
_DEFANGED = re.compile(r"\s*[\[({]\s*(?:\.|dot|point)\s*[\])}]\s*")

# Rule → whole words and phrases, folded, with bars between. A star ends a stem.
_PHRASES = {
    "attacker": """
        lockbit* | lock bit | blackcat | alphv | revil | ryuk | cl0p | qilin | ransomhub | bianlian | black basta | blackbasta
        | 8base | rhysida | scattered spider | killnet | noname057* | lapsus* | darkside | blackmatter | vice society | conti
        | akira | wannacry | notpetya | emotet | trickbot | fancy bear | hunters international | safepay | hack* | pirates
        | pirate informatique | groupe de pirates | groupe criminel* | cybercriminel* | cyber criminel* | cyberpirate* | apt28
        | apt29 | russian attacker* | chinese attacker* | criminal group* | threat actor* | cybercriminal*
    """,
    "ransom": """
        rancon* | ranson* | ransom* | bitcoin* | btc | monero | cryptomonnaie* | cryptocurrenc* | payer les pirates
        | pay the attacker* | negociation avec les* | negotiat* with
    """,
    "entry_point": """
        hameconnage* | phishing | vulnerabilit* | faille | failles | zero day | 0 day | 0day | porte d entree de l attaque
        | compte compromis | comptes compromis | mot de passe vole | mots de passe voles | point d entree de l attaque*
        | entry point of the attack* | compromised account* | stolen password* | cve
    """,
    "backups": "sauvegard* | sauve garde* | backup* | back up | back ups | snapshot*",
    "tools": """
        crowdstrike | sentinelone | harfanglab | cortex xdr | veeam | fortinet* | fortigate | palo alto | citrix* | esxi
        | vmware | active directory | exchange server | teamviewer | anydesk | cobalt strike | mimikatz | edr | antivirus*
        | vpn* | microsoft* | office 365 | m365 | sharepoint | azure | cisco | sophos | kaspersky | stormshield | wallix
        | rdp | pare feu* | parefeu* | firewall*
    """,
    "stolen_data": """
        donnees volees | donnees derobees | fuite de donnees | fuite des donnees | fuites de donnees | vol de donnees
        | vol des donnees | exfiltr* | dossiers voles | fichiers voles | vol de dossiers | vol des dossiers | vol de fichiers
        | stolen data | data leak* | data breach* | data theft | stolen records | stolen files | dark web | darkweb
    """,
    "return_promise": """
        retour a la normal* | tout est revenu | definitivement resolu* | definitivement regle* | tout est resolu
        | tout remarche | tout refonctionne | totalement retabli* | sera retabli* | seront retabli* | sera resolu* | seront
        resolu* | sera repare* | seront repare* | back to normal | everything is back | fully restored | definitely solved
        | will be restored | will be fixed | will be solved
    """,
    "denial": """
        aucun impact | sans impact | sans aucun impact | pas d impact | zero impact | aucune consequence* | sans consequence*
        | pas de consequence* | aucune incidence | sans incidence | pas d incidence | aucune donnee | aucun risque
        | sans aucun risque | rien n a ete vole | n a ete vole | n a ete volee | n ont ete volees | nothing was stolen
        | was not stolen | were not stolen | not been stolen | no impact | no data | no risk | no consequence*
    """,
    "blame": "erreur humaine | par la faute | human error | employee s mistake | employee s fault",
    "requisition": "requisition*",
    "stop": "stop | stopsms | stop sms",
}

_MONTHS = "janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre"
_MONEY = r"€|\$|euros?\b|eur\b|usd\b|dollars?\b"
_WEEK = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_DAYS = f"demain|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|tomorrow|(?:on |next )?(?:{_WEEK})|next week"
_WORKERS = (
    "agents?|salariee?s?|employee?s?|collegues?|infirmieres?|infirmiers?|medecins?|secretaires?|stagiaires?|interimaires?"
    "|prestataires?|techniciens?|techniciennes?|utilisateurs?|utilisatrices?|informaticiens?|informaticiennes?|cadres?"
    "|service informatique|direction|nurses?|colleagues?|doctors?|clerks?|users?|technicians?|contractors?|it department"
)
_ENDINGS = "fr|com|org|net|eu|io|info|biz|re|bzh|me|ly|co|app|dev|link|xyz|top|ru|cn|su|cc|tk|pw|uk|gd|onion|click|online"
_ASKS = "donnez|envoyez|communiquez|indiquez|transmettez|saisissez|repondez|confirmez|tapez|send|give|enter|type|confirm|reply"
_SECRETS = (
    "mots? de passe|code pin|codes? (?:d'acces|secrets?|confidentiels?)|identifiants?"
    "|passwords?|passcode|login|pin code|access codes?"
)
# Rule → how it reads in folded text. The NIR (social security number) has 13 digits and a key of two; the INS is the same.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (rule, re.compile(pattern))
    for rule, pattern in (
        ("link", rf"https?:|\bwww\.|\bhxxps?|\bt\.me\b|\b[a-z0-9][a-z0-9-]*\.(?:{_ENDINGS})\b"),
        (
            "technical",
            (
                r"(?<![\d.])(?<!\. )\d{1,3}(?:\s?\.\s?\d{1,3}){3}(?!\w|\s?\.\s?\d)|\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b"
                r"|\b(?:[0-9a-f]{1,4}::?){3,}[0-9a-f]{1,4}\b|\b[0-9a-f]{32,64}\b|\bcve-?\d{4}"
            ),
        ),
        (
            "ransom",
            (
                rf"\d\s*(?:k|m|millions?|milliards?)\s*(?:d\s*'?\s*)?(?:{_MONEY})"
                rf"|\b\d{{2,3}}(?:[ .,]?\d{{3}})+\s*(?:{_MONEY})|(?:€|\$)\s?\d{{2,3}}(?:[ .,]?\d{{3}})+"
            ),
        ),
        (
            "stolen_data",
            (
                r"\b(?:dossiers?|fichiers?|donnees|records?|files?|data)\s+(?:\w+\s+){0,3}(?:volee?s?|derobee?s?|stolen|leaked)\b"
                r"|\b(?:vol|fuite)s? d(?:e|es)\s(?:\w+\s){0,2}(?:dossiers?|fichiers?|donnees)\b"
            ),
        ),
        (
            "return_promise",
            (
                rf"\b(?:retabli|restored|fixed|resolu|repare)\w*\s+(?:\w+\s+){{0,2}}(?:{_DAYS})\b"
                r"|\b(?:retablissement|retour|reprise|remise en service|redemarrage)\b[^.!?]{0,30}"
                r"\b(?:prevue?s?|attendue?s?|estimee?s?|esperee?s?)\b"
                rf"|\bde retour\b[^.!?]{{0,20}}\b(?:{_DAYS})\b"
                rf"|\b(?:be back|resumes?|restoration|restart)\b[^.!?]{{0,25}}\b(?:expected|{_DAYS})\b"
            ),
        ),
        (
            "blame",
            (
                r"\b(?:faute|erreur|negligence|imprudence|cause)s?\s(?:d'une?|de l'|de la|du|des?|d')\s?"
                rf"(?:\w+\s)?(?:{_WORKERS})\b"
                rf"|\b(?:mistake|fault|error|negligence)\s(?:of|by|from)\s(?:an?|the|our)\s(?:\w+\s)?(?:{_WORKERS})\b"
            ),
        ),
        (
            "credentials",
            (
                r"(?<!ne )(?<!jamais )(?<!n')(?<!never )(?<!not )(?<!vous )"
                rf"\b(?:{_ASKS})\b[^.!?\n]*\b(?:{_SECRETS})\b"
            ),
        ),
        (
            "nir",
            (
                r"(?<!\d)[12][\s.-]?\d{2}[\s.-]?(?:0[1-9]|1[0-2]|[2-9]\d)[\s.-]?(?:\d{2}|2[ab])[\s.-]?\d{3}[\s.-]?\d{3}"
                r"(?:[\s.-]?\d{2})?(?!\d)"
            ),
        ),
        (
            "birth",
            (
                r"\bnee?s?(?:\(e\))? (?:le|en)\s+\d|(?<![\w-])nee\s+[a-z]"
                r"|\bddn\b|\bdate de naissance\b|\bborn on\b|\bdate of birth\b|\bdob\b"
                r"|(?<!\d)(?:0?[1-9]|[12]\d|3[01])\s?[/.-]\s?(?:0?[1-9]|1[0-2])\s?[/.-]\s?(?:19|20)\d{2}(?!\d)"
                r"|(?<![\d/])(?:0?[1-9]|[12]\d|3[01])/(?:0?[1-9]|1[0-2])/\d{2}(?![\d/])"
                r"|(?<!\d)(?:19|20)\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)"
                rf"|(?<!\d)\d{{1,2}}(?:er)? (?:{_MONTHS}) (?:19|20)\d{{2}}"
            ),
        ),
        (
            "patient",
            (
                r"\b(?:ipp|nip|iep|ins)\s*(?:n[o°]\s*)?:?\s*\d(?:[ .]?\d){3,}"
                r"|\bdossier\s*(?:n[o°]\s*)?:?\s*\d(?:[ .]?\d){5,}"
                r"|\b(?:patiente?|chambre|ch\.|lit)\s+(?:\w+\s+){0,2}(?:m\.|mr|mme|mlle|monsieur|madame)\s+\w+"
                r"|\b(?:mme|mlle|monsieur|madame|mr|m\.)\s+\w+[ ,]+(?:chambre|ch\.?|lit)\s*\d+"
            ),
        ),
        (
            "dose",
            (
                r"\b\d+(?:[.,]\d+)?\s*(?:(?:mg|mcg|µg|μg|microg\w*|milligrammes?|ml|ui|meq|mmol|mmhg|gouttes|drops)\b|°\s*[cf]\b"
                r"|degres?\b|degrees?\b)|\b\d+(?:[.,]\d+)?\s+g\s+(?:de\s|d')|\b\d{2}[.,]\d\s?°"
            ),
        ),
    )
)

# Two names in a row after "patient": read with their capitals.
_PATIENT = re.compile(r"\b[Pp]atiente?\s+[A-ZÉÈ][a-zéèëïçô-]+\s+[A-ZÉÈ][A-Za-zéèëïçô-]+")
_HANDLED = (
    "allumez|rallumez|eteignez|touchez|coupez|debranchez|branchez|deconnectez|reconnectez|redemarrez|fermez"
    "|switch off|turn off|switch on|turn on|power off|touch|unplug|disconnect|restart|reboot|shut down"
)
_COMPUTER = re.compile(
    r"\b(?:pc|ordinateurs?|(?:postes?|stations?) (?:informatiques?|de travail)|unites? centrales?|computers?|workstations?)\b"
    rf"|\b(?:{_HANDLED})\b[^.!?;:\n]*\b(?:postes?|machines?|ecrans?|terminaux|laptops?|screens?|terminals?)\b"
)
_PROTECTED = re.compile(r"\bappareils? de soins?\b|\b(?:appareils?|dispositifs?) medica(?:l|ux)\b|\bmedical devices?\b")
_DEVICES = (
    "appareils?|moniteurs?|scopes?|pompes?|pousse-seringues?|respirateurs?|generateurs?|dispositifs?|couveuses?|equipements?"
    r"|tout(?=\s*(?:$|[.,!]))|devices?|monitors?|pumps?|ventilators?|incubators?|equipment|everything"
)
_CUT = re.compile(
    r"\b(?:coupez|eteignez|debranchez|arretez|deconnectez|switch off|turn off|unplug|disconnect|power off|shut down)\b"
    rf"[^.!?;:\n]*?\b(?:{_DEVICES})(?!\w)"
)
_SPARED = re.compile(r"\b(?:aucun|aucune|sauf|hors|except|but|no)\b")
_NEGATION = re.compile(r"\b(?:ne|n'|ni|jamais|not|never|no)\b[^.!?;:\n]*$")
_REPLY = re.compile(
    r"\brepondez (?:par|avec|oui|non|ici|a ce (?:message|sms)|au (?:message|sms))\b|\brep(?:ondez|ondre)?\.? ?:? ?\d\b"
    r"|\b(?:reply|answer) (?:\d|yes|no|by|with|to this)\b|\btext back\b|\b\d ?= ?[a-z<+]"
)
LONG_ENOUGH = 6  # letters


def tidy(text: str) -> str:
    """What was typed or pasted, composed (NFC), without invisible signs or outer spaces."""
    return unicodedata.normalize("NFC", text).translate(_INVISIBLE).strip()


def guard(text: str, *, field: str) -> None:
    """Let ``text`` pass. Raises BadValue for a sign that nobody types, GuardedWords with the rule for what must not be sent."""
    refuse_hidden(text, field=field)
    for word, rule in find_guarded(text):
        raise GuardedWords(field, word, rule)


def refuse_hidden(text: str, *, field: str) -> None:
    """Raises BadValue ``private_use``, ``bidi`` or ``control``, with the place counted from 1. Line breaks pass."""
    for at, sign in enumerate(text):
        kind = unicodedata.category(sign)
        if kind in ("Co", "Cs", "Cn"):
            reason = "private_use"
        elif unicodedata.bidirectional(sign) in _BIDI or sign in "\u200e\u200f\u061c":
            reason = "bidi"
        elif kind == "Cc" and sign != "\n":
            reason = "control"
        else:
            continue
        raise BadValue(field, reason, (("character", f"U+{ord(sign):04X}"), ("position", str(at + 1))))


def find_guarded(text: str) -> Iterator[tuple[str, str]]:
    """Every guarded word as (what was read, rule), nearest to the words as typed."""
    composed = unicodedata.normalize("NFKC", text.replace("°", "\x01")).replace("\x01", "°").translate(_INVISIBLE)
    plain = _DEFANGED.sub(".", "".join(map(_plain_letter, fold(composed).translate(_LOOKALIKES))))
    for rule, pattern in _PATTERNS:
        if found := pattern.search(plain):
            yield " ".join(found.group().split()), rule
    if found := _PATIENT.search(composed):
        yield found.group(), "patient"
    for reading in dict.fromkeys(_readings(plain)):
        for rule, pattern in _PHRASE_PATTERNS:
            if found := pattern.search(reading):
                yield found.group().strip(), rule
    words = _words(plain).split()
    for first, second in pairwise(words):
        if len(first + second) >= LONG_ENOUGH and (found := _LONG_WORD.fullmatch(first + second)):
            yield f"{first} {second}", str(found.lastgroup)


def find_unsafe(text: str) -> Iterator[tuple[str, str]]:
    """Orders that reach a medical device, as (words, rule): ``device_order`` cuts one off, ``devices`` does not spare them."""
    folded = fold(text)
    if (found := _COMPUTER.search(folded)) and not _PROTECTED.search(folded):
        yield found.group(), "devices"
    for found in _CUT.finditer(folded):
        if not _NEGATION.search(folded[: found.start()]) and not _SPARED.search(found.group()):
            yield found.group(), "device_order"


def find_reply(text: str) -> str:
    """A line that asks for an answer by itself, or nothing: the frame writes that line, where somebody can answer."""
    found = _REPLY.search(fold(text))
    return found.group() if found else ""


def _plain_letter(sign: str) -> str:
    """``ł`` reads l, ``ø`` o, small capital R r, Cyrillic ``ҫ`` its plain letter's lookalike."""
    if sign.isascii():
        return sign
    name = unicodedata.name(sign, "")
    if latin := _LATIN.match(name):
        return latin[1].lower()
    if name.startswith(("CYRILLIC", "GREEK")) and " WITH " in name:
        try:
            return unicodedata.lookup(name.split(" WITH ")[0]).translate(_LOOKALIKES)
        except KeyError:
            return sign
    return sign


def _readings(plain: str) -> Iterator[str]:
    """The text as words: as written, then without marks inside words, with spaced letters joined, with figures as letters."""
    yield _words(plain)
    joined = re.sub(r"(?<=[^\W_])[-_.*'’+|/](?=[^\W_])", "", plain)
    yield _words(joined)
    yield re.sub(r"(?<= )(?:\w ){2,}\w(?= )", lambda run: run.group().replace(" ", ""), _words(plain))
    if re.search(r"[^\W\d_][013457@$!]|[013457@$!][^\W\d_]", plain):
        yield _words(re.sub(r"\S*[^\W\d_]\S*", lambda word: word.group().rstrip("!").translate(_LEET), plain))


def _words(text: str) -> str:
    bare = re.sub(r"[^\w]|_", " ", text)
    return f" {' '.join(bare.split())} "


def _phrase_pattern(phrases: str) -> re.Pattern[str]:
    each = [" ".join(phrase.split()) for phrase in phrases.split("|")]
    stems = "|".join(re.escape(phrase.rstrip("*")) + (r"\w*" if phrase.endswith("*") else "") for phrase in each)
    return re.compile(rf"(?<= )(?:{stems})(?= )")


def _long_word_pattern() -> re.Pattern[str]:
    """One word of a phrase list, long enough that it does not arise by chance where two words meet."""
    each = ((rule, phrase.strip()) for rule, phrases in _PHRASES.items() for phrase in phrases.split("|"))
    long = [(rule, phrase.rstrip("*")) for rule, phrase in each if " " not in phrase and len(phrase) >= LONG_ENOUGH]
    rules = dict.fromkeys(rule for rule, _ in long)
    return re.compile("|".join(f"(?P<{rule}>(?:{'|'.join(p for r, p in long if r == rule)})s?)" for rule in rules))


_PHRASE_PATTERNS = tuple((rule, _phrase_pattern(phrases)) for rule, phrases in _PHRASES.items())
_LONG_WORD = _long_word_pattern()
RULES = frozenset({*_PHRASES, *(rule for rule, _ in _PATTERNS)})

"""Crisis alerting for a group of hospitals: reach staff by Telegram, SMS and e-mail when the information system is down.

The words of the house are in ``GLOSSARY``, each defined once and used in that sense only, with the term that people read in
the French interface.
"""

from typing import NamedTuple

__version__ = "0.1.0"


class Term(NamedTuple):
    """One word: what it means here, and what the French interface calls it ("" where no screen shows it)."""

    meaning: str
    french: str = ""


GLOSSARY: dict[str, Term] = {
    # the house
    "desk": Term("where a person decides: one verb, one call, one transaction", "poste de commandement"),
    "face": Term("what a person sees and presses: command line, console, bot, answer page"),
    "actor": Term("who does a thing at the desk: a person, the roles held, and the face it came through", "opérateur"),
    "room": Term("all about one channel behind one door; rooms do not know each other"),
    "channel": Term("a way to a person: Telegram, SMS, e-mail", "canal"),
    "gateway": Term("the provider's side of a channel: a Bot API, an SMS service, a mail relay", "passerelle"),
    "lane": Term("one account's way out (one bot, one SMS account, one relay), with its own pace", "voie"),
    "practice": Term("the rehearsal network on loopback: gateways and simulated staff who answer", "réseau d'exercice"),
    "live": Term("a lane that reaches real people; it refuses fiction addresses", "réel"),
    "sweep": Term("a timed round that looks for what is due: a step, a roll call, an overdue receipt", "ronde"),
    "board": Term("the picture on the wall: per clinic and service, who is reached, who answered, what stands out", "tableau"),
    "journal": Term("the watch-keeper's book, chained by hashes: what was done, by whom, when", "main courante"),
    "bulletin": Term("a public update", "communiqué"),
    # people
    "clinic": Term("one establishment of the group, with its code and its name in a text message", "clinique"),
    "service": Term("one unit of a clinic, with a stable code", "service"),
    "person": Term("one member of staff, known by personnel number", "agent"),
    "relay post": Term("a shared phone, an analogue line or a runner, addressed like a person and called first", "poste relais"),
    "responsible": Term("the person who answers for a service during a shift", "responsable"),
    "on duty": Term("on shift or on call now, as far as fresh duty data tells", "de service ou d'astreinte"),
    "duty age": Term("how old the duty data is; beyond 48 h it is not believed", "âge du planning"),
    "in-band": Term("an address inside the systems that may be down (hospital mail, exchange): stored, never used", "interne"),
    "unreachable": Term(
        "selected, but without any address that may be used; shown with the reason before sending", "injoignable"
    ),
    "fiction": Term("numbers, domains and chat ids that belong to nobody: all that practice lanes accept", "fictif"),
    # words
    "template": Term("a folder with one message in every channel and language; a file of the organisation", "modèle"),
    "wording": Term("frozen words for one channel, language, way back, clinic and question", "texte"),
    "slot": Term("one private-use character in a wording, filled per person: name, code, link"),
    "frame": Term("what no operator can remove: real or exercise, message number, clinic, time, code", "cadre"),
    "code": Term("four characters that prove a message to the person who holds the printed card", "code de vérification"),
    "guard": Term("the list of what must never be sent, run on templates and on everything typed", "garde-fou"),
    "way back": Term("how a person can answer: buttons, digits, a staffed number, a link, none", "voie de retour"),
    # an alert
    "incident": Term(
        "what has happened, with a code of at most four characters; real or exercise for its whole life", "incident"
    ),
    "alert": Term("one message to one audience in an incident, with its number", "alerte"),
    "audience": Term("who is meant, as a boolean expression over the roster", "destinataires"),
    "approved": Term("the only state in which an alert may have outbox rows", "approuvée"),
    "service text": Term(
        "fixed wording of the release (receipt, help, stand-down …): never an order, counted apart", "message de service"
    ),
    "level": Term("how grave: at red, those woken get Telegram and SMS together", "niveau"),
    "woken": Term("called and chased at once: people on duty and relay posts", "réveillé"),
    "released": Term("held information let go, at 06:00 unless vital; its life counts from here", "remis"),
    "life": Term("how long the words stay true; expired words are never sent", "durée de validité"),
    "ladder": Term("the channels and persons tried in turn, copied onto the alert when it starts", "chaîne de relance"),
    "step": Term("one rung of the ladder", "étape"),
    "climb": Term("to take the next step because the last one failed or stayed silent", "relance"),
    "stand-in": Term("a recipient held back until somebody has stayed silent: a deputy, or the cadre of a service", "suppléance"),
    "roll call": Term("a question to everybody on duty, closed at a deadline, counted by clinic", "appel nominal"),
    "recall": Term("asking volunteers who are off duty to come in; once, without ladder", "rappel de volontaires"),
    "met": Term("as many as were wanted have said yes: nothing more starts, answers still count", "assez de réponses"),
    "answer": Term("what a person pressed or typed; it stops that person's queued messages of that alert", "réponse"),
    "stand-down": Term("telling those already called that they are no longer needed", "levée"),
    # delivery
    "outbox row": Term("one recipient on one channel at one step", "envoi"),
    "turn": Term("one transaction of a lane: check the lease, settle what finished, put the next on the wire"),
    "on the wire": Term("handed to the provider, outcome not yet known", "en cours d'envoi"),
    "settle": Term("to write the outcome of an attempt, under the lane's epoch"),
    "outcome": Term("accepted, deferred, refused, not sent or unsure: nothing else comes back from a room"),
    "unsure": Term("maybe accepted: a cut line, a time-out, an answer that is in no table", "incertain"),
    "lease": Term("a lane's right to send, held by one worker at a time"),
    "epoch": Term("the number of a lane's lease: an older one can settle nothing"),
    "takeover": Term("another worker takes a lane whose lease ran out; rows on the wire become unsure"),
    "pace": Term("how fast a lane may send, exactly as its account allows", "cadence"),
    "window": Term("how many calls of a lane may be under way", "fenêtre"),
    "copies": Term("attempts that may have arrived; at most three per row", "copies"),
    "stand down": Term("enough others have answered: this person need not come any more", "démobiliser"),
    "receipt": Term("what a provider reports later; it may come late, twice and shuffled", "accusé"),
    "reached": Term("a provider has accepted a copy for this person", "joint"),
    "listed": Term("on the list of those not reached, on screen and printable", "à joindre autrement"),
    "call by hand": Term("reached, but silent where an answer is needed: someone must telephone", "à appeler"),
    "drain": Term("how long a lane needs for everything that waits in it", "durée d'envoi"),
    # keeping
    "freeze": Term("nothing leaves any more, for the whole house, until somebody thaws it", "gel des envois"),
    "backup": Term("the whole database in one sealed file, which opens with the home's key only", "sauvegarde"),
    "restore": Term("a backup in an empty home; it starts frozen, and what waited may have left already", "restauration"),
    "blind index": Term("a keyed hash by which an encrypted address is found"),
    "reveal": Term("showing an address in full, for a journalled reason", "dévoiler"),
    "mask": Term("how an address shows: its channel and last characters", "masqué"),
}

"""The message that the raw limits and the peers send: as long as the first alert's."""

TOKEN = "1:" + "a" * 35
CHATS = 9_000_000_000_000_000  # the first of the fiction chats
TEXT = (
    "<b>RÉEL · Rouge · Passage immédiat au papier</b>\nHGX1-01 · Clinique Belair · 04/10 22h45\n\n<b>Passez au papier</b>, "
    "pochette rouge du service. Incident informatique.\n• Ne touchez plus aux PC : ni éteindre, ni rallumer, ni clé USB.\n"
    "• <b>Ne coupez aucun appareil de soin.</b>\n• Les soins continuent. Notez l'heure de bascule sur chaque feuille.\n"
    "• Si vous n'êtes pas de service, ne venez pas sans être appelé.\nProchaine information à 23h30.\n\n"
    "Pas de réseau ? Appelez le 02 61 91 01 00.\n\nCode <code>K7M4</code>, à comparer avec votre carte."
)

"""Service texts: what the house says to one person beside the alerts. Their wording is shipped with the release, as it stands."""

SENTENCES: dict[str, tuple[str, str]] = {
    "press.reopened": ("Choisissez votre nouvelle réponse ci-dessous.", "Choose your new answer below."),
    "edit.answered": ("✔ Vous avez répondu : {label} ({at})", "✔ You answered: {label} ({at})"),
    "edit.reopened": (
        "Votre réponse compte encore : {label} ({at}). Choisissez la nouvelle.",
        "Your answer still counts: {label} ({at}). Choose the new one.",
    ),
    "edit.stopped": ("⛔ Plus valable depuis {at} : n'en tenez plus compte.", "⛔ No longer valid since {at}: disregard it."),
    "edit.change": ("Modifier ma réponse", "Change my answer"),
    "sms.receipt": ("Bien recu, {label}, {at}.", "Received, {label}, {at}."),
    "sms.late": (
        "Recu, mais cette alerte est terminee : votre reponse ne compte pas. Appelez {number}.",
        "Received, but this alert is over: your answer does not count. Call {number}.",
    ),
    "sms.late.cadre": (
        "Recu, mais cette alerte est terminee : votre reponse ne compte pas. Appelez votre cadre.",
        "Received, but this alert is over: your answer does not count. Call your manager.",
    ),
    "sms.code": (
        "Pas encore compte : repondez {digit} suivi du code ecrit dans le message.",
        "Not counted yet: answer {digit} and the code that the message shows.",
    ),
    "sms.help": (
        "Non compris. Repondez {digits}. Une personne lira votre message.",
        "Not understood. Answer {digits}. Somebody will read your message.",
    ),
    "sms.help.several": (
        "Non compris. Repondez par le mot exact d'une des reponses proposees. Une personne lira votre message.",
        "Not understood. Answer with the exact word of one of the answers offered. Somebody will read your message.",
    ),
    "sms.danger": (
        "Ce numero ne traite aucune urgence. Appelez le numero interne ou le 15.",
        "This number handles no emergency. Call the internal number or 15.",
    ),
    "press.covered": (
        "Bien reçu à {at} : {label}. Le besoin est déjà couvert : inutile de venir.",
        "Received at {at}: {label}. The need is met already: no need to come.",
    ),
    "stand_down": (
        "Besoin couvert, merci : inutile de venir ({title}, {at}).",
        "The need is met, thank you: no need to come ({title}, {at}).",
    ),
    "bot.welcome": (
        "Bonjour {name}. Ce compte recevra les alertes de {clinic}. Est-ce bien vous ?",
        "Hello {name}. This account will receive the alerts of {clinic}. Is it you?",
    ),
    "bot.me": ("C'est bien moi", "It is me"),
    "bot.not_me": ("Ce n'est pas moi", "It is not me"),
    "bot.bound": (
        "C'est fait, {name} : ce compte reçoit les alertes de {clinic}. Laissez ce bot sonner la nuit. /test pour essayer, /aide pour le reste.",
        "Done, {name}: this account receives the alerts of {clinic}. Let this bot ring at night. /test to try it, /aide for the rest.",
    ),
    "bot.waiting": (
        "Une alerte est en cours : la cellule de crise doit confirmer ce compte. Elle vous appellera à un numéro connu, et vous lui lirez ce code : {code}",
        "An incident is open: the crisis cell has to confirm this account. It will call you on a number that it knows, and you read it this code: {code}",
    ),
    "bot.unknown": (
        "Cette carte n'est pas connue. Visez à nouveau le carré de votre carte, ou demandez-en une à votre cadre.",
        "This card is not known. Scan the square of your card again, or ask your manager for a card.",
    ),
    "bot.used": (
        "Cette carte a déjà servi. Si ce n'était pas vous, prévenez votre cadre tout de suite ; sinon demandez-lui une nouvelle carte.",
        "This card was used already. If that was not you, tell your manager at once; otherwise ask for a new card.",
    ),
    "bot.revoked": (
        "Cette carte ne vaut plus rien : une plus récente a été imprimée, ou elle a été annulée. Demandez la nouvelle à votre cadre.",
        "This card is worth nothing any more: a newer one was printed, or it was revoked. Ask your manager for the new one.",
    ),
    "bot.late": (
        "Cette carte est trop ancienne. Demandez-en une nouvelle à votre cadre.",
        "This card is too old. Ask your manager for a new one.",
    ),
    "bot.taken": (
        "Ce compte Telegram est déjà celui de quelqu'un d'autre. Ouvrez le lien avec votre propre téléphone, ou prévenez votre cadre.",
        "This Telegram account is somebody else's already. Open the link on your own phone, or tell your manager.",
    ),
    "bot.claimed": (
        "Un autre compte attend déjà d'être confirmé pour vous. Si ce n'est pas le vôtre, prévenez votre cadre tout de suite.",
        "Another account already waits to be confirmed for you. If it is not yours, tell your manager at once.",
    ),
    "bot.declined": (
        "Merci. Cette carte ne vaut plus rien ; rendez-la à votre cadre.",
        "Thank you. This card is worth nothing any more; give it back to your manager.",
    ),
    "bot.replaced": (
        "Les alertes de {clinic} n'arrivent plus ici : un autre compte a été inscrit pour vous. Si ce n'était pas vous, prévenez votre cadre tout de suite.",
        "The alerts of {clinic} no longer arrive here: another account was enrolled for you. If that was not you, tell your manager at once.",
    ),
    "bot.refused": (
        "La cellule de crise n'a pas confirmé ce compte : il ne reçoit rien. Appelez votre cadre.",
        "The crisis cell did not confirm this account: it receives nothing. Call your manager.",
    ),
    "bot.help": (
        "Bonjour {name}. Ce compte reçoit les alertes de {clinic} : répondez par les boutons sous chaque message.",
        "Hello {name}. This account receives the alerts of {clinic}: answer by the buttons below each message.",
    ),
    "bot.help.me": ("/moi : vos coordonnées connues", "/moi: your known contacts"),
    "bot.help.test": ("/test : essayer ce compte", "/test: try this account"),
    "bot.help.language": ("/langue : français ou anglais", "/langue: French or English"),
    "bot.help.stop": ("/stop : ne plus recevoir ici", "/stop: receive nothing here any more"),
    "bot.help.never": (
        "Ce bot ne demande jamais de mot de passe et ne traite aucune urgence.",
        "This bot never asks for a password and handles no emergency.",
    ),
    "bot.muted": (
        "Bonjour {name}. Les alertes de {clinic} n'arrivent pas ici : vous les avez arrêtées. /start pour les recevoir à nouveau.",
        "Hello {name}. The alerts of {clinic} do not arrive here: you stopped them. /start to receive them again.",
    ),
    "bot.stranger": (
        "Ce bot ne parle qu'au personnel inscrit. Pour vous inscrire, visez le carré de votre carte avec l'appareil photo ; sans carte, demandez à votre cadre. Il ne traite aucune urgence : appelez le 15.",
        "This bot only talks to enrolled staff. To enrol, point your camera at the square of your card; without a card, ask your manager. It handles no emergency: call 15.",
    ),
    "bot.contacts": ("Vos coordonnées connues, dans l'ordre :", "Your known contacts, in order:"),
    "bot.contacts.change": ("Pour les changer, voyez votre cadre.", "To change them, see your manager."),
    "bot.way": ("• {address}", "• {address}"),
    "bot.way.dead": ("• {address} : ne reçoit plus rien", "• {address}: receives nothing any more"),
    "bot.way.in_band": ("• {address} : interne, jamais utilisé en crise", "• {address}: internal, never used in a crisis"),
    "bot.test": (
        "Ce compte fonctionne : votre message est arrivé à {at}, et celui-ci vous parvient.",
        "This account works: your message arrived at {at}, and this one reaches you.",
    ),
    "bot.language": ("Dans quelle langue ?", "In which language?"),
    "bot.language.fr": ("Français", "Français"),
    "bot.language.en": ("English", "English"),
    "bot.language.done": ("Les prochains messages seront en français.", "The next messages will be in English."),
    "bot.stop": (
        "Vous ne recevrez plus les alertes sur Telegram. SMS et e-mail restent actifs. Confirmez-vous ?",
        "You will no longer receive the alerts on Telegram. Texts and e-mail stay active. Do you confirm?",
    ),
    "bot.stop.yes": ("Oui, ne plus recevoir ici", "Yes, nothing here any more"),
    "bot.stop.no": ("Non, continuer", "No, go on"),
    "bot.stopped": (
        "Arrêté : plus d'alerte ici. /start pour les recevoir à nouveau.",
        "Stopped: no alert here any more. /start to receive them again.",
    ),
    "bot.kept": ("Rien n'a changé : les alertes arrivent ici.", "Nothing has changed: the alerts arrive here."),
    "bot.to_read": (
        "Transmis à la cellule de crise : une personne va lire. Ce n'est pas une réponse : répondez par les boutons de l'alerte.",
        "Passed on to the crisis cell: somebody will read it. It is no answer: answer by the buttons of the alert.",
    ),
    "bot.team": (
        "Bien reçu pour {clinic} {service} : {said}, à {at}. Une correction ? Écrivez-la de la même façon.",
        "Received for {clinic} {service}: {said}, at {at}. A correction? Write it the same way.",
    ),
    "bot.team.to_read": ("Une personne lira le reste de votre message.", "Somebody will read the rest of your message."),
    "bot.danger": (
        "Ce bot ne traite aucune urgence. Appelez le numéro interne ou le 15.",
        "This bot handles no emergency. Call the internal number or 15.",
    ),
    "press.seen": ("Bien reçu.", "Received."),
}

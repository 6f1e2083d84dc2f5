"""What staff read when they answer: on the page without login, and for a moment in Telegram. Code to (French, English)."""

SENTENCES: dict[str, tuple[str, str]] = {
    "page.real": ("RÉEL", "REAL"),
    "page.exercise": ("EXERCICE", "EXERCISE"),
    "page.exercise.note": ("Ceci est un exercice : rien n'est réel.", "This is an exercise: nothing is real."),
    "page.whole": ("Voir la consigne complète", "Show the full instruction"),
    "page.not_you": ("Ce n'est pas vous ?", "Not you?"),
    "page.not_you.do": (
        "N'envoyez rien et fermez cette page : ce lien appartient à quelqu'un d'autre.",
        "Send nothing and close this page: this link belongs to somebody else.",
    ),
    "page.answer": ("Votre réponse", "Your answer"),
    "page.before": ("avant {at}", "before {at}"),
    "page.was": ("Réponse actuelle : {label} ({when}).", "Answer so far: {label} ({when})."),
    "page.send": ("Envoyer ma réponse", "Send my answer"),
    "page.nothing": ("Aucune réponse n'est demandée.", "No answer is asked for."),
    "page.choose": ("Choisissez une réponse.", "Choose an answer."),
    "page.again": (
        "Cette page était ouverte depuis trop longtemps. Rien n'a été envoyé : choisissez à nouveau.",
        "This page had been open for too long. Nothing was sent: choose again.",
    ),
    "when.today": ("à {clock}", "at {clock}"),
    "when.day": ("le {day} à {clock}", "on {day} at {clock}"),
    "since.today": ("{clock}", "{clock}"),
    "since.day": ("le {day} à {clock}", "{day}, {clock}"),
    "page.error": ("Erreur", "Error"),
    "page.done": ("Bien reçu {when} : {label}", "Received {when}: {label}"),
    "page.done.seen": ("La cellule de crise voit votre réponse.", "The crisis cell sees your answer."),
    "page.change": ("Modifier ma réponse", "Change my answer"),
    "page.over": ("Cette alerte est terminée depuis {since}.", "This alert has been over since {since}."),
    "page.over.late": (
        "Votre réponse est arrivée après la fin : elle est gardée, mais ne compte pas.",
        "Your answer came after the end: it is kept, but does not count.",
    ),
    "page.over.kept": ("Votre réponse était : {label} ({when}).", "Your answer was: {label} ({when})."),
    "page.over.call": ("Pour dire quelque chose, appelez :", "If you have something to say, call:"),
    "page.no_network": ("Pas de réseau ? Appelez le", "No network? Call"),
    "page.404": ("Cette page n'existe pas", "This page does not exist"),
    "page.404.do": (
        "Le lien est peut-être coupé : ouvrez-le à nouveau depuis votre e-mail, en entier, ou appelez votre cadre.",
        "The link may have been cut: open it again from your e-mail, in full, or call your manager.",
    ),
    "page.429": ("Trop de demandes à la fois", "Too many requests at once"),
    "page.429.do": (
        "Rien n'a été enregistré. Réessayez dans une minute, ou appelez votre cadre.",
        "Nothing was recorded. Try again in a minute, or call your manager.",
    ),
    "page.503": ("Votre réponse n'a pas pu être enregistrée", "Your answer could not be recorded"),
    "page.503.do": (
        "Réessayez dans un instant. Si cela dure, appelez votre cadre.",
        "Try again in a moment. If it goes on, call your manager.",
    ),
    "page.500": ("Cette page ne peut pas s'afficher", "This page cannot be shown"),
    "page.500.do": (
        "L'erreur est notée. Réessayez dans un instant ; si cela dure, appelez votre cadre.",
        "The error has been noted. Try again in a moment; if it goes on, call your manager.",
    ),
    "page.4xx": ("Cette demande ne peut pas être traitée", "This request cannot be handled"),
    "page.4xx.do": (
        "Rien n'a été enregistré. Ouvrez à nouveau le lien depuis votre e-mail.",
        "Nothing was recorded. Open the link from your e-mail again.",
    ),
    "press.counted": ("Bien reçu à {at} : {label}", "Received at {at}: {label}"),
    "press.repeated": ("Déjà reçu à {at} : {label}", "Already received at {at}: {label}"),
    "press.late": (
        "Cette alerte est terminée. Votre réponse est gardée, mais ne compte pas : appelez votre cadre.",
        "This alert is over. Your answer is kept, but does not count: call your manager.",
    ),
    "press.foreign": (
        "Ce bouton n'est pas à vous, ou n'est plus valable. Rien n'a été enregistré.",
        "This button is not yours, or no longer valid. Nothing was recorded.",
    ),
    "press.private": (
        "Répondez dans votre conversation privée avec ce bot. Rien n'a été enregistré.",
        "Answer in your private chat with this bot. Nothing was recorded.",
    ),
    "press.slow": (
        "Pas encore enregistré : nous continuons d'essayer. Appuyez à nouveau dans un instant pour vérifier, ou appelez votre cadre.",
        "Not recorded yet: we keep trying. Press again in a moment to check, or call your manager.",
    ),
}

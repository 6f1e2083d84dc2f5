"""The words of the enrolment cards, and of the command that prints them: code to (French, English)."""

SENTENCES: dict[str, tuple[str, str]] = {
    "card.title": ("Cartes d'inscription {clinic}", "Enrolment cards {clinic}"),
    "card.private": ("Carte personnelle, à garder sur soi", "Personal card, keep it on you"),
    "card.enrol": ("S'inscrire sur Telegram, une seule fois, avant le {until}", "Enrol on Telegram, once, before {until}"),
    "card.step1": (
        "Installez Telegram, puis visez ce carré avec l'appareil photo (ou ouvrez le lien écrit dessous).",
        "Install Telegram, then point the camera at this square (or open the link below it).",
    ),
    "card.step2": (
        "Dans Telegram, vérifiez le nom @{bot} et appuyez sur « Démarrer ».",
        'In Telegram, check the name @{bot} and press "Start".',
    ),
    "card.step3": (
        "Vérifiez votre prénom et votre clinique, puis appuyez sur « C'est bien moi ».",
        'Check your first name and your clinic, then press "It is me".',
    ),
    "card.never": (
        "Le robot ne demande jamais de mot de passe. Carte perdue : prévenez votre cadre.",
        "The bot never asks for a password. Card lost: tell your manager.",
    ),
    "card.sms": ("Les SMS d'alerte viennent de {senders}", "Alert texts come from {senders}"),
    "card.way.favourite": (
        "Pour qu'ils sonnent la nuit, enregistrez ce numéro dans vos contacts sous « Alerte », puis :",
        'So that they ring at night, save this number in your contacts as "Alert", then:',
    ),
    "card.android.favourite": (
        "mettez ce contact en favori (★). Paramètres › Ne pas déranger › Personnes : autorisez les messages et les appels des contacts favoris. Applications : ajoutez Telegram.",
        "star this contact (★). Settings › Do Not Disturb › People: allow messages and calls from starred contacts. Apps: add Telegram.",
    ),
    "card.iphone.favourite": (
        "ajoutez ce contact à vos favoris. Réglages › Concentration › Ne pas déranger › Personnes : autorisez ce contact. Apps : autorisez Telegram.",
        "add this contact to your favourites. Settings › Focus › Do Not Disturb › People: allow this contact. Apps: allow Telegram.",
    ),
    "card.way.name": (
        "Ce nom n'est pas un numéro : il ne peut ni être enregistré en favori, ni recevoir de réponse. Pour qu'ils sonnent la nuit :",
        "This name is no number: it can neither be saved as a favourite nor be answered. So that they ring at night:",
    ),
    "card.android.name": (
        "Paramètres › Ne pas déranger › Applications : ajoutez votre application de SMS (Messages) et Telegram.",
        "Settings › Do Not Disturb › Apps: add your texting app (Messages) and Telegram.",
    ),
    "card.iphone.name": (
        "Réglages › Concentration › Ne pas déranger › Apps : autorisez Messages et Telegram.",
        "Settings › Focus › Do Not Disturb › Apps: allow Messages and Telegram.",
    ),
    "card.way.mixed": (
        "Un nom ne peut ni être enregistré en favori, ni recevoir de réponse ; enregistrez le numéro dans vos contacts. Pour qu'ils sonnent la nuit :",
        "A name can neither be saved as a favourite nor be answered; save the number in your contacts. So that they ring at night:",
    ),
    "card.android.mixed": (
        "mettez ce contact en favori (★). Paramètres › Ne pas déranger › Personnes : autorisez les favoris. Applications : ajoutez Messages et Telegram.",
        "star this contact (★). Settings › Do Not Disturb › People: allow starred contacts. Apps: add Messages and Telegram.",
    ),
    "card.iphone.mixed": (
        "Réglages › Concentration › Ne pas déranger › Personnes : autorisez ce contact. Apps : autorisez Messages et Telegram.",
        "Settings › Focus › Do Not Disturb › People: allow this contact. Apps: allow Messages and Telegram.",
    ),
    "card.codes": ("Est-ce bien nous ?", "Is it really us?"),
    "card.check": (
        "Chaque message porte son numéro et un code : le message 07 porte le code de la case 07. Un autre code, ou aucun : n'y obéissez pas, appelez le {number}.",
        "Each message shows its number and a code: message 07 has the code of box 07. Another code, or none: do not obey it, call {number}.",
    ),
    "card.check.cadre": (
        "Chaque message porte son numéro et un code : le message 07 porte le code de la case 07. Un autre code, ou aucun : n'y obéissez pas, prévenez votre cadre.",
        "Each message shows its number and a code: message 07 has the code of box 07. Another code, or none: do not obey it, tell your manager.",
    ),
    "card.real": ("RÉEL", "REAL"),
    "card.exercise": ("EXERCICE", "EXERCISE"),
    "enrol.printed": (
        "{count} {count:carte imprimée|cartes imprimées} pour {clinic}, à utiliser avant le {until} : {path}",
        "{count} {count:card|cards} printed for {clinic}, to be used before {until}: {path}",
    ),
    "enrol.kept": (
        "{count} {count:personne a|personnes ont} déjà une carte valable ou utilisée ; --everybody les imprime toutes.",
        "{count} {count:person has|people have} a card that is good or was used; --everybody prints them all.",
    ),
    "enrol.revoked": (
        "{count} {count:carte précédente ne vaut|cartes précédentes ne valent} plus rien.",
        "{count} earlier {count:card is|cards are} worth nothing any more.",
    ),
    "enrol.nobody": ("Aucune carte à imprimer pour {clinic}.", "No card to print for {clinic}."),
    "enrol.seal": (
        "▲ Ce fichier contient des noms, des jetons et des codes secrets : imprimez-le, découpez, mettez chaque carte sous pli cacheté, remettez-la en main propre, puis effacez le fichier.",
        "▲ This file holds names, tokens and secret codes: print it, cut it, put each card into a sealed envelope, hand it over in person, then delete the file.",
    ),
    "enrol.nameless": (
        "▲ La voie {lane} ne dit pas son numéro (sender) : les cartes ne disent pas d'où ses SMS viennent.",
        "▲ Lane {lane} does not tell its number (sender): the cards do not say where its texts come from.",
    ),
    "enrol.revoke.ask": ("Annuler les cartes et jetons non utilisés de {who} ?", "Revoke the unused cards and tokens of {who}?"),
    "enrol.revoke.done": (
        "{count} {count:jeton ne vaut|jetons ne valent} plus rien.",
        "{count} {count:token is|tokens are} worth nothing any more.",
    ),
    "enrol.waits": (
        "{name} ({clinic} {matricule}), depuis le {at} : code {sign}",
        "{name} ({clinic} {matricule}), since {at}: code {sign}",
    ),
    "enrol.none_waits": ("Personne n'attend de confirmation.", "Nobody waits for a confirmation."),
    "enrol.how": (
        "Appelez la personne à un numéro connu : elle doit lire ce code sur son écran. Puis --confirm, ou --refuse.",
        "Call the person on a number that you know: the person must read this code from the screen. Then --confirm, or --refuse.",
    ),
    "enrol.confirm.ask": (
        "{name} ({clinic} {matricule}) vous a lu le code {sign}, appelée à un numéro connu ?",
        "Did {name} ({clinic} {matricule}), called on a number that you know, read you code {sign}?",
    ),
    "enrol.confirmed": ("Inscrit.", "Enrolled."),
    "enrol.refused": ("Refusé : ce compte n'est à personne.", "Refused: this account is nobody's."),
    "BadValue.enrol_act": (
        "« notifier enrol » fait une chose à la fois, rien n'a été changé : donnez --out cartes.pdf, --revoke, --waiting, --confirm ou --refuse.",
        '"notifier enrol" does one thing at a time, nothing was changed: give --out cards.pdf, --revoke, --waiting, --confirm or --refuse.',
    ),
    "BadValue.enrol_whom": (
        "Il manque pour qui, rien n'a été changé : ajoutez --clinic KER, et --matricule 12345 pour confirmer ou refuser.",
        "For whom is missing, nothing was changed: add --clinic KER, and --matricule 12345 to confirm or refuse.",
    ),
    "UnreadableFile.unwritable": (
        "« {path} » ne peut pas être écrit, aucune carte n'a été imprimée : donnez le nom d'un fichier, dans un dossier où vous pouvez écrire.",
        "“{path}” cannot be written, no card was printed: give the name of a file, in a folder that you may write into.",
    ),
}

"""What is said of services as a whole."""

SENTENCES = {
    "team.title": ("Pointer l'équipe", "Tick the team"),
    "team.link": ("Pointer les noms de l'équipe", "Tick the names of the team"),
    "team.who": ("Qui avez-vous vu ?", "Whom have you seen?"),
    "team.not_theirs": ("Cela ne répond à la place de personne.", "This answers in nobody's place."),
    "team.was": ("Dernier pointage : {said} ({by}, {when}).", "Last count: {said} ({by}, {when})."),
    "team.trouble": ("Nous avons un souci, rappelez-nous", "We have a problem, call us back"),
    "team.send": ("Envoyer le pointage", "Send the count"),
    "team.choose": ("Cochez au moins un nom.", "Tick at least one name."),
    "team.nobody": ("Personne d'autre de ce service n'est appelé.", "Nobody else of this service is called."),
    "team.back": ("Répondre pour moi seulement", "Answer for myself only"),
    "team.done": ("Bien reçu {when} : {seen} vus sur {all}", "Received {when}: {seen} seen of {all}"),
    "team.done.trouble": (
        "Souci signalé : la cellule de crise vous rappelle.",
        "Problem reported: the crisis cell calls you back.",
    ),
    "team.change": ("Refaire le pointage", "Count again"),
    "teams.by.sms": ("{name} (SMS)", "{name} (SMS)"),
    "teams.by.web": ("{name} (page)", "{name} (page)"),
    "teams.by.by_hand": ("noté par {name}", "noted by {name}"),
    "BadValue.uncounted": (
        "L'alerte {code} attend la réponse de chacun : personne ne répond pour un service. Utilisez notifier note-answer.",
        "Alert {code} wants each person's answer: nobody answers it for a service. Use notifier note-answer.",
    ),
    "BadValue.headcount": (
        "Écrivez présents/besoin, 12/14 ou 12/14 X, et pour un point du service les patients, la pochette et le téléphone :"
        " 12/14 23 oui non. Rien d'autre n'est gardé.",
        "Write present/needed, 12/14 or 12/14 X, and for a service's report patients, folder and telephones: 12/14 23 yes no."
        " Nothing else is kept.",
    ),
    "BadValue.not_called": (
        "L'alerte {code} n'a été envoyée à personne de service dans {service} : vérifiez les codes.",
        "Alert {code} was sent to nobody on duty in {service}: check the codes.",
    ),
    "BadValue.after_alert": (
        "À cette heure l'alerte {code} était finie : donnez avec --at l'heure à laquelle cela a été dit.",
        "At that time alert {code} was over: give with --at the time at which it was said.",
    ),
    "teams.unseen": ("non vus : {names}", "not seen: {names}"),
    "teams.unheard": ("Services sans nouvelles ({count}) : {names}", "Services unaccounted for ({count}): {names}"),
    "teams.columns": ("Service|Effectif|Dit par|Heure", "Service|Staff|Said by|Time"),
    "teams.report_columns": ("Patients|Pochette|Tél.", "Patients|Folder|Phones"),
    "teams.yes": ("oui", "yes"),
    "teams.no": ("non", "no"),
    "teams.to_read": ("à lire : texte {number}", "to be read: text {number}"),
    "teams.blocked": ("blocage : texte {number}", "blocked: text {number}"),
    "teams.was_blocked": ("blocage, lu", "blocked, read"),
}

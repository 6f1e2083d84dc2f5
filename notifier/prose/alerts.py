"""Sentences of sending: audiences, incidents, approval, and the words for causes, states and roles on boards and lists."""

SENTENCES: dict[str, tuple[str, str]] = {
    "send.crowded": (
        "{crowded} {crowded:personne a déjà|personnes ont déjà} {limit} messages pour une heure : celui-ci leur partira plus tard, "
        "jusqu'à {until}. --vital le fait partir aussitôt.",
        "{crowded} {crowded:person has|people have} {limit} messages within an hour already: this one leaves later for them, "
        "until {until}. --vital sends it at once.",
    ),
    # audiences
    "BadAudience.unexpected": (
        "Dans « {text} », le caractère {position} n'est pas attendu : corrigez à cet endroit, par exemple clinique:KER de-service.",
        'In "{text}", character {position} is not expected: correct it there, for instance clinic:KER on-duty.',
    ),
    "BadAudience.unknown_field": (
        "Dans « {text} », « {found} » n'est pas un champ : choisissez parmi clinique, service, fonction, statut, trajet, étiquette, "
        "nom, muets, non-joints, répondu, appelés.{near}",
        'In "{text}", "{found}" is no field: choose among clinic, service, role, status, travel, tag, name, silent, failed, '
        "answered, called.{near}",
    ),
    "BadAudience.unknown_word": (
        "Dans « {text} », « {found} » n'est pas compris : écrivez champ:valeur, ou l'un de tous, de-service, astreinte, relais, "
        "responsable, volontaire.{near}",
        'In "{text}", "{found}" is not understood: write field:value, or one of all, on-duty, on-call, relay, responsible, '
        "volunteer.{near}",
    ),
    "BadAudience.unknown_value": (
        "« {value} » n'existe pas pour {field} (caractère {position}) : choisissez parmi {known}.{near}",
        '"{value}" is not known for {field} (character {position}): choose among {known}.{near}',
    ),
    "BadAudience.unknown_alert": (
        "Cet incident n'a pas d'alerte « {value} » (caractère {position}) : prenez son numéro dans notifier alerts, par exemple muets:HGX1-03.",
        'This incident has no alert "{value}" (character {position}): take its number from notifier alerts, as in silent:HGX1-03.',
    ),
    "BadAudience.unknown_answer": (
        "« {value} » ne nomme aucune réponse de cette alerte (caractère {position}) : choisissez parmi {known}, comme répondu:HGX1-03=present.",
        '"{value}" names no answer of that alert (character {position}): choose among {known}, as in answered:HGX1-03=present.',
    ),
    "BadAudience.too_deep": (
        "Il y a trop de parenthèses ou de « non » emboîtés au caractère {position} : simplifiez l'expression.",
        'There are too many brackets or "not" inside one another at character {position}: make the expression simpler.',
    ),
    "BadAudience.too_long": (
        "L'expression des destinataires est trop longue : donnez une étiquette à ces personnes et choisissez-la avec étiquette:….",
        "The audience is too long: give these people a tag and select it with tag:….",
    ),
    # incidents and alerts
    "BadValue.incident_code": (
        "Le code d'un incident a un à quatre signes parmi A-Z et 0-9 : choisissez par exemple HGX1.",
        "An incident's code has one to four of A-Z and 0-9: choose for instance HGX1.",
    ),
    "BadValue.aware_future": (
        "L'heure de prise de connaissance est dans le futur : corrigez --aware.",
        "The time of awareness lies in the future: correct --aware.",
    ),
    "BadValue.incident_full": (
        "Cet incident a déjà {most} messages : ouvrez un nouvel incident pour la suite.",
        "This incident already has {most} messages: open a new incident for what follows.",
    ),
    "ChangedSince": (
        "L'alerte {alert} a changé entre-temps, rien n'a été fait : affichez-la de nouveau, puis recommencez s'il le faut.",
        "Alert {alert} has changed meanwhile, nothing was done: show it again, then retry if still needed.",
    ),
    "SentBefore": (
        "{alert}, le même modèle, est partie il y a {seconds} s à {people} de ces personnes, rien n'est parti : relancez sans --yes pour confirmer.",
        "{alert}, the same template, left {seconds} s ago for {people} of these people, nothing was sent: retry without --yes to confirm.",
    ),
    "NotApproved.same_person": (
        "Une autre personne doit approuver « {template} », rien n'est parti : la personne qui rédige n'approuve jamais.",
        'Another person must approve "{template}", nothing was sent: the author never approves.',
    ),
    # why somebody is not reached, said before sending and on the list
    "Unreachable.none": ("aucune coordonnée", "no address at all"),
    "Unreachable.in_band": ("seulement des adresses de l'hôpital", "only addresses of the hospital's own network"),
    "Unreachable.landline": ("téléphone fixe, pas de SMS", "landline, takes no SMS"),
    "Unreachable.dead": ("adresse qui n'existe plus", "address that no longer exists"),
    "Cause.no_channel": ("aucun canal utilisable", "no usable channel"),
    "Cause.refused": ("refusé ou non remis", "refused or not delivered"),
    "Cause.expired": ("n'a pas pu partir à temps", "could not leave in time"),
    "Cause.stopped": ("envoi arrêté", "sending stopped"),
    "Cause.doubtful": ("remise incertaine", "delivery uncertain"),
    # a service's standing on the board
    "Standing.trouble": ("souci", "trouble"),
    "Standing.nobody": ("responsable injoignable", "responsible person not reachable"),
    "Standing.waiting": ("en attente", "waiting"),
    "Standing.done": ("fait", "done"),
    # an alert's state and the roles of operators
    "AlertState.draft": ("brouillon", "draft"),
    "AlertState.approved": ("en cours", "under way"),
    "AlertState.met": ("assez de réponses", "enough answers"),
    "AlertState.stopped": ("arrêtée", "stopped"),
    "AlertState.ended": ("terminée", "ended"),
    "state.met": ("assez de réponses", "enough answers"),
    # how many answers are enough
    "send.until": (
        "L'alerte s'arrête pour tous dès que {count} {count:personne dit|personnes disent} oui.",
        "The alert stops for all as soon as {count} {count:person says|people say} yes.",
    ),
    # who stands in for somebody silent
    "send.rank.1": (
        "Suppléance : {count} {count:personne|personnes} de service, prévenues seulement si quelqu'un de leur service ne répond pas.",
        "Deputies: {count} on duty, told only if somebody of their service does not answer.",
    ),
    "send.rank.2": (
        "Cadre : {count} {count:personne appelée|personnes appelées} si personne n'a répondu avant, puis la liste à appeler.",
        "Ward managers: {count} called if nobody has answered before, then the list to be called.",
    ),
    "send.rank.nobody": (
        "▲ Personne de service ne peut remplacer qui ne répond pas : la liste à appeler vient aussitôt.",
        "▲ Nobody on duty can stand in for whoever does not answer: the list to be called comes at once.",
    ),
    "BadValue.not_chased": (
        "« {name} » : ce modèle demande une fois et ne relance personne, retirez l'option.",
        '"{name}": this template asks once and chases nobody, leave the option out.',
    ),
    "board.deputies": ("Suppléants demandés : {asked}", "Deputies asked for: {asked}"),
    "board.deputies.missing": (
        "Suppléants demandés : {asked} · ▲ personne à appeler pour {missing} : trouvez quelqu'un.",
        "Deputies asked for: {asked} · ▲ nobody to call for {missing}: find somebody.",
    ),
    "board.until": (
        "Oui : {yes} sur {count} · n'ont plus à venir : {stood_down}",
        "Yes: {yes} of {count} · need not come: {stood_down}",
    ),
    "BadValue.until": (
        "« {name} » : il faut au moins une réponse, donnez un nombre à partir de 1.",
        '"{name}": at least one answer is needed, give a number from 1 on.',
    ),
    "Role.cell": ("cellule de crise", "crisis cell"),
    "Role.approver": ("valideur", "approver"),
    "Role.direction": ("direction", "direction"),
    "Role.cadre": ("cadre de santé", "ward manager"),
    "Role.agent": ("agent", "staff"),
    "Role.admin": ("administrateur", "administrator"),
}

"""Sentences of the words: what is typed into a message, what the guard refuses, and what ``notifier check`` finds in templates."""

_STOP = (
    "Le mot STOP ferait passer l'alerte pour une publicité, retenue la nuit par l'opérateur : retirez-le.",
    "The word STOP would make the operator take the alert for advertising and hold it at night: remove it.",
)

SENTENCES: dict[str, tuple[str, str]] = {
    # what an operator types
    "BadValue.character": (
        "« {field} » contient « {character} » (caractère {position}), qu'un SMS ne peut pas porter : supprimez-le.",
        '"{field}" holds "{character}" (character {position}), which a text message cannot carry: remove it.',
    ),
    "BadValue.unknown": (
        "Le modèle n'a pas de champ « {field} » : ses champs sont {known}.",
        'The template has no field "{field}": its fields are {known}.',
    ),
    "BadValue.number": (
        "« {field} » doit être un nombre de 0 à {longest} : écrivez-le en chiffres.",
        '"{field}" must be a number from 0 to {longest}: write it in digits.',
    ),
    "BadValue.time_past": (
        "« {field} » doit être une heure à venir, « {found} » est passé : corrigez la date ou l'heure.",
        '"{field}" must be a time to come, "{found}" is past: correct the date or the time.',
    ),
    "BadValue.time_ahead": (
        "« {field} » doit être une heure passée, « {found} » est à venir : corrigez la date ou l'heure.",
        '"{field}" must be a time gone by, "{found}" is still to come: correct the date or the time.',
    ),
    "BadValue.message": (
        "« {field} » doit désigner un message déjà parti de cet incident, « {found} » n'en est pas un : voyez notifier alerts.",
        '"{field}" must name a message of this incident that has been sent, "{found}" is none: see notifier alerts.',
    ),
    "BadValue.length": (
        "« {field} » a {over} caractères de trop ({longest} au plus) : raccourcissez-le.",
        '"{field}" is {over} characters too long ({longest} at most): shorten it.',
    ),
    "BadValue.bidi": (
        "« {field} » contient un caractère invisible qui inverse le sens de lecture ({character}) : retapez le texte au lieu de le coller.",
        '"{field}" holds an invisible character that turns the reading direction ({character}): type the text instead of pasting it.',
    ),
    "BadValue.control": (
        "« {field} » contient un caractère de commande ({character}) : retapez le texte au lieu de le coller.",
        '"{field}" holds a control character ({character}): type the text instead of pasting it.',
    ),
    "BadValue.signature": (
        'Une approbation porte un nom : ajoutez --by "Prénom Nom, fonction".',
        'An approval bears a name: add --by "First Last, function".',
    ),
}

_GUARD = {
    "attacker": (
        "nomme l'attaquant : dites seulement l'effet et la consigne.",
        "names the attacker: say only the effect and what to do.",
    ),
    "ransom": ("parle de rançon ou de paiement : retirez-le.", "speaks of ransom or payment: remove it."),
    "entry_point": (
        "dit par où l'attaque est passée : parlez de l'effet, jamais de la faille.",
        "tells how the attack came in: speak of the effect, never of the weakness.",
    ),
    "backups": (
        "renseigne sur les sauvegardes, donc l'attaquant sur sa cible : retirez-le.",
        "tells about backups, and so tells the attacker what to aim at: remove it.",
    ),
    "tools": ("nomme un outil ou un fournisseur : retirez-le.", "names a tool or a provider: remove it."),
    "stolen_data": (
        "parle de données volées avant vérification : laissez cela au communiqué validé.",
        "speaks of stolen data before it is verified: leave that to the approved statement.",
    ),
    "return_promise": (
        "promet un retour : donnez plutôt l'heure de la prochaine information.",
        "promises a return: give the time of the next information instead.",
    ),
    "denial": (
        "affirme une absence d'effet que personne ne peut garantir : dites ce qui est confirmé.",
        "asserts an absence that nobody can guarantee: say what is confirmed.",
    ),
    "blame": ("met en cause un collègue : retirez-le.", "blames a colleague: remove it."),
    "requisition": (
        "parle de réquisition, que seul le préfet décide : écrivez « volontaires ».",
        "speaks of requisition, which only the prefect decides: write that it is voluntary.",
    ),
    "link": (
        "est un lien, et apprendrait à cliquer : donnez un numéro de téléphone ou un lieu.",
        "is a link, and would teach people to click: give a telephone number or a place.",
    ),
    "technical": ("est un indice technique : retirez-le.", "is a technical trace: remove it."),
    "credentials": (
        "demande un mot de passe ou un identifiant, ce qu'une alerte ne fait jamais : retirez la demande.",
        "asks for a password or login, which an alert never does: remove the request.",
    ),
    "nir": (
        "ressemble à un numéro de sécurité sociale : aucun identifiant de patient n'entre ici, retirez-le.",
        "looks like a social security number: no patient identifier enters here, remove it.",
    ),
    "birth": (
        "ressemble à une date de naissance : pour une échéance, écrivez le jour et le mois sans l'année.",
        "looks like a date of birth: for a due date write day and month without the year.",
    ),
    "patient": (
        "désigne un patient : retirez le nom, le numéro ou la chambre.",
        "points to a patient: remove the name, number or room.",
    ),
    "reply": (
        "demande une réponse par écrit : retirez-le, le cadre écrit lui-même la ligne de réponse là où l'on peut répondre.",
        "asks for a written answer: remove it, the frame itself writes the answer line where one can answer.",
    ),
    "devices": (
        "parle d'ordinateurs sans protéger les appareils : ajoutez « Ne coupez aucun appareil de soin ».",
        'speaks of computers without protecting devices: add "Do not switch off any medical device".',
    ),
    "device_order": (
        "ferait couper un appareil de soin : retirez cet ordre.",
        "would have a medical device cut off: remove that order.",
    ),
    "dose": (
        "est une dose ou une mesure clinique : elle se lit au dossier, jamais dans un message.",
        "is a dose or a clinical measure: it is read in the file, never in a message.",
    ),
}
SENTENCES |= {
    f"GuardedWords.{rule}": (f"Dans « {{field}} », « {{word}} » {fr}", f'In "{{field}}", "{{word}}" {en}')
    for rule, (fr, en) in _GUARD.items()
}
SENTENCES |= {f"words.guarded.{rule}": (f"« {{word}} » {fr}", f'"{{word}}" {en}') for rule, (fr, en) in _GUARD.items()}
SENTENCES |= {"GuardedWords.stop": _STOP, "words.guarded.stop": _STOP}

SENTENCES |= {
    # notifier check
    "check.count": (
        "{templates} {templates:modèle|modèles}, {faults} {faults:défaut|défauts}",
        "{templates} {templates:template|templates}, {faults} {faults:fault|faults}",
    ),
    "check.stamped": ("{name} : approuvé par {by} le {on} ({hash})", "{name}: approved by {by} on {on} ({hash})"),
    "check.column.template": ("modèle", "template"),
    "check.column.language": ("langue", "language"),
    "check.column.units": ("SMS réel", "real SMS"),
    "check.column.exercise": ("exercice", "exercise"),
    "check.column.parts": ("parties", "parts"),
    # a template that cannot be read
    "template.none": (
        "Ce dossier ne contient aucun modèle : donnez le dossier qui contient first-alert, _frame et les autres.",
        "This folder holds no template: give the one that holds first-alert, _frame and the others.",
    ),
    "template.missing_file": (
        "Ce fichier manque : écrivez-le, les deux langues vont ensemble.",
        "This file is missing: write it, both languages go together.",
    ),
    "template.empty": ("Ce fichier est vide : écrivez son texte.", "This file is empty: write its text."),
    "template.unreadable": (
        "Ce fichier n'est pas lisible en UTF-8 : enregistrez-le en UTF-8.",
        "This file cannot be read as UTF-8: save it as UTF-8.",
    ),
    "template.too_large": (
        "Ce fichier dépasse {largest} octets : un message est court, réduisez-le.",
        "This file exceeds {largest} octets: a message is short, cut it down.",
    ),
    "template.stray_file": (
        "Ce fichier n'a pas sa place dans un modèle : retirez-le ou renommez-le.",
        "This file has no place in a template: remove or rename it.",
    ),
    "template.toml": (
        "Ce fichier n'est pas du TOML correct ({found}) : corrigez la ligne.",
        "This file is not valid TOML ({found}): correct the line.",
    ),
    "template.missing_field": ("Le champ « {field} » manque : ajoutez-le.", 'Field "{field}" is missing: add it.'),
    "template.unknown_field": (
        "Le champ « {field} » n'existe pas : corrigez son nom ou retirez-le.",
        'There is no field "{field}": correct its name or remove it.',
    ),
    "template.bad_field": (
        "« {found} » ne convient pas au champ « {field} » : corrigez la valeur.",
        '"{found}" does not suit field "{field}": correct the value.',
    ),
    "template.syntax": (
        "La syntaxe est fautive ici ou plus haut : fermez chaque accolade, et donnez à chaque « if » son « endif ».",
        "The syntax is wrong here or above: close every brace, and give each if its endif.",
    ),
    "template.nested": (
        "Trop d'imbrications, {found} au plus : retirez des « if », des « elif » ou des parenthèses.",
        "Too much lies inside one another, {found} at most: remove ifs, elifs or brackets.",
    ),
    "template.forbidden": (
        "« {found} » est interdit dans un modèle : seuls des noms déclarés, et « if » sur un drapeau, sont permis.",
        '"{found}" is not allowed in a template: only declared names, and if on a flag.',
    ),
    "template.unknown_name": (
        "« {found} » n'est pas déclaré : ajoutez la variable à template.toml ou corrigez le nom.",
        '"{found}" is not declared: add the variable to template.toml or correct the name.',
    ),
    "template.unknown_flag": (
        "« {found} » n'est pas un drapeau : servez-vous de two_way, asks_done… ou de nom_given.",
        '"{found}" is no flag: use two_way, asks_done… or name_given.',
    ),
    # a template that must not be sent as it is
    "words.parts": (
        "Le SMS fait {parts} parties ({units} unités) aux noms les plus longs, {room} au plus : raccourcissez-le.",
        "The text message takes {parts} parts ({units} units) at the longest names, {room} at most: shorten it.",
    ),
    "words.parts_exercise": (
        "Le SMS d'exercice fait {parts} parties ({units} unités), {room} au plus : raccourcissez-le.",
        "The exercise's text message takes {parts} parts ({units} units), {room} at most: shorten it.",
    ),
    "words.encoding": (
        "Le SMS sort de l'alphabet GSM-7 : retirez le signe qui n'y est pas.",
        "The text message leaves the GSM-7 alphabet: remove the sign that is not in it.",
    ),
    "words.sms_link": (
        "Un SMS au personnel ne porte pas de lien (« {found} ») : il apprendrait l'hameçonnage.",
        'A text message to staff carries no link ("{found}"): it would teach phishing.',
    ),
    "words.reply_line": (
        "« {found} » demande une réponse là où personne ne peut répondre : laissez le cadre écrire la ligne de réponse.",
        '"{found}" asks for an answer where nobody can answer: let the frame write the answer line.',
    ),
    "words.imperative": (
        "Le premier mot, « {found} », n'est pas un impératif connu : commencez par la consigne (Passez, Gardez, Rejoignez…).",
        'The first word, "{found}", is no known imperative: begin with the instruction (Switch, Keep, Join…).',
    ),
    "words.relative_time": (
        "« {found} » dépend de l'heure de lecture : donnez une heure absolue.",
        '"{found}" depends on when it is read: give an absolute time.',
    ),
    "words.devices": (
        "Une consigne sur « {found} » doit protéger les appareils de soin : ajoutez « Ne coupez aucun appareil de soin ».",
        'An order about "{found}" must protect medical devices: add "Do not switch off any medical device".',
    ),
    "words.device_order": (
        "« {found} » ferait couper un appareil de soin : retirez cet ordre.",
        '"{found}" would have a medical device cut off: remove that order.',
    ),
    "words.recall": (
        "Un appel à volontaires doit dire « {wanted} » dans chaque texte : ajoutez-le.",
        'A recall must say that it is voluntary and that no reason is asked ("{wanted}"): add it.',
    ),
    "words.character": (
        "« {character} » n'existe pas dans un SMS : écrivez-le en toutes lettres ou retirez-le.",
        '"{character}" does not exist in a text message: write it in letters or remove it.',
    ),
    "words.hidden": (
        "Un caractère invisible ({character}) est à la position {position} : retapez le texte.",
        "An invisible character ({character}) stands at position {position}: type the text again.",
    ),
    "words.missing": (
        "Ce texte attend {missing}, que rien ne remplit : ôtez ce nom, ou entourez-le d'un « if ».",
        "This text awaits {missing}, which nothing fills in: remove that name, or put an if around it.",
    ),
    "words.variable_reserved": (
        "« {found} » est un nom du cadre, la valeur tapée ne se verrait jamais : donnez un autre nom à la variable.",
        '"{found}" is a name of the frame, the typed value would never show: give the variable another name.',
    ),
    "words.frame_first": (
        "Le message doit commencer par {mark} : remettez « mark » en tête du cadre.",
        'The message must begin with {mark}: put "mark" back at the head of the frame.',
    ),
    "words.frame_last": (
        "Un exercice doit finir par {mark} : remettez « mark » à la fin du cadre.",
        'An exercise must end with {mark}: put "mark" back at the end of the frame.',
    ),
    "words.frame_lost": (
        "Le cadre ne montre plus « {found} » : remettez ce nom entre doubles accolades.",
        'The frame no longer shows "{found}": put that name back in double braces.',
    ),
    "words.frame_long": (
        "Le cadre prend {found} caractères, {room} au plus : raccourcissez-le.",
        "The frame takes {found} characters, {room} at most: shorten it.",
    ),
    "words.telegram_html": (
        "« {found} » n'est pas admis dans un message Telegram : seuls b, i, u et code le sont, bien refermés.",
        '"{found}" is not allowed in a Telegram message: only b, i, u and code, properly closed.',
    ),
    "words.telegram_unclosed": (
        "« <{found}> » n'est pas refermé : ajoutez « </{found}> ».",
        '"<{found}>" is not closed: add "</{found}>".',
    ),
    "words.telegram_length": (
        "Le message Telegram a {over} caractères de trop : raccourcissez-le.",
        "The Telegram message is {over} characters too long: shorten it.",
    ),
    "words.mail_line": (
        "Une ligne de l'e-mail fait {octets} octets, 998 au plus : coupez-la.",
        "A line of the e-mail takes {octets} octets, 998 at most: break it.",
    ),
    "words.subject_length": (
        "L'objet de l'e-mail dépasse {room} caractères : raccourcissez-le.",
        "The e-mail's subject exceeds {room} characters: shorten it.",
    ),
    "words.languages_differ": (
        "Le français et l'anglais n'emploient pas les mêmes variables ({names}) : accordez-les.",
        "French and English do not use the same variables ({names}): make them agree.",
    ),
    "words.untranslated": (
        "Le texte anglais est identique au français : traduisez-le.",
        "The English text is the same as the French one: translate it.",
    ),
    "words.unused": (
        "La variable « {found} » ne sert dans aucun texte : employez-la ou retirez-la.",
        'Variable "{found}" is used in no text: use or remove it.',
    ),
    "words.answer_twice": (
        "Deux réponses ont {field} = {found} : donnez à chacune le sien.",
        "Two answers have {field} = {found}: give each its own.",
    ),
    "words.variable_twice": (
        "La variable « {found} » est déclarée deux fois : retirez-en une.",
        'Variable "{found}" is declared twice: remove one.',
    ),
    "words.variable_choices": (
        "« {found} » : une variable de choix a des choix, et elle seule : corrigez son type ou ses choix.",
        '"{found}": a choice variable has choices, and no other does: correct its type or its choices.',
    ),
    "words.variable_longest": (
        "« {found} » n'est pas le plus grand nombre possible : écrivez-le en chiffres.",
        '"{found}" is not the greatest possible number: write it in digits.',
    ),
    "words.deadline": (
        "L'échéance « {found} » n'est pas une variable d'heure à venir : déclarez-la.",
        'The deadline "{found}" is no variable for a time to come: declare it.',
    ),
    "words.deputy": (
        "Une réponse qui fait appeler le suppléant est un refus (« way_out ») et veut « deputies » dans [ladder] : complétez le modèle.",
        'An answer that has the deputy called is a refusal ("way_out") and wants "deputies" in [ladder]: complete the template.',
    ),
    "words.until": (
        "Le nombre de réponses « {found} » n'est pas une variable de nombre : déclarez-la.",
        'The number of answers "{found}" is no variable for a number: declare it.',
    ),
    "words.audience": (
        "Les destinataires « {found} » ne se lisent pas à partir du caractère {position} : corrigez l'expression.",
        'The audience "{found}" cannot be read from character {position} on: correct the expression.',
    ),
    "words.service": (
        "Le service « {found} » n'existe pas : choisissez parmi {known}.",
        'There is no service "{found}": choose among {known}.',
    ),
    "words.answers_missing": (
        "Le modèle pose sa propre question sans réponses : ajoutez des tables [[answer]].",
        "The template asks a question of its own without answers: add [[answer]] tables.",
    ),
    "words.answers_unasked": (
        "Des réponses sont écrites mais rien n'est demandé : mettez « choices » dans ask, ou retirez-les.",
        'Answers are written but nothing is asked: put "choices" in ask, or remove them.',
    ),
    "words.way_out": (
        "La question n'a pas d'issue : marquez d'un way_out la réponse de ceux pour qui cela ne va pas.",
        "The question has no way out: mark with way_out the answer of those for whom it does not go well.",
    ),
    "words.way_out_words": (
        "L'issue doit se dire clairement ({language}) : employez un mot parmi {known}.",
        "The way out must be said plainly ({language}): use one of {known}.",
    ),
    "words.stamp": (
        'Les fichiers ont changé depuis l\'approbation de {by} : relisez, puis notifier check --stamp {name} --by "Nom, fonction".',
        'The files have changed since {by} approved them: read them again, then notifier check --stamp {name} --by "Name, function".',
    ),
}

"""What commands print: code to (French, English)."""

SENTENCES: dict[str, tuple[str, str]] = {
    "made": ("Créé : {path}", "Created: {path}"),
    "made.key": (
        "Sans cette clé, la base est illisible : gardez-en une copie ailleurs.",
        "Without this key the database cannot be read: keep a copy elsewhere.",
    ),
    "check.house": (
        "Réglages : {source} · dossier {home}, base et clé en ordre · voies : {lanes}",
        "Settings: {source} · folder {home}, database and key in order · lanes: {lanes}",
    ),
    "check.backup": (
        "Dernière sauvegarde : {made} · copiée au second lieu : {copied}",
        "Last backup: {made} · copied to the second place: {copied}",
    ),
    "check.not_copied": ("jamais", "never"),
    "check.no_backup": (
        "Aucune sauvegarde : ajoutez une table [backup] à notifier.toml, ou lancez « notifier backup ».",
        'No backup: add a [backup] table to notifier.toml, or run "notifier backup".',
    ),
    "check.defaults": ("aucun fichier, valeurs par défaut", "no file, defaults"),
    "check.no_lane": (
        "aucune, ajoutez une table [[lane]] à notifier.toml pour envoyer",
        "none, add a [[lane]] table to notifier.toml to send",
    ),
    "ready.nobody_known": (
        "Aucun contact : lancez « notifier import » avec le dossier des contacts.",
        'No contacts: run "notifier import" with the contacts folder.',
    ),
    "ready.unreachable": (
        "▲ {clinic} {service} : personne n'est joignable ({staff} {staff:agent|agents}).",
        "▲ {clinic} {service}: nobody can be reached ({staff} {staff:person|people}).",
    ),
    "ready.all_reachable": ("Chaque service a quelqu'un de joignable.", "Every service has somebody who can be reached."),
    "ready.old": (
        "▲ {clinic} : dernier essai des contacts il y a {days} {days:jour|jours}, plus que {limit}.",
        "▲ {clinic}: the last test of contacts was {days} {days:day|days} ago, more than {limit}.",
    ),
    "ready.never": ("▲ Contacts jamais essayés : {clinics}.", "▲ Contacts never tested: {clinics}."),
    "ready.cure": (
        'Essayez-les : notifier send contact-test --incident CODE --to "clinique:{clinic}" --channel sms, puis email, puis telegram.',
        'Test them: notifier send contact-test --incident CODE --to "clinic:{clinic}" --channel sms, then email, then telegram.',
    ),
    "ready.column.place": ("Clinique, service", "Clinic, service"),
    "ready.column.staff": ("Agents", "Staff"),
    "ready.column.one": ("≥ 1 moyen", "≥ 1 way"),
    "ready.column.two": ("≥ 2 moyens", "≥ 2 ways"),
    "ready.column.verified": ("Vérifiés", "Verified"),
    "ready.column.relays": ("Relais joignables", "Relays in reach"),
    "ready.column.tested": ("Dernier essai", "Last test"),
    "ready.share": ("{share} %", "{share}%"),
    "ready.age": ("{days} j", "{days} d"),
    "ready.untested": ("jamais", "never"),
    "ready.meaning": (
        "Un moyen compte s'il est hors de l'hôpital, vivant, servi par une voie, et si son dernier essai n'a pas échoué. Vérifié : un essai d'il y a {limit} jours au plus a reçu réponse par ce moyen.",
        "A way counts if it is out of the hospital's network, alive, served by a lane, and if its last test did not fail. Verified: a test at most {limit} days ago was answered by that way.",
    ),
    "exercise": ("EXERCICE", "EXERCISE"),
    "real": ("RÉEL", "REAL"),
    "incident.opened": (
        "{mark} · incident {code} ouvert pour {clinics} ; connu depuis le {at}.",
        "{mark} · incident {code} opened for {clinics}; known since {at}.",
    ),
    "confirm.choice": ("[o/N]", "[y/N]"),
    "confirm.again": ("Répondez o (oui) ou n (non).", "Answer y (yes) or n (no)."),
    "stop.ask": ("Arrêter l'envoi de {code} ?", "Stop sending {code}?"),
    "stop.done": (
        "{code} arrêtée : {kept} {kept:message ne partira|messages ne partiront} pas. {left} {left:est parti et ne peut pas être rappelé|sont partis et ne peuvent pas être rappelés}.",
        "{code} stopped: {kept} {kept:message|messages} will not leave. {left} {left:has|have} left and cannot be called back.",
    ),
    "backup.done": (
        "Sauvegarde faite : {path} ({size} Kio, {rows} {rows:ligne|lignes}).",
        "Backup made: {path} ({size} KiB, {rows} {rows:row|rows}).",
    ),
    "backup.key": (
        "Elle ne s'ouvre qu'avec la clé {key} : gardez une copie de la clé dans un coffre, jamais à côté des sauvegardes.",
        "It opens with the key {key} only: keep a copy of the key in a safe, never beside the backups.",
    ),
    "backup.copied": ("Copiée au second lieu.", "Copied to the second place."),
    "backup.here": (
        "▲ Elle n'est que sur cette machine : réglez copy dans [backup], ou portez-la ailleurs.",
        "▲ It is on this machine only: set copy in [backup], or carry it elsewhere.",
    ),
    "backup.alarm": (
        "▲ La sauvegarde n'est pas en lieu sûr depuis {since} : {why}.",
        "▲ The backup has not been in a safe place since {since}: {why}.",
    ),
    "backup.copy": (
        "la commande copy de [backup] échoue, essayez-la à la main",
        "the copy command of [backup] fails, try it by hand",
    ),
    "backup.copy_missing": (
        "la commande copy de [backup] n'existe pas sur cette machine, installez-la ou corrigez son nom",
        "the copy command of [backup] does not exist on this machine, install it or correct its name",
    ),
    "backup.copy_slow": (
        "la copie ne finit pas en 5 min, vérifiez la ligne vers le second lieu",
        "the copy does not end within 5 min, check the line to the second place",
    ),
    "backup.disk": (
        "le dossier des sauvegardes ne peut pas être écrit, libérez de la place ou donnez ce droit au compte du service",
        "the folder of backups cannot be written, free some space or give the service's account that right",
    ),
    "backup.late": (
        "plusieurs tours ont été manqués, vérifiez que « notifier serve » tourne",
        'several turns were missed, check that "notifier serve" runs',
    ),
    "backup.over": ("✔ La sauvegarde est de nouveau en lieu sûr.", "✔ The backup is in a safe place again."),
    "restore.reason": ("restauré de la sauvegarde du {at}", "restored from the backup of {at}"),
    "restore.done": (
        "Restauré de la sauvegarde du {at} : {people} {people:personne|personnes}, {alerts} {alerts:alerte|alertes}. Les envois sont gelés.",
        "Restored from the backup of {at}: {people} {people:person|people}, {alerts} {alerts:alert|alerts}. Sending is frozen.",
    ),
    "restore.doubt": (
        "{waiting} {waiting:message attend|messages attendent} ; peut-être déjà partis depuis, ils repartiront, en double au pire : {doubtful}. Ce qui a été fait "
        "après la sauvegarde (alertes, réponses) n'y est pas.",
        "{waiting} {waiting:message waits|messages wait}; those that may have left since will leave again, at worst twice: {doubtful}. What was done after "
        "the backup (alerts, answers) is not in it.",
    ),
    "restore.next": (
        "Vérifiez que l'ancien serveur est éteint, lancez « notifier serve », arrêtez les alertes dépassées (notifier stop), puis "
        "« notifier thaw ».",
        'Check that the old server is off, start "notifier serve", stop alerts that are past (notifier stop), then "notifier thaw".',
    ),
    "watchdog.ready": (
        "Veille sur {url} ; en cas de silence, prévenus : {people}. Ctrl-C pour arrêter.",
        "Watching {url}; told if it falls silent: {people}. Ctrl-C to stop.",
    ),
    "watchdog.down": (
        "ALERTE TECHNIQUE : le service d'alerte notifier ne répond plus depuis plus de 2 min. Allez voir, ou restaurez-le ailleurs.",
        "TECHNICAL ALERT: the alerting service notifier has not answered for over 2 min. Go and look, or restore it elsewhere.",
    ),
    "watchdog.down.subject": ("notifier ne répond plus", "notifier does not answer"),
    "watchdog.up": ("Le service d'alerte notifier répond de nouveau.", "The alerting service notifier answers again."),
    "watchdog.up.subject": ("notifier répond de nouveau", "notifier answers again"),
    "freeze.done": (
        "Envois gelés : plus aucun appel ne part, {count} {count:message attend|messages attendent}. Pour lever le gel : notifier thaw",
        "Sending frozen: no call starts any more, {count} {count:message waits|messages wait}. To lift the freeze: notifier thaw",
    ),
    "freeze.alarm": (
        "▲ Envois gelés depuis {since} par {by}{reason} : rien ne part, ce qui attend est gardé jusqu'à « notifier thaw ».",
        '▲ Sending frozen since {since} by {by}{reason}: nothing leaves, what waits is kept until "notifier thaw".',
    ),
    "freeze.reason": (" ({reason})", " ({reason})"),
    "freeze.over": ("✔ Gel levé : les envois reprennent.", "✔ Freeze lifted: sending goes on."),
    "thaw.none": ("Les envois n'étaient pas gelés.", "Sending was not frozen."),
    "thaw.ask": (
        "Lever le gel et laisser partir {count} {count:message|messages} ?",
        "Lift the freeze and let {count} {count:message|messages} leave?",
    ),
    "thaw.done": (
        "Gel levé : {count} {count:message part, s'il est encore vrai|messages partent, sauf ceux qui ne sont plus vrais}.",
        "Freeze lifted: {count} {count:message leaves, if it is still true|messages leave, except those that are no longer true}.",
    ),
    "erase.ask": (
        "Effacer {name} ({clinic}, {matricule}) pour de bon ?",
        "Erase {name} ({clinic}, {matricule}) for good?",
    ),
    "erase.done": (
        "Effacé. {count} {count:alerte passée garde|alertes passées gardent} un numéro sans nom. Les sauvegardes déjà faites contiennent "
        "encore cette personne, chiffrée : gardez-les le temps voulu, pas plus ; et retirez-la du fichier des contacts, sinon le prochain "
        "import la remet.",
        "Erased. {count} past {count:alert keeps|alerts keep} a number without a name. Backups already made still hold this person, "
        "encrypted: keep them as long as needed and no longer; and take the person out of the contacts file, or the next import brings "
        "them back.",
    ),
    "journal.whole": (
        "Main courante entière : {entries} {entries:acte|actes}, {attempts} {attempts:tentative|tentatives}, {unsealed} à sceller. Empreinte à noter ailleurs : {head}",
        "Journal whole: {entries} {entries:act|acts}, {attempts} {attempts:attempt|attempts}, {unsealed} to be sealed. Head, to be noted elsewhere: {head}",
    ),
    "send.people": (
        "{people} {people:personne|personnes} : {woken} {woken:réveillée|réveillées} (en poste, d'astreinte, relais), {others} {others:informée|informées} sans réponse demandée.",
        "{people} {people:person|people}: {woken} woken (on shift, on call, relays), {others} informed, nothing asked.",
    ),
    "send.people.asked": (
        "{people} {people:personne|personnes}, qui peuvent toutes répondre : {woken} en poste, d'astreinte ou relais, {others} hors service.",
        "{people} {people:person|people}, all of whom may answer: {woken} on shift, on call or relays, {others} off duty.",
    ),
    "send.held": (
        "{held} {held:message attendra|messages attendront} jusqu'au {until} (nuit). --vital réveille tout le monde.",
        "{held} {held:message|messages} will wait until {until} (night). --vital wakes everybody.",
    ),
    "send.channels": (
        "Joignables : Telegram {telegram} · SMS {sms} · E-mail {email}",
        "Reachable: Telegram {telegram} · SMS {sms} · E-mail {email}",
    ),
    "send.stale": (
        "▲ {clinic} : plannings vieux de {hours} h. « En poste » vaut ici relais et astreinte.",
        "▲ {clinic}: duty plan {hours} h old. “On duty” means relays and on-call here.",
    ),
    "send.unplanned": (
        "▲ {clinic} : aucun planning importé. « En poste » vaut ici relais et astreinte.",
        "▲ {clinic}: no duty plan imported. “On duty” means relays and on-call here.",
    ),
    "send.similar": (
        "▲ {code}, le même modèle, est partie il y a {minutes} min {seconds} s à {people} de ces personnes.",
        "▲ {code}, the same template, left {minutes} min {seconds} s ago for {people} of these people.",
    ),
    "send.replaces": (
        "▲ {code} s'arrête au moment de l'envoi : ce qui n'en est pas parti ne partira plus.",
        "▲ {code} stops when this is sent: what has not left of it never will.",
    ),
    "send.left_out": (
        "▲ {count} {count:personne|personnes} de {code} {count:n'est pas appelée|ne sont pas appelées} ici : sans --to, toutes le sont.",
        "▲ {count} {count:person|people} of {code} {count:is|are} not called here: without --to, all are.",
    ),
    "send.spared": (
        "▲ {count} {count:volontaire laissé|volontaires laissés} au repos : {causes}. --despite-rest, avec un motif, les appelle aussi.",
        "▲ {count} {count:volunteer|volunteers} left to rest: {causes}. --despite-rest, with a reason, calls them as well.",
    ),
    "send.despite_rest": (
        "▲ {count} {count:personne appelée|personnes appelées} malgré le repos dû : {causes}. Votre nom et le motif vont au journal.",
        "▲ {count} {count:person|people} called although rest is due: {causes}. Your name and the reason go into the journal.",
    ),
    "inbox.empty": ("Rien à lire.", "Nothing to read."),
    "inbox.number": ("N°", "No."),
    "inbox.at": ("Heure", "Time"),
    "inbox.who": ("De", "From"),
    "inbox.alert": ("Alerte", "Alert"),
    "inbox.text": ("Texte", "Text"),
    "inbox.emergency": ("▲ URGENCE", "▲ EMERGENCY"),
    "inbox.unknown": ("inconnu", "unknown"),
    "inbox.cure": (
        "Pour une réponse : notifier inbox take N --answer present. Lu et traité : notifier inbox done N.",
        "For an answer: notifier inbox take N --answer present. Read and dealt with: notifier inbox done N.",
    ),
    "inbox.done": ("Classé : n° {number}. Le texte est effacé dans 24 h.", "Filed: no. {number}. Its words are erased in 24 h."),
    "noted.counted": ("{alert} · {name} : « {label} » est noté.", '{alert} · {name}: "{label}" is noted.'),
    "noted.repeated": (
        "{alert} · {name} : « {label} » était déjà sa réponse.",
        '{alert} · {name}: "{label}" was the answer already.',
    ),
    "noted.changed": (
        "{alert} · {name} : « {label} » remplace sa réponse précédente.",
        '{alert} · {name}: "{label}" takes the place of the answer before.',
    ),
    "noted.older": (
        "{alert} · {name} : « {label} » est gardé, mais une réponse plus récente reste au tableau.",
        '{alert} · {name}: "{label}" is kept, but a later answer stays on the board.',
    ),
    "noted.late": (
        "{alert} · {name} : « {label} » est gardé sans compter, l'alerte était finie.",
        '{alert} · {name}: "{label}" is kept and does not count, the alert was over.',
    ),
    "BadValue.inbox": (
        "Aucun texte à lire ne porte le n° {number} : « notifier inbox » les liste.",
        'No text to be read has no. {number}: "notifier inbox" lists them.',
    ),
    "BadValue.inbox_whose": (
        "Le texte n° {number} ne désigne pas une personne et une question à lui seul : ajoutez --alert HGX1-03, ou utilisez notifier note-answer.",
        "Text no. {number} does not point to one person and one question by itself: add --alert HGX1-03, or use notifier note-answer.",
    ),
    "BadValue.not_asked": (
        "L'alerte {code} n'a pas été envoyée au matricule {matricule} : vérifiez les deux.",
        "Alert {code} was not sent to number {matricule}: check both.",
    ),
    "BadValue.no_question": (
        "Cette personne a été informée, pas interrogée : il n'y a pas de réponse à noter.",
        "This person was informed, not asked: there is no answer to note.",
    ),
    "BadValue.before_alert": (
        "Cette heure est dans le futur ou avant l'alerte {code} : donnez l'heure réelle de la réponse, avec sa date s'il le faut (04/10 03h10).",
        "This time lies in the future or before alert {code}: give the answer's real time, with its date if need be (04/10 03h10).",
    ),
    "compensation.nobody": (
        "Personne n'a été appelé malgré son repos pendant cet incident.",
        "Nobody was called although rest was due during this incident.",
    ),
    "compensation.alert": ("Alerte", "Alert"),
    "compensation.name": ("Nom", "Name"),
    "compensation.place": ("Service", "Service"),
    "compensation.rest": ("Repos dû", "Rest due"),
    "compensation.answer": ("Réponse", "Answer"),
    "compensation.by": ("Décision", "Decision"),
    "rest.leave": ("en congé", "on leave"),
    "rest.resting": ("poste fini depuis trop peu", "shift ended too recently"),
    "rest.next_shift": ("prochain poste trop proche", "next shift too soon"),
    "send.unleased": (
        "▲ Aucun service n'envoie pour : {lanes}. Lancez « notifier serve » : les messages partiront alors.",
        "▲ Nothing is sending for: {lanes}. Start “notifier serve”: messages will leave then.",
    ),
    "send.no_lane": (
        "▲ Aucune voie d'envoi n'est réglée : ajoutez une table [[lane]] à notifier.toml.",
        "▲ No lane is set: add a [[lane]] table to notifier.toml.",
    ),
    "send.unreachable": ("▲ Sans aucun moyen utilisable : {count}", "▲ With no usable channel: {count}"),
    "send.more": ("  … et {count} {count:autre|autres}.", "  … and {count} more."),
    "send.parts": ("{parts} SMS · {units} signes", "{parts} SMS · {units} {units:character|characters}"),
    "send.drain": (
        "Départ du dernier message dans {minutes} min {seconds} s · {parts} SMS facturés · {euros} € · ne plus envoyer après {until}",
        "Last message leaves in {minutes} min {seconds} s · {parts} billed texts · €{euros} · not sent after {until}",
    ),
    "send.dry": ("Essai à blanc : rien n'est parti.", "Dry run: nothing has left."),
    "send.ask.some": (
        "Envoyer {code} à {count} {count:personne|personnes} (injoignables : {lost}) ?",
        "Send {code} to {count} {count:person|people} (unreachable: {lost})?",
    ),
    "send.ask": ("Envoyer {code} à {count} {count:personne|personnes} ?", "Send {code} to {count} {count:person|people}?"),
    "send.done": (
        "{code} : {people} {people:personne|personnes}, {queued} {queued:message|messages} en file. Suivre : notifier board {code} --watch",
        "{code}: {people} {people:person|people}, {queued} {queued:message|messages} queued. Follow: notifier board {code} --watch",
    ),
    "question.none": ("information", "information"),
    "question.read": ("lu", "read"),
    "question.done_trouble": ("fait / souci", "done / problem"),
    "question.choices": ("choix du modèle", "template's choices"),
    "unreachable.none": ("aucune coordonnée", "no address"),
    "unreachable.in_band": ("seulement la messagerie ou le téléphone de l'établissement", "only hospital mail or PBX"),
    "unreachable.landline": ("ligne fixe : pas de SMS", "landline: no SMS"),
    "unreachable.dead": ("coordonnée refusée par l'opérateur", "address refused by the provider"),
    "unreachable.no_lane": ("aucune voie d'envoi pour ses coordonnées", "no lane for their addresses"),
    "serve.ready": (
        "notifier est prêt : {url} · {lanes} {lanes:voie|voies} d'envoi. Ctrl-C pour arrêter.",
        "notifier is ready: {url} · {lanes} {lanes:lane|lanes}. Ctrl-C to stop.",
    ),
    "serve.stopping": (
        "Arrêt : ce qui est parti se termine…",
        "Stopping: what is on the wire is being finished…",
    ),
    "demo.what": (
        "Une nuit de cyberattaque, jouée sur cette machine. Personne n'est appelé : numéros de fiction, réseau d'exercice local.",
        "A night under cyberattack, played on this machine. Nobody is called: fiction numbers, a practice network on loopback.",
    ),
    "demo.who": (
        "{people} {people:personne|personnes} de {clinics} {clinics:clinique|cliniques} · la nuit passe {speed} fois plus vite · graine {seed} · pannes {faults} %",
        "{people} {people:person|people} of {clinics} {clinics:clinic|clinics} · the night passes {speed} times faster · seed {seed} · faults {faults}%",
    ),
    "demo.phones": (
        "Leurs téléphones, à regarder dans un navigateur : {phones}",
        "Their telephones, to watch in a browser: {phones}",
    ),
    "demo.home": ("Dossier de cette nuit : {home}", "Folder of this night: {home}"),
    "demo.service": ("Service : {url} (/readyz, page de réponse)", "Service: {url} (/readyz, answer page)"),
    "demo.first_alert": (
        "L'informatique du groupe est coupée. Première alerte, vitale : {people} {people:personne|personnes}, par Telegram, SMS et e-mail.",
        "The group's computers are off. First alert, vital: {people} {people:person|people}, by Telegram, SMS and e-mail.",
    ),
    "demo.asked": (
        "Réponse demandée à qui est en poste, d'astreinte ou relais : {woken}. Hors service, simplement informés : {others}.",
        "Asked to answer, on shift, on call or relays: {woken}. Off duty, simply told: {others}.",
    ),
    "demo.paper_switch": (
        "{count} {count:service passe|services passent} au papier ({services}) : {people} {people:personne|personnes} en poste, relais, responsables d'astreinte.",
        "{count} {count:service switches|services switch} to paper ({services}): {people} {people:person|people} on shift, relays, responsible people on call.",
    ),
    "demo.roll_call": (
        "Appel de présence : {people} {people:personne|personnes} en poste et relais ont jusqu'à {until} pour répondre.",
        "Roll call: {people} {people:person|people} on shift and relays have until {until} to answer.",
    ),
    "demo.trouble": (
        "▲ Un responsable signale un souci : {places}. La cellule le rappelle.",
        "▲ A responsible person reports a problem: {places}. The cell calls back.",
    ),
    "demo.nobody": (
        "✖ Aucun responsable joint : {places}. Un coursier y va.",
        "✖ No responsible person reached: {places}. A runner goes there.",
    ),
    "demo.ended": (
        "L'appel est clos, plus rien n'est en route : chacun est joint ou sur une liste, les muets sont à appeler.",
        "The roll call is closed, nothing is under way: everybody is reached or listed, the silent are to be called.",
    ),
    "demo.now": ("Maintenant : {at}", "Now: {at}"),
    "demo.accepted": ("Acceptés par les passerelles : {counts}", "Accepted by the gateways: {counts}"),
    "demo.receipts": (
        "Remis : l'opérateur SMS a rendu un accusé ; Telegram et l'e-mail n'en donnent pas.",
        "Delivered: the SMS operator gave a receipt; Telegram and e-mail give none.",
    ),
    "demo.columns": (
        "N°|Alerte||Joints|Remis|Réponses|Muets|Non joints",
        "No.|Alert||Reached|Delivered|Answers|Silent|Not reached",
    ),
    "demo.group": ("Le groupe · {at}", "The group · {at}"),
    "demo.clinic": ("{name} · {city} ({code})", "{name} · {city} ({code})"),
    "demo.clinic_columns": (
        "|N°|Alerte|Joints|Réponses|Muets|Non joints|Ce qui a été dit",
        "|No.|Alert|Reached|Answers|Silent|Not reached|What was said",
    ),
    "demo.short.first_alert": ("Première alerte", "First alert"),
    "demo.short.paper_switch": ("Papier : {service}", "Paper: {service}"),
    "demo.short.roll_call": ("Appel de présence", "Roll call"),
    "demo.legend": (
        "✔ en ordre · … réponses attendues · ▲ souci ou aide · ✖ responsable injoignable",
        "✔ in order · … answers awaited · ▲ problem or help · ✖ responsible out of reach",
    ),
    "demo.asked_only": (
        "Réponses : sur ceux qu'on interroge. Muets : en poste ou d'astreinte, joints, sans réponse ; eux seuls sont à appeler.",
        "Answers: out of those who are asked. Silent: on shift or on call, reached, no answer; only they are to be called.",
    ),
    "demo.responsible": ("resp. : {said}", "resp.: {said}"),
    "demo.no_word": ("resp. : sans réponse", "resp.: no answer"),
    "demo.out_of_reach": ("resp. injoignable", "resp. out of reach"),
    "demo.lists": (
        "Listes à imprimer, non joints et à appeler (CSV, PDF) : {folder}",
        "Lists to print, not reached and to be called (CSV, PDF): {folder}",
    ),
    "demo.whole": (
        "Personne n'est perdu : {reached} {reached:joint|joints} d'après le registre des passerelles, {unreachable} sur la liste des non joints.",
        "Nobody is lost: {reached} reached by the gateways' ledger, {unreachable} on the list of those not reached.",
    ),
    "demo.lost": (
        "PERDUS : {lost}, ni joints ni listés. C'est un défaut : signalez-le avec le dossier {folder}.",
        "LOST: {lost}, neither reached nor listed. This is a defect: report it with the folder {folder}.",
    ),
    "demo.interrupted": (
        "Nuit interrompue à {at} : {open} {open:personne n'était encore ni jointe ni listée|personnes n'étaient encore ni jointes ni listées}. Relancez pour la jouer entière.",
        "Night interrupted at {at}: {open} people were not yet reached or listed. Start again to play it whole.",
    ),
    "demo.stays": (
        "Le service continue, les retardataires répondent encore. Ctrl-C pour arrêter.",
        "The service goes on, latecomers still answer. Ctrl-C to stop.",
    ),
    "BadValue.staff": (
        "Le groupe d'exemple compte {most} personnes : donnez à {field} un nombre jusque-là, ou rien pour toutes.",
        "The sample group has {most} people: give {field} a number up to that, or nothing for all.",
    ),
    "BadValue.too_fast": (
        "À cette vitesse la voie « {lane} » n'aurait pas le temps d'envoyer (la cadence reste réelle) : baissez --speed ou --staff.",
        "At this speed the lane “{lane}” would not have the time to send (its pace stays real): lower --speed or --staff.",
    ),
    "UnreadableFile.home": (
        "« {path} » ne peut pas recevoir le dossier de la nuit : ouvrez-le en écriture, ou choisissez-en un autre avec NOTIFIER_HOME.",
        "“{path}” cannot take the folder of the night: make it writable, or choose another with NOTIFIER_HOME.",
    ),
    "BadValue.database": (
        "Donnez à --database une adresse postgresql://…, ou rien pour SQLite.",
        "Give --database a postgresql://… address, or nothing for SQLite.",
    ),
    "BadValue.pair": (
        "« {found} » n'est pas de la forme nom=valeur : écrivez --set suite=23h30.",
        "“{found}” is not of the form name=value: write --set suite=23h30.",
    ),
    "BadValue.reason": (
        "Donnez un motif d'au moins 5 signes : il est journalisé avec la liste.",
        "Give a reason of at least 5 characters: it is journalled with the list.",
    ),
    "answer.present": ("présent", "present"),
    "answer.help": ("besoin d'aide", "need help"),
    "answer.absent": ("absent", "absent"),
    "alerts.none": ("Aucune alerte.", "No alert."),
    "state.draft": ("brouillon", "draft"),
    "state.approved": ("en cours", "running"),
    "state.stopped": ("arrêtée", "stopped"),
    "state.ended": ("terminée", "ended"),
    "lane.alarm": (
        "▲ La voie {lane} n'envoie plus depuis {since} : {why}.",
        "▲ Lane {lane} has sent nothing since {since}: {why}.",
    ),
    "lane.well": ("✔ La voie {lane} envoie de nouveau.", "✔ Lane {lane} sends again."),
    "lane.credentials": (
        "identifiants refusés (jeton révoqué, mot de passe changé ?), mettez les nouveaux dans leur fichier et relancez "
        "« notifier serve » ; ses messages passent par une autre voie ou un autre canal",
        "credentials refused (token revoked, password changed?), put the new ones into their file and restart "
        '"notifier serve"; its messages take another lane or channel',
    ),
    "lane.credit": (
        "crédit épuisé, rechargez le compte ; ses messages passent par une autre voie ou un autre canal",
        "credit used up, top up the account; its messages take another lane or channel",
    ),
    "lane.sender": (
        "expéditeur refusé, faites-le déclarer ; ses messages passent par une autre voie ou un autre canal",
        "sender refused, have it declared; its messages take another lane or channel",
    ),
    "lane.unreachable": (
        "le fournisseur ne répond pas ; un essai toutes les 30 s, ses messages passent par une autre voie ou un autre canal",
        "the provider does not answer; one try every 30 s, its messages take another lane or channel",
    ),
    "lane.throttled": (
        "le fournisseur fait attendre tout le compte ; ses messages passent par une autre voie ou un autre canal",
        "the provider makes the whole account wait; its messages take another lane or channel",
    ),
    "board.total": ("Total", "Total"),
    "board.answers": ("Réponses : {said}", "Answers: {said}"),
    "board.low": (
        "Dont par SMS sans code (assurance faible) : {count}",
        "Of these by text without code (low assurance): {count}",
    ),
    "board.no_answer": ("Aucune réponse pour l'instant.", "No answer yet."),
    "board.listed": ("Non joints : {count} · à appeler : {by_hand}", "Not reached: {count} · to be called: {by_hand}"),
    "board.exported": ("Écrit : {path}", "Written: {path}"),
    "answer.read": ("lu", "read"),
    "answer.done": ("fait", "done"),
    "answer.trouble": ("souci", "problem"),
    "cause.no_channel": ("aucun moyen", "no channel"),
    "cause.refused": ("refusé", "refused"),
    "cause.expired": ("expiré", "expired"),
    "cause.stopped": ("arrêté", "stopped"),
    "cause.doubtful": ("douteux", "doubtful"),
    "cause.silent": ("sans réponse", "no answer"),
    "paper.not_reached": ("Non joints", "Not reached"),
    "paper.by_hand": ("À appeler", "To be called"),
    "paper.name": ("Nom", "Name"),
    "paper.place": ("Lieu", "Place"),
    "paper.cause": ("Motif", "Cause"),
    "paper.contacts": ("Coordonnées", "Addresses"),
    "paper.called": ("Appelé à / réponse", "Called at / answer"),
    "paper.page": ("page", "page"),
    "paper.nobody": ("Personne.", "Nobody."),
}

"""The sentences of the error tree (``domain.errors``): class name, or class name and reason, to French and English."""

SENTENCES: dict[str, tuple[str, str]] = {
    # what a person typed or a file holds
    "BadInput": (
        "La demande est mal formée, rien n'a été changé : relisez-la et recommencez.",
        "The request is malformed and nothing was changed: read it again and retry.",
    ),
    "BadAddress": (
        "Cette adresse ne peut pas être lue : corrigez-la dans le fichier des contacts.",
        "This address cannot be read: correct it in the contacts file.",
    ),
    "BadAddress.phone": (
        "Ce numéro de téléphone ne peut pas être lu : écrivez dix chiffres, ou + suivi de l'indicatif du pays.",
        "This phone number cannot be read: write ten digits, or + and the country code.",
    ),
    "BadAddress.mail": (
        "Cette adresse e-mail ne peut pas être lue : écrivez-la sous la forme prenom.nom@domaine.",
        "This e-mail address cannot be read: write it as first.last@domain.",
    ),
    "BadAddress.chat": (
        "Cet identifiant Telegram ne peut pas être lu : c'est le nombre d'une conversation privée, sans signe ni lettre.",
        "This Telegram id cannot be read: it is a private chat's number, without sign or letter.",
    ),
    "BadAudience": (
        "Les destinataires « {text} » ne peuvent pas être lus à partir du caractère {position} : corrigez l'expression à cet endroit.",
        'The audience "{text}" cannot be read from character {position} on: correct the expression there.',
    ),
    "BadAudience.unclosed": (
        "Dans « {text} », ce qui est ouvert au caractère {position} n'est pas refermé : ajoutez la parenthèse ou le guillemet manquant.",
        'In "{text}", what opens at character {position} is never closed: add the missing bracket or quotation mark.',
    ),
    "EmptyAudience.followed": (
        "« {text} » ne désigne plus personne, rien n'est parti : le tableau de l'alerte montre où chacun en est.",
        '"{text}" selects nobody any more, nothing was sent: the board of the alert shows how everybody stands.',
    ),
    "EmptyAudience": (
        "« {text} » ne désigne personne, rien n'est parti : élargissez l'expression ou vérifiez que les contacts sont importés.",
        '"{text}" selects nobody, nothing was sent: widen the expression, or check that the contacts are imported.',
    ),
    "EverybodyRests": (
        "{people} {people:volontaire désigné doit|volontaires désignés doivent} se reposer, rien n'est parti : élargissez l'appel, ou donnez un motif "
        "avec --despite-rest.",
        "{people} {people:volunteer|volunteers} selected ought to rest, nothing was sent: widen the call, or give a reason with --despite-rest.",
    ),
    "UnknownTemplate": (
        "Le modèle « {name} » n'existe pas : la liste s'affiche avec « notifier check ».{near}",
        'There is no template "{name}": "notifier check" lists them.{near}',
    ),
    "MissingWords": (
        "Le modèle « {template} » attend encore {missing}, personne n'a été appelé : ajoutez --set nom=valeur pour chacun.",
        'Template "{template}" still needs {missing}, nobody was called: add --set name=value for each.',
    ),
    "BadValue": (
        "La valeur de « {field} » n'est pas acceptée : corrigez-la et recommencez.",
        'The value of "{field}" is not accepted: correct it and try again.',
    ),
    "BadValue.time": (
        "« {field} » doit être une heure comme 22h45 : corrigez-la et recommencez.",
        '"{field}" must be a time such as 22:45: correct it and try again.',
    ),
    "BadValue.place": (
        "« {field} » doit être un lieu, en quelques mots sur une seule ligne : raccourcissez-le.",
        '"{field}" must be a place, a few words on one line: shorten it.',
    ),
    "BadValue.choice": (
        "« {field} » doit être l'un des choix du modèle : choisissez parmi {known}.",
        '"{field}" must be one of the template\'s choices: choose among {known}.',
    ),
    "BadValue.private_use": (
        "« {field} » contient un caractère invisible réservé : retapez le texte au lieu de le coller.",
        '"{field}" holds an invisible reserved character: type the text instead of pasting it.',
    ),
    "GuardedWords": (
        "« {word} » dans « {field} » est refusé (règle {rule}) : dites-le autrement.",
        '"{word}" in "{field}" is refused (rule {rule}): say it another way.',
    ),
    "BadImport": (
        "L'import est refusé et rien n'a été changé, {count} erreur(s) : corrigez les cellules ci-dessous, ou ajoutez --skip-bad.",
        "The import is refused and nothing was changed, {count} error(s): correct the cells below, or add --skip-bad.",
    ),
    "UnreadableFile": (
        "Le fichier {path} ne peut pas être lu ({reason}) : vérifiez son nom, son format et ses droits.",
        "The file {path} cannot be read ({reason}): check its name, format and permissions.",
    ),
    "UnknownClinic": (
        "La clinique « {code} » n'existe pas : choisissez parmi {known}.",
        'There is no clinic "{code}": choose among {known}.',
    ),
    "UnknownIncident": (
        "L'incident « {code} » n'est pas ouvert : ouvrez-le avec « notifier incident open {code} ».",
        'Incident "{code}" is not open: open it with "notifier incident open {code}".',
    ),
    "UnknownAlert": (
        "L'alerte « {code} » n'existe pas : la liste s'affiche avec « notifier alerts ».",
        'There is no alert "{code}": "notifier alerts" lists them.',
    ),
    "UnknownPerson": (
        "Personne ne porte le matricule « {matricule} » à {clinic}, rien n'a été changé : prenez-le dans le fichier des contacts.",
        'Nobody at {clinic} has the number "{matricule}", nothing was changed: take it from the contacts file.',
    ),
    "NobodyWaits": (
        "Aucun compte n'attend de confirmation pour {matricule} ({clinic}), rien n'a été changé : « notifier enrol --waiting » montre ceux qui attendent.",
        'No account waits to be confirmed for {matricule} ({clinic}), nothing was changed: "notifier enrol --waiting" shows those that do.',
    ),
    "AlreadyOpen": (
        "L'incident « {code} » est déjà ouvert : servez-vous-en, ou choisissez un autre code.",
        'Incident "{code}" is already open: use it, or choose another code.',
    ),
    "BadTemplate": (
        "Les modèles ont {count} faute(s), aucun message ne peut partir avec eux : corrigez les lignes ci-dessous.",
        "The templates have {count} fault(s), no message can be sent with them: correct the lines below.",
    ),
    # the act is well formed, but not now or not by this person
    "NotAllowed": (
        "Cet acte n'est pas permis maintenant, rien n'a été changé : demandez à la personne d'astreinte.",
        "This is not allowed now and nothing was changed: ask the person on call.",
    ),
    "NotApproved": (
        "Le modèle « {template} » n'est pas approuvé, rien n'est parti : faites-le approuver ou choisissez un modèle approuvé d'avance.",
        'Template "{template}" is not approved, nothing was sent: have it approved, or choose a pre-approved template.',
    ),
    "NotApproved.changed_text": (
        "Le texte libre de {fields} change le modèle approuvé « {template} », rien n'est parti : videz ce champ ou faites approuver le texte.",
        'Free text in {fields} changes the approved template "{template}", nothing was sent: empty that field, or have the text approved.',
    ),
    "NotApproved.not_preapproved": (
        "Le modèle « {template} » n'est pas approuvé d'avance, rien n'est parti : inscrivez nom, date et empreinte dans template.toml.",
        'Template "{template}" is not pre-approved, nothing was sent: write name, date and hash into its template.toml.',
    ),
    "NotApproved.hash_differs": (
        "Le modèle « {template} » a changé depuis son approbation, rien n'est parti : faites-le approuver de nouveau.",
        'Template "{template}" has changed since it was approved, nothing was sent: have it approved again.',
    ),
    "WouldOutlast": (
        "La voie « {lane} » mettrait {drain_seconds} s pour un message vrai {life_seconds} s : réduisez les destinataires ou ajoutez une voie.",
        'Lane "{lane}" would take {drain_seconds} s for a message true for {life_seconds} s: narrow the audience or add a lane.',
    ),
    "CreditShort": (
        "La voie « {lane} » a encore {left} SMS pour {needed} nécessaires : rechargez le compte ou réduisez les destinataires.",
        'Lane "{lane}" has {left} texts left of the {needed} needed: top up the account or narrow the audience.',
    ),
    "StillCalled": (
        "L'alerte {code} attend encore cette personne, rien n'a été effacé : attendez sa fin ou arrêtez-la (« notifier stop {code} »).",
        'Alert {code} still counts on this person, nothing was erased: wait for its end or stop it ("notifier stop {code}").',
    ),
    "ChatTaken": (
        "Ce compte est devenu celui de quelqu'un d'autre, {matricule} ({clinic}) n'est pas inscrit : refusez-le (--refuse), et imprimez une nouvelle carte.",
        "This account has become somebody else's, {matricule} ({clinic}) is not enrolled: refuse it (--refuse), and print a new card.",
    ),
    "NoBot.no_lane": (
        "Aucune voie telegram n'est réglée, aucune carte n'a été imprimée : ajoutez-en une à notifier.toml (notifier.example.toml la montre).",
        "No telegram lane is set, no card was printed: add one to notifier.toml (notifier.example.toml shows it).",
    ),
    "NoBot": (
        'La voie {lane} ne dit pas le nom de son robot, aucune carte n\'a été imprimée : ajoutez options = {{ bot = "nom_du_robot" }} à sa table, le nom qui suit @ chez BotFather.',
        'Lane {lane} does not tell the name of its bot, no card was printed: add options = {{ bot = "name_of_the_bot" }} to its table, the name after @ at BotFather.',
    ),
    "NoBot.name": (
        "L'option bot de la voie {lane} n'est pas un nom de robot, aucune carte n'a été imprimée : mettez le nom qui suit @ chez BotFather, 5 à 32 lettres, chiffres ou _.",
        "Option bot of lane {lane} is no name of a bot, no card was printed: give the name after @ at BotFather, 5 to 32 letters, digits or _.",
    ),
    "Forbidden": (
        "{actor} n'a pas le droit de faire cela ({act}) : demandez à une personne qui l'a.",
        "{actor} may not do this ({act}): ask someone who may.",
    ),
    "Frozen": (
        "Les envois sont gelés depuis {since} par {by}, rien n'est parti : levez le gel (« notifier thaw »), puis envoyez.",
        'Sending has been frozen since {since} by {by}, nothing has left: lift the freeze ("notifier thaw"), then send.',
    ),
    # the house cannot work as it stands
    "NotReady": (
        "Le service ne peut pas fonctionner en l'état : lancez « notifier check » pour savoir pourquoi.",
        'The service cannot work as it stands: run "notifier check" to learn why.',
    ),
    "BadSettings": (
        "La configuration a {count} faute(s), rien n'a démarré : corrigez les lignes ci-dessous.",
        "The settings have {count} fault(s), nothing was started: correct the lines below.",
    ),
    "LaneMisset": (
        "La voie « {lane} » est mal réglée ({code}) : corrigez sa table [[lane]] dans notifier.toml.",
        'Lane "{lane}" is set wrong ({code}): correct its [[lane]] table in notifier.toml.',
    ),
    "WrongKey": (
        "La clé {path} n'est pas celle de cette base : remettez la clé d'origine, rien d'autre ne peut relire les adresses.",
        "The key {path} is not this database's: put the original key back, nothing else can read the addresses.",
    ),
    "KeyMissing": (
        "La clé {path} manque à côté de la base {database} : remettez-la depuis sa copie de secours, n'en créez pas une autre.",
        "The key {path} is missing beside the database {database}: restore it from its safe copy, do not make another.",
    ),
    "NewerDatabase": (
        "La base est à la version {found}, ce programme connaît {known} : installez la version du programme qui l'a écrite.",
        "The database is at version {found}, this program knows {known}: install the release that wrote it.",
    ),
    "ClockBehind": (
        "L'horloge ({now}) est en retard sur le journal ({journal}) : mettez la machine à l'heure avant de démarrer.",
        "The clock ({now}) is behind the journal ({journal}): set the machine's time before starting.",
    ),
    "PortTaken": (
        "Le port {port} de {host} est déjà pris : arrêtez l'autre programme, ou donnez un autre port (NOTIFIER_PORT, demo --port).",
        "Port {port} on {host} is taken: stop the other program, or give another port (NOTIFIER_PORT, demo --port).",
    ),
    "PortTaken.denied": (
        "Ce compte n'a pas le droit d'ouvrir le port {port} : donnez un port à partir de 1024 (NOTIFIER_PORT, demo --port).",
        "This account may not open port {port}: give a port from 1024 on (NOTIFIER_PORT, demo --port).",
    ),
    "PortTaken.host": (
        "{host} n'est pas une adresse de cette machine : mettez 127.0.0.1, ou 0.0.0.0 derrière un relais HTTPS (NOTIFIER_HOST).",
        "{host} is not an address of this machine: set 127.0.0.1, or 0.0.0.0 behind an HTTPS proxy (NOTIFIER_HOST).",
    ),
    "DatabaseAway": (
        "La base de données ne répond pas ({place}) : vérifiez qu'elle tourne, puis recommencez ; rien n'est perdu.",
        "The database does not answer ({place}): check that it runs, then try again; nothing is lost.",
    ),
    "DatabaseBroken": (
        "Le disque ou le fichier de la base de données est abîmé ({place}) : l'envoi s'arrête. Vérifiez le disque, puis relancez ; si "
        "cela recommence, restaurez la dernière sauvegarde.",
        "The disk or the file of the database is damaged ({place}): sending stops. Check the disk, then start again; if it happens "
        "again, restore the last backup.",
    ),
    "DatabaseUnfit": (
        "La base {place} ne peut pas servir ({reason}), rien n'a été changé : vérifiez son adresse et les droits de ce compte.",
        "The database {place} cannot be used ({reason}), nothing was changed: check its address and this account's rights.",
    ),
    "DatabaseUnfit.denied": (
        "Ce compte ne peut pas ouvrir ou écrire la base {place} : vérifiez que son dossier existe et que ce compte peut y écrire.",
        "This account cannot open or write the database {place}: check that its folder exists and that this account may write there.",
    ),
    "DatabaseUnfit.refused": (
        "PostgreSQL refuse ce compte, ce mot de passe ou cette base ({place}) : corrigez l'adresse dans database_url.",
        "PostgreSQL refuses this account, password or database ({place}): correct the address in database_url.",
    ),
    "DiskFull": (
        "Le disque de {path} est plein, rien de nouveau n'est parti : libérez de la place, ce qui était accepté est gardé.",
        "The disk of {path} is full, nothing new was sent: free some space, what was accepted is kept.",
    ),
    "HomeClosed": (
        "Ce compte ne peut pas écrire dans {path} : donnez-lui ce droit, ou choisissez un autre dossier avec NOTIFIER_HOME.",
        "This account cannot write to {path}: give it that right, or choose another folder with NOTIFIER_HOME.",
    ),
    "NeedsPostgres": (
        "« notifier {command} » a besoin de PostgreSQL : donnez son adresse dans database_url, ou lancez seulement « notifier serve ».",
        '"notifier {command}" needs PostgreSQL: give its address in database_url, or run "notifier serve" alone.',
    ),
    "HomeTaken": (
        "Le dossier {path} sert déjà à un autre processus : arrêtez-le, ou choisissez un autre dossier avec NOTIFIER_HOME.",
        "The folder {path} is in use by another process: stop it, or choose another folder with NOTIFIER_HOME.",
    ),
    "HomeInUse": (
        "La base {database} n'est pas vide, rien n'a été changé : restaurez dans un autre dossier (NOTIFIER_HOME) ou une autre base.",
        "The database {database} is not empty, nothing was changed: restore into another folder (NOTIFIER_HOME) or another database.",
    ),
    "BadBackup": (
        "{path} n'est pas une sauvegarde de notifier, rien n'a été changé : donnez un fichier fait par « notifier backup ».",
        '{path} is not a backup of notifier, nothing was changed: give a file made by "notifier backup".',
    ),
    "BadBackup.damaged": (
        "La sauvegarde {path} est incomplète ou altérée, rien n'a été changé : prenez celle d'avant, ou une autre copie.",
        "The backup {path} is cut short or altered, nothing was changed: take the one before, or another copy.",
    ),
    "CopyFailed": (
        "La sauvegarde {path} est faite, mais sa copie ailleurs a échoué : essayez la commande copy de [backup] à la main.",
        "The backup {path} is made, but its copy to a second place failed: try the copy command of [backup] by hand.",
    ),
    "CopyFailed.copy_missing": (
        "La sauvegarde {path} est faite, mais la commande copy de [backup] n'existe pas ici : installez-la ou corrigez son nom.",
        "The backup {path} is made, but the copy command of [backup] does not exist here: install it, or correct its name.",
    ),
    "CopyFailed.copy_slow": (
        "La sauvegarde {path} est faite, mais sa copie n'a pas fini en 5 min : vérifiez la ligne vers le second lieu.",
        "The backup {path} is made, but its copy did not end within 5 min: check the line to the second place.",
    ),
    "BrokenJournal": (
        "Le journal est altéré à la ligne {seq} ({reason}) : n'écrivez plus dans cette base et prévenez le responsable de la sécurité.",
        "The journal is altered at line {seq} ({reason}): write no more to this database and tell the security officer.",
    ),
    # the command line's own
    "usage": (
        "La commande est incomplète ou mal écrite : « {command} --help » montre comment l'écrire.",
        'The command is incomplete or mistyped: "{command} --help" shows how to write it.',
    ),
    "usage.NoSuchOption": (
        "L'option {option} n'existe pas : « {command} --help » montre celles qui existent.{near}",
        'There is no option {option}: "{command} --help" shows those that exist.{near}',
    ),
    "usage.BadOptionUsage": (
        "L'option {option} est mal écrite : « {command} --help » montre ce qui est attendu.",
        'Option {option} is mistyped: "{command} --help" shows what is expected.',
    ),
    "usage.MissingParameter": (
        "Il manque {option} : « {command} --help » montre comment l'écrire.",
        '{option} is missing: "{command} --help" shows how to write it.',
    ),
    "usage.BadParameter": (
        "La valeur de {option} n'est pas acceptée : « {command} --help » montre ce qui est attendu.",
        'The value of {option} is not accepted: "{command} --help" shows what is expected.',
    ),
    "usage.at_least": (
        "La valeur de {option} n'est pas acceptée : donnez un nombre à partir de {bound}.",
        "The value of {option} is not accepted: give a number from {bound} on.",
    ),
    "usage.at_most": (
        "La valeur de {option} n'est pas acceptée : donnez un nombre jusqu'à {bound}.",
        "The value of {option} is not accepted: give a number up to {bound}.",
    ),
    "usage.command": (
        "La commande « {option} » n'existe pas : « {command} --help » montre celles qui existent.",
        'There is no command "{option}": "{command} --help" shows those that exist.',
    ),
    "abandoned": (
        "Abandonné, rien n'a été changé.",
        "Given up, nothing was changed.",
    ),
    "unexpected": (
        "Erreur inattendue ({kind}, {place}), ce qui était enregistré est gardé : recommencez, puis signalez ces deux mots.",
        "Unexpected error ({kind}, {place}), what was recorded is kept: try again, then report these two words.",
    ),
}

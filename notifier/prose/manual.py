"""The texts of ``--help``: the English of each French text of the commands, and the library's own words in both languages."""

ENGLISH = {
    "Alerte de crise : joindre les équipes par Telegram, SMS et e-mail quand l'informatique est arrêtée.": (
        "Crisis alerting: reach staff by Telegram, SMS and e-mail when the information system is down."
    ),
    "Affiche la version et s'arrête.": "Show the version and exit.",
    # demo
    "Joue une nuit entière sur le réseau d'exercice.": "Play a whole night on the rehearsal network.",
    "Nombre de personnes ; toutes par défaut.": "How many people; all by default.",
    "Graine : la même nuit, les mêmes habitudes.": "Seed: the same night, the same habits.",
    "Combien de fois plus vite passe la nuit.": "How many times faster the night passes.",
    "S'arrête quand l'histoire est finie.": "Exit when the story is complete.",
    "Dernière ligne : les comptes, en JSON.": "Last line: the counts, as JSON.",
    "Probabilité qu'un appel tourne mal, de 0 à 1.": "Probability that a call goes wrong, 0 to 1.",
    "postgresql://… ; SQLite par défaut.": "postgresql://…; SQLite by default.",
    "Port de la page ; libre par défaut.": "Port of the page; a free one by default.",
    # serve, work
    "Envoie, relance, reçoit les réponses et montre l'état : tout, dans un processus.": (
        "Send, chase, take in answers and show the state: everything, in one process."
    ),
    "Ajoute un processus d'envoi (PostgreSQL seulement).": "Add a sending process (PostgreSQL only).",
    # send
    "Envoie une alerte à partir d'un modèle.": "Send an alert made from a template.",
    "Le modèle : first-alert, paper-bloc, roll-call…": "The template: first-alert, paper-bloc, roll-call…",
    "Le code de l'incident : HGX1.": "The incident's code: HGX1.",
    'Destinataires : "clinic:KER service:BLOC de-service", "muets:HGX1-02".': (
        'Audience: "clinic:KER service:BLOC on-duty", "silent:HGX1-02".'
    ),
    "Valeur d'une variable : suite=23h30. Répétable.": "Value of a variable: suite=23h30. Repeatable.",
    "Réveille tout le monde, quelle que soit l'heure.": "Wake everybody, whatever the hour.",
    "Ce moyen seulement ; utile pour l'essai des contacts.": "This way only; useful for the test of contacts.",
    "Autant de oui suffisent : l'alerte s'arrête pour tous.": "So many yes are enough: the alert stops for all.",
    "Qui remplace, dans son service, une personne qui ne répond pas : role:IDE.": (
        "Who stands in, in their service, for somebody who does not answer: role:IDE."
    ),
    "Le service dont le responsable est appelé en dernier, avant l'appel à la main.": (
        "The service whose responsible person is called last, before the call by hand."
    ),
    "Motif, journalisé : appelle qui doit se reposer.": "Reason, journalled: call those who ought to rest as well.",
    "Montre tout, n'envoie rien.": "Show everything, send nothing.",
    "Ne pas demander de confirmation.": "Do not ask for confirmation.",
    # inbox, note-answer
    "Ce qu'un humain doit lire : les réponses qu'aucune règle ne comprend.": (
        "What a person has to read: replies that no rule understands."
    ),
    "Dernière ligne : la liste, en JSON.": "Last line: the list, as JSON.",
    "Enregistre ce que dit ce texte, à l'heure où il est arrivé.": "Record what this text says, at the time it came in.",
    "Classe ce texte : il est lu, et ce qu'il demande est fait.": "File this text: it was read, and what it wants is done.",
    "Le numéro du texte dans la liste.": "The text's number in the list.",
    "La réponse : present, absent… ou son chiffre.": "The answer: present, absent… or its digit.",
    "Le numéro de l'alerte, quand le texte n'en désigne pas une seule.": "The alert's number, where the text does not point to one.",
    "Note la réponse d'une personne, donnée par téléphone ou sur papier, à son heure réelle.": (
        "Note a person's answer, given by telephone or on paper, at its real time."
    ),
    "Note ce qu'un service a dit de lui par téléphone ou sur papier, à son heure réelle.": (
        "Note what a service said of itself by telephone or on paper, at its real time."
    ),
    "Code du service : BLOC.": "The service's code: BLOC.",
    "Présents/besoin : 12/14, 12/14 X, ou un point : 12/14 23 oui non.": (
        "Present/needed: 12/14, 12/14 X, or a report: 12/14 23 yes no."
    ),
    "L'heure réelle : 03h10, ou 04/10 03h10 ; maintenant par défaut.": "The real time: 03h10, or 04/10 03h10; now by default.",
    # compensation
    "Liste qui a été appelé malgré son repos, et par qui.": "List who was called although rest was due, and by whom.",
    "Fichier CSV à écrire.": "CSV file to write.",
    # board, alerts, stop
    "Affiche le tableau d'une alerte.": "Show an alert's board.",
    "Le numéro de l'alerte : HGX1-03.": "The alert's number: HGX1-03.",
    "Rafraîchit jusqu'à Ctrl-C.": "Refresh until Ctrl-C.",
    "Dossier où écrire les listes à imprimer (CSV et PDF).": "Folder for the lists to print (CSV and PDF).",
    "Motif, journalisé : les listes portent les numéros en clair.": "Reason, journalled: the lists show numbers in clear.",
    "Liste les alertes.": "List the alerts.",
    "Arrête l'envoi d'une alerte.": "Stop sending an alert.",
    # backup, restore
    "Sauvegarde toute la base dans un fichier chiffré, pendant que le service envoie, et le copie ailleurs si c'est réglé.": (
        "Back the whole database up into one encrypted file, while the service sends, and copy it elsewhere if that is set."
    ),
    "Remet une sauvegarde dans un dossier vide ; rien ne part avant « notifier thaw ».": (
        'Put a backup into an empty home; nothing leaves before "notifier thaw".'
    ),
    "Le fichier de sauvegarde ; la clé de la maison est déjà en place.": "The backup file; the home's key is in its place already.",
    # watch
    "Veille un autre notifier, depuis une autre machine, et prévient deux personnes par ses propres voies s'il se tait.": (
        "Watch another notifier from another machine, and tell two people by its own lanes when it falls silent."
    ),
    # freeze, thaw
    "Gèle tous les envois, à l'instant et sans question ; ce qui attend est gardé.": (
        "Freeze all sending, at once and without a question; what waits is kept."
    ),
    "Motif, journalisé et montré partout.": "Reason, journalled and shown everywhere.",
    "Lève le gel : ce qui attend part, sauf ce qui n'est plus vrai.": "Lift the freeze: what waits leaves, except what is no longer true.",
    # import
    "Importe les contacts et les plannings.": "Import contacts and duty plans.",
    "Dossier ou fichiers : group.toml, KER.csv, KER-shifts.csv, KER.xlsx…": (
        "Folder or files: group.toml, KER.csv, KER-shifts.csv, KER.xlsx…"
    ),
    "Montre les différences, n'écrit rien.": "Show the differences, write nothing.",
    "Importe les bonnes lignes, écrit les autres dans un fichier à corriger.": (
        "Import the good rows, write the others to a file to be corrected."
    ),
    # enrol
    "Imprime les cartes d'inscription à Telegram, et confirme les comptes qui attendent.": (
        "Print the cards by which people enrol on Telegram, and confirm the accounts that wait."
    ),
    "Une seule personne, par son matricule.": "One person only, by staff number.",
    "Fichier PDF des cartes, à imprimer et à découper.": "PDF file of the cards, to be printed and cut.",
    "Aussi ceux qui ont une carte valable ; l'ancienne ne vaut plus rien.": (
        "Also those who have a good card; the old one is worth nothing any more."
    ),
    "Annule les cartes et jetons non utilisés.": "Revoke unused cards and tokens.",
    "Montre les comptes qui attendent une confirmation.": "Show the accounts that wait to be confirmed.",
    "Confirme le compte qui attend.": "Confirm the account that waits.",
    "Refuse le compte qui attend.": "Refuse the account that waits.",
    # erase
    "Efface une personne partie ou qui le demande ; les alertes passées gardent leurs nombres.": (
        "Erase somebody who has left or asks for it; past alerts keep their numbers."
    ),
    "Code de la clinique : KER.": "The clinic's code: KER.",
    "Matricule, comme dans le fichier des contacts.": "Staff number, as in the contacts file.",
    # check
    "Contrôle réglages, base, clé et voies, puis les modèles : longueurs, mots interdits, deux langues, approbations.": (
        "Check settings, database, key and lanes, then the templates: lengths, forbidden words, both languages, approvals."
    ),
    "Dossier des modèles ; par défaut ceux de la version installée.": "Folder of templates; by default those of this release.",
    "Approuve d'avance ce modèle tel qu'il est ; répétable.": "Pre-approve this template as it stands; repeatable.",
    "Nom et fonction de la personne qui approuve, avec --stamp.": "Name and role of the person who approves, with --stamp.",
    "Dit seulement qui serait joint ; code 1 si un service n'a personne.": (
        "Say only who would be reached; exit code 1 where a service has nobody."
    ),
    "Avec --readiness : les comptes, en JSON, sur une ligne.": "With --readiness: the counts, as JSON, on one line.",
    # undo-import
    "Annule le dernier import : contacts et planning redeviennent ce qu'ils étaient.": (
        "Undo the newest import: contacts and duty plan become what they were."
    ),
    # paper
    "Imprime par clinique l'annuaire et l'arbre d'appel, à mettre sous clé : qui est prévu, numéros en clair.": (
        "Print each clinic's roster and phone tree, to be locked away: who is planned, numbers in clear."
    ),
    "Dossier où écrire un PDF par clinique, numéros en clair.": "Folder for one PDF a clinic, numbers in clear.",
    "Seulement cette clinique : KER ; répétable.": "Only this clinic: KER; repeatable.",
    # incident, journal
    "Ouvrir un incident, réel ou exercice.": "Open an incident, real or exercise.",
    "Ouvre un incident.": "Open an incident.",
    "1 à 4 lettres ou chiffres, en tête de chaque message : HGX1.": "1 to 4 letters or digits, first in each message: HGX1.",
    "Codes séparés par des virgules ; toutes par défaut.": "Codes with commas between; all by default.",
    "Exercice : marqué dans chaque message, pour toujours.": "Exercise: marked in every message, for good.",
    "Heure de la prise de connaissance : 22h10, ou 04/10 22h10.": "Time of awareness: 22:10, or 04/10 22:10.",
    "La main courante.": "The journal.",
    "Vérifie la chaîne entière ; code de sortie 1 et premier numéro faux si elle a été modifiée.": (
        "Verify the whole chain; exit code 1 and the first false number if it was altered."
    ),
    "Empreinte notée ailleurs : la fin n'a pas été coupée.": "A head noted elsewhere: the end was not cut off.",
}

# French, English
OF_THE_LIBRARY = {
    "help": ("Affiche cette aide et s'arrête.", "Show this help and exit."),
    "required": ("[obligatoire]", "[required]"),
    "default": ("[défaut : {}]", "[default: {}]"),
    "commands": ("Commandes", "Commands"),
}

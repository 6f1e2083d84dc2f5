"""The sentences of faults in the settings (``notifier.toml``, ``NOTIFIER_*``), to French and English."""

SENTENCES: dict[str, tuple[str, str]] = {
    "config_missing": (
        "Le fichier {path} n'existe pas : corrigez NOTIFIER_CONFIG, ou copiez notifier.example.toml à cet endroit.",
        "The file {path} does not exist: correct NOTIFIER_CONFIG, or copy notifier.example.toml there.",
    ),
    "config_unreadable": (
        "Le fichier {path} ne peut pas être lu : vérifiez ses droits, et qu'il est en UTF-8.",
        "The file {path} cannot be read: check its permissions, and that it is UTF-8.",
    ),
    "config_syntax": (
        "Le fichier n'est pas du TOML à la ligne {line} : comparez-la avec notifier.example.toml.",
        "The file is not TOML at line {line}: compare it with notifier.example.toml.",
    ),
    "unknown_key": (
        "Le réglage « {key} » n'existe pas : retirez-le ou corrigez son nom.{near}",
        'There is no setting "{key}": remove it or correct its name.{near}',
    ),
    "unknown_variable": (
        "La variable {key} n'existe pas : retirez-la ou corrigez son nom.{near}",
        "There is no variable {key}: remove it or correct its name.{near}",
    ),
    "missing_key": (
        "Le réglage « {key} » est obligatoire ici : ajoutez-le (notifier.example.toml le montre).",
        'The setting "{key}" is required here: add it (notifier.example.toml shows it).',
    ),
    "bad_choice": (
        "Cette valeur n'est pas prévue : choisissez parmi {known}.",
        "This value is not foreseen: choose among {known}.",
    ),
    "bad_number": (
        "Un nombre est attendu : écrivez-le en chiffres, sans guillemets ni unité.",
        "A number is expected: write it in digits, without quotation marks or unit.",
    ),
    "bad_flag": (
        "C'est oui ou non : écrivez true ou false, sans guillemets.",
        "It is yes or no: write true or false, without quotation marks.",
    ),
    "bad_text": (
        "Un texte est attendu : mettez la valeur entre guillemets.",
        "A text is expected: put the value in quotation marks.",
    ),
    "bad_table": (
        "Une table est attendue : écrivez-la comme dans notifier.example.toml.",
        "A table is expected: write it as in notifier.example.toml.",
    ),
    "bad_list": (
        "Une liste de textes est attendue : écrivez-la entre crochets, chaque mot entre guillemets.",
        "A list of texts is expected: write it in brackets, each word in quotation marks.",
    ),
    "copy_file": (
        'La commande ne dit pas où va le fichier : mettez {file} à sa place, par exemple ["scp", "{file}", "secours.example.org:"].',
        'The command does not say where the file goes: put {file} in its place, for instance ["scp", "{file}", "second.example.org:"].',
    ),
    "watch_address": (
        "Ce n'est pas un moyen de joindre quelqu'un : mettez un numéro qui commence par +, une adresse e-mail ou un identifiant Telegram.",
        "This is no way to reach somebody: give a number that begins with +, an e-mail address or a Telegram id.",
    ),
    "watch_no_lane": (
        "Aucune voie {channel} n'est réglée sur cette machine : ajoutez une table [[lane]] pour ce canal.",
        "No {channel} lane is set on this machine: add a [[lane]] table for that channel.",
    ),
    "watch_too_few": (
        "Moins de deux personnes seraient prévenues, et une seule peut dormir : mettez au moins deux personnes différentes dans tell.",
        "Fewer than two people would be told, and one alone may be asleep: put at least two different people into tell.",
    ),
    "too_small": (
        "Cette valeur est trop petite, la limite est {limit} : augmentez-la.",
        "This value is too small, the limit is {limit}: raise it.",
    ),
    "too_large": (
        "Cette valeur est trop grande, la limite est {limit} : diminuez-la.",
        "This value is too large, the limit is {limit}: lower it.",
    ),
    "database_url": (
        "L'adresse de la base n'est pas comprise : écrivez sqlite:///dossier/notifier.db ou postgresql://compte@machine/base.",
        "The database address is not understood: write sqlite:///folder/notifier.db or postgresql://account@host/database.",
    ),
    "database_memory": (
        "Une base en mémoire perdrait tout à l'arrêt : donnez un fichier, par exemple sqlite:///var/notifier.db.",
        "A database in memory would lose everything at a stop: give a file, for instance sqlite:///var/notifier.db.",
    ),
    "bad_url": (
        "Ce n'est pas une adresse web : écrivez-la en entier, par exemple https://alerte.example.org.",
        "This is not a web address: write it in full, for instance https://alert.example.org.",
    ),
    "url_https": (
        "Les réponses des agents passeraient en clair : mettez une adresse en https.",
        "Staff answers would travel in clear: give an https address.",
    ),
    "bad_host": (
        "Ce n'est pas une adresse d'écoute : mettez 127.0.0.1, ou 0.0.0.0 derrière un relais HTTPS.",
        "This is not an address to listen on: set 127.0.0.1, or 0.0.0.0 behind an HTTPS proxy.",
    ),
    "bad_zone": (
        "Ce fuseau horaire n'existe pas : mettez par exemple Europe/Paris.{near}",
        "There is no such time zone: set for instance Europe/Paris.{near}",
    ),
    "bad_time": (
        "Une heure est attendue : écrivez-la comme 06:00.",
        "A time of day is expected: write it as 06:00.",
    ),
    "token_short": (
        "Ce jeton est trop court pour être gardé secret : mettez au moins {limit} caractères tirés au hasard.",
        "This token is too short to stay secret: use at least {limit} random characters.",
    ),
    "lane_not_list": (
        "Chaque voie est une table à part : écrivez [[lane]], avec deux crochets.",
        "Each lane is a table of its own: write [[lane]], with two brackets.",
    ),
    "lane_name": (
        "Ce nom de voie n'est pas accepté : 32 lettres sans accent, chiffres ou tirets au plus.",
        "This lane name is not accepted: use at most 32 plain letters, digits or hyphens.",
    ),
    "lane_twice": (
        "Deux voies s'appellent « {key} » : donnez à chacune son nom.",
        'Two lanes are named "{key}": give each its own name.',
    ),
    "unknown_gateway": (
        "La passerelle « {key} » n'existe pas : choisissez parmi telegram, email, android, kannel, ovh, gammu.{near}",
        'There is no gateway "{key}": choose among telegram, email, android, kannel, ovh, gammu.{near}',
    ),
    "gateway_channel": (
        "La passerelle {gateway} ne sert pas le canal {channel} : mettez channel = {right}, ou une autre passerelle.",
        "Gateway {gateway} does not serve channel {channel}: set channel = {right}, or another gateway.",
    ),
    "address_missing": (
        "La passerelle {gateway} a besoin d'une adresse : ajoutez address.",
        "Gateway {gateway} needs an address: add address.",
    ),
    "address_url": (
        "Ce n'est pas l'adresse d'une passerelle {gateway} : écrivez-la en entier, par exemple https://machine.example.org:8080.",
        "This is not the address of a {gateway} gateway: write it in full, for instance https://host.example.org:8080.",
    ),
    "address_mail": (
        "Ce n'est pas l'adresse d'un relais : écrivez machine:port, par exemple relais.example.org:587.",
        "This is not a relay's address: write host:port, for instance relay.example.org:587.",
    ),
    "address_https": (
        "Les secrets de la passerelle {gateway} passeraient en clair : mettez une adresse en https.",
        "The secrets of gateway {gateway} would travel in clear: give an https address.",
    ),
    "folder_missing": (
        "Le dossier de {gateway} n'existe pas : créez-le, ou corrigez address (le dossier qui contient outbox, sent, error et inbox).",
        "The {gateway} folder does not exist: create it, or correct address (the folder that holds outbox, sent, error and inbox).",
    ),
    "practice_elsewhere": (
        "Une voie d'exercice reste sur cette machine : mettez une adresse en 127.0.0.1, ou network = live.",
        "A practice lane stays on this machine: give an address on 127.0.0.1, or set network = live.",
    ),
    "sender_missing": (
        "La passerelle {gateway} a besoin d'un expéditeur : ajoutez sender (numéro qui reçoit les réponses, nom, ou adresse e-mail).",
        "Gateway {gateway} needs a sender: add sender (a number that takes answers, a name, or an e-mail address).",
    ),
    "sender_mail": (
        "L'expéditeur d'une voie e-mail est une adresse : écrivez par exemple alerte@groupe.example.org.",
        "The sender of a mail lane is an address: write for instance alert@group.example.org.",
    ),
    "sender_number": (
        "Ce numéro d'expéditeur n'a pas de 3 à 15 chiffres : écrivez-le avec + et l'indicatif, ou le numéro court du compte.",
        "This sender number does not have 3 to 15 digits: write it with + and the country code, or the account's short number.",
    ),
    "sender_long": (
        "Un nom d'expéditeur a {limit} caractères au plus : raccourcissez-le.",
        "A sender name has at most {limit} characters: shorten it.",
    ),
    "sender_letters": (
        "Un nom d'expéditeur a des lettres sans accent, des chiffres et des espaces, dont une lettre au moins : corrigez-le.",
        "A sender name has plain letters, digits and spaces, and at least one letter: correct it.",
    ),
    "credential_missing": (
        "Cette passerelle a besoin de « {key} » : ajoutez {key}_file, avec le nom du fichier qui le contient.",
        'This gateway needs "{key}": add {key}_file, naming the file that holds it.',
    ),
    "secret_missing": (
        "Le fichier {path} n'existe pas : créez-le avec le secret sur une seule ligne.",
        "The file {path} does not exist: create it with the secret on one line.",
    ),
    "secret_not_a_file": (
        "{path} n'est pas un fichier de secret : donnez un fichier ordinaire, qui ne contient que le secret.",
        "{path} is not a secret's file: give an ordinary file that holds the secret and nothing else.",
    ),
    "secret_empty": (
        "Le fichier {path} est vide : mettez-y le secret sur une seule ligne.",
        "The file {path} is empty: put the secret into it on one line.",
    ),
    "secret_unreadable": (
        "Le fichier {path} ne peut pas être lu : donnez-en la lecture au compte du service (chmod 600, chown).",
        "The file {path} cannot be read: give the service's account the right to read it (chmod 600, chown).",
    ),
    "secret_writable": (
        "N'importe qui peut écrire dans {path} : retirez ce droit (chmod 600).",
        "Anybody can write to {path}: take that right away (chmod 600).",
    ),
    "secret_inline": (
        "Un secret n'est pas écrit dans ce fichier : mettez-le dans un fichier à lui et nommez-le par {key}_file.",
        "A secret is not written in this file: put it into a file of its own and name that with {key}_file.",
    ),
}

"""The sentences of mail relays, SMS routers and modems: set so that they cannot work, or at fault on the way."""

SENTENCES: dict[str, tuple[str, str]] = {
    "LaneMisset.mail_address": (
        "L'adresse de la voie « {lane} » n'est pas un relais : écrivez-la sous la forme relais.example.org:587.",
        'The address of lane "{lane}" is no relay: write it as relay.example.org:587.',
    ),
    "LaneMisset.mail_sender": (
        "L'expéditeur de la voie « {lane} » n'est pas une adresse e-mail : écrivez-la sans nom ni chevrons.",
        'The sender of lane "{lane}" is no mail address: write it without name or angle brackets.',
    ),
    "LaneMisset.mail_name": (
        "Le nom affiché (from_name) de la voie « {lane} » contient un caractère de contrôle : écrivez-le sur une ligne.",
        'The shown name (from_name) of lane "{lane}" holds a control character: write it on one line.',
    ),
    "LaneMisset.mail_return_path": (
        "L'adresse de retour de la voie « {lane} » ne peut pas servir : écrivez return_path comme rebond@example.org, sans accent.",
        'The return address of lane "{lane}" cannot serve: write return_path as bounce@example.org, without accents.',
    ),
    "LaneMisset.mail_starttls": (
        "L'option starttls de la voie « {lane} » n'existe pas sous cette forme : choisissez parmi {choices}.",
        'There is no such starttls option for lane "{lane}": choose one of {choices}.',
    ),
    "LaneMisset.mail_password": (
        "La voie « {lane} » a un nom d'utilisateur sans mot de passe, ou l'inverse : donnez les deux, ou aucun.",
        'Lane "{lane}" has a user name without a password, or a password without a user name: give both, or neither.',
    ),
    "LaneMisset.mail_clear": (
        'Le mot de passe de la voie « {lane} » passerait en clair sur le réseau : mettez starttls = "required" ou "implicit".',
        'The password of lane "{lane}" would cross the network in clear: set starttls = "required" or "implicit".',
    ),
    "LaneMisset.imap_address": (
        "L'option imap de la voie « {lane} » n'est pas un serveur : écrivez-la sous la forme imap.example.org:993.",
        'The option imap of lane "{lane}" is no server: write it as imap.example.org:993.',
    ),
    "LaneMisset.imap_tls": (
        "L'option imap_tls de la voie « {lane} » n'existe pas sous cette forme : choisissez parmi {choices}.",
        'There is no such imap_tls option for lane "{lane}": choose one of {choices}.',
    ),
    "LaneMisset.imap_password": (
        "La boîte aux lettres de la voie « {lane} » n'a pas ses accès : donnez imap_username et imap_password_file dans credentials.",
        'The mailbox of lane "{lane}" lacks its credentials: give imap_username and imap_password_file in credentials.',
    ),
    "LaneMisset.imap_clear": (
        'Le mot de passe de la boîte aux lettres de la voie « {lane} » passerait en clair : mettez imap_tls = "implicit" ou "required".',
        'The mailbox password of lane "{lane}" would cross the network in clear: set imap_tls = "implicit" or "required".',
    ),
    "LaneMisset.imap_elsewhere": (
        "La voie d'exercice « {lane} » lirait une vraie boîte aux lettres : mettez imap sur 127.0.0.1, ou retirez-le.",
        'The practice lane "{lane}" would read a real mailbox: set imap to 127.0.0.1, or remove it.',
    ),
    "LaneMisset.imap_reply_to": (
        "L'adresse de réponse de la voie « {lane} » ne peut pas servir : écrivez reply_to comme reponse@example.org, 27 signes au plus avant @.",
        'The reply address of lane "{lane}" cannot serve: write reply_to as reply@example.org, with at most 27 characters before the @.',
    ),
    "LaneMisset.hook_url": (
        "L'option hook_url de la voie « {lane} » doit être l'adresse http de nos appels entrants, sans ? ni % : .../hooks/{lane}.",
        'The option hook_url of lane "{lane}" must be the http address of our hooks, without ? or %: .../hooks/{lane}.',
    ),
    "LaneMisset.hook_secret": (
        "Le secret hook_secret de la voie « {lane} » ne convient pas : au moins 16 lettres sans accent, chiffres, - ou _.",
        'The hook_secret of lane "{lane}" will not do: at least 16 plain letters, digits, - or _.',
    ),
    "LaneMisset.spool_missing": (
        "Le dossier {path} de la voie « {lane} » n'existe pas : créez inbox, outbox, sent et error dans le dossier de gammu-smsd.",
        'The folder {path} of lane "{lane}" does not exist: make inbox, outbox, sent and error in the folder of gammu-smsd.',
    ),
    "LaneMisset.spool_denied": (
        "Le dossier {path} de la voie « {lane} » ne peut pas être écrit : donnez-nous le groupe de gammu-smsd et ses droits.",
        'The folder {path} of lane "{lane}" cannot be written: give us the group of gammu-smsd and its rights.',
    ),
    # why a lane sends nothing (lane.alarm): its fault, and the first word that its last attempt left
    "lane.unreachable.certificate_untrusted": (
        "son certificat n'est pas reconnu, rien n'est parti : donnez celui de votre autorité dans ca_file, ou le bon nom d'hôte",
        "its certificate is not trusted, nothing was sent: name your authority's in ca_file, or the right host name",
    ),
    "lane.unreachable.starttls_missing": (
        "le relais ne propose pas STARTTLS, rien n'est parti : activez-le sur le relais, ou passez par le port 465",
        "the relay offers no STARTTLS, nothing was sent: enable it on the relay, or use port 465",
    ),
    "lane.credentials.auth_missing": (
        "le relais ne demande pas de mot de passe sur ce port : vérifiez le port (587 ou 465), ou retirez username et password",
        "the relay asks for no password on this port: check the port (587 or 465), or remove username and password",
    ),
    "lane.credentials.auth_method": (
        "le relais ne connaît aucune de nos façons de donner un mot de passe : autorisez PLAIN ou LOGIN sur le relais",
        "the relay knows none of our ways to give a password: allow PLAIN or LOGIN on the relay",
    ),
    "lane.unreachable.spool_missing": (
        "le dossier de gammu-smsd a disparu, rien n'est parti : remettez inbox, outbox, sent et error",
        "the folder of gammu-smsd is gone, nothing was sent: put inbox, outbox, sent and error back",
    ),
    "lane.unreachable.spool_denied": (
        "le dossier de gammu-smsd ne peut plus être écrit, rien n'est parti : rendez-nous les droits d'écriture",
        "the folder of gammu-smsd can no longer be written, nothing was sent: give us the right to write back",
    ),
    "lane.unreachable.disk_full": (
        "le disque de gammu-smsd est plein, rien n'est parti : videz le dossier sent, ou faites de la place",
        "the disk of gammu-smsd is full, nothing was sent: empty the sent folder, or make room",
    ),
}

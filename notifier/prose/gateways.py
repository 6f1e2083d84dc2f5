"""The sentences of lanes that cannot work as they are set (``LaneMisset`` of the rooms), to French and English."""

SENTENCES: dict[str, tuple[str, str]] = {
    "LaneMisset.secret_missing": (
        "Il manque « {key} » à la voie « {lane} » : ajoutez {key}_file dans ses credentials, avec le nom du fichier qui le contient.",
        'Lane "{lane}" lacks "{key}": add {key}_file to its credentials, naming the file that holds it.',
    ),
    "LaneMisset.option_missing": (
        "Il manque l'option « {key} » à la voie « {lane} » : ajoutez-la sous [lane.options] (notifier.example.toml la montre).",
        'Lane "{lane}" lacks the option "{key}": add it under [lane.options] (notifier.example.toml shows it).',
    ),
    "LaneMisset.option_number": (
        "L'option « {key} » de la voie « {lane} » n'est pas un nombre acceptable : écrivez-la en chiffres, plus grande que zéro.",
        'The option "{key}" of lane "{lane}" is no acceptable number: write it in digits, above zero.',
    ),
    "LaneMisset.ca_file": (
        "Le certificat {path} de la voie « {lane} » ne peut pas être lu : donnez un fichier PEM lisible dans ca_file.",
        'The certificate {path} of lane "{lane}" cannot be read: name a readable PEM file in ca_file.',
    ),
    "LaneMisset.address_inward": (
        "L'adresse de la voie « {lane} » mène là où aucun prestataire n'est ({host}) : écrivez son nom, comme il le donne lui-même.",
        'The address of lane "{lane}" leads where no provider is ({host}): write its name, as it gives it itself.',
    ),
    "LaneMisset.telegram_token": (
        "Le jeton de la voie « {lane} » n'en est pas un : recopiez celui que BotFather a donné, en entier.",
        'The token of lane "{lane}" is none: copy the one BotFather gave, whole.',
    ),
    "LaneMisset.sender_digits": (
        "La voie « {lane} » passe par un téléphone, son expéditeur « {sender} » doit être son numéro : écrivez-le en chiffres.",
        'Lane "{lane}" goes by a telephone, its sender "{sender}" must be its number: write it in digits.',
    ),
}

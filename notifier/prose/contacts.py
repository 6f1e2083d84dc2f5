"""Contacts and their import: code to (French, English)."""

SENTENCES: dict[str, tuple[str, str]] = {
    "import.toml": (
        "le fichier n'est plus du TOML à la ligne {line} : rétablissez les guillemets et les crochets.",
        "the file is no TOML at line {line}: restore its quotes and brackets.",
    ),
    "import.no_clinic": ("aucune clinique : ajoutez une table [[clinic]].", "no clinic: add a [[clinic]] table."),
    "import.clinic_twice": (
        "« {value} » y est deux fois : chaque code et chaque nom court est unique.",
        "“{value}” is there twice: each code and each short name is unique.",
    ),
    "import.list": (
        "liste absente : écrivez {column} = [\"…\"], ou {column} = [] s'il n'y en a pas.",
        'no list: write {column} = ["…"], or {column} = [] if there are none.',
    ),
    "import.domain": (
        "ce n'est pas un domaine de messagerie : écrivez kerlic.example, sans arobase.",
        "this is no mail domain: write kerlic.example, without an at sign.",
    ),
    "import.range": (
        "ce n'est pas un début de numéro international : écrivez +3335301 par exemple.",
        "this is no beginning of an international number: write +3335301 for one.",
    ),
    "import.not_gsm": (
        "ces signes ne passent pas en SMS : écrivez-le en lettres simples.",
        "these characters do not fit an SMS: write it in plain letters.",
    ),
    "import.staffed_in_band": (
        "ce numéro passe par le standard de l'établissement, qui tombe avec lui : donnez une ligne extérieure.",
        "this number goes through the hospital's exchange, which falls with it: give an outside line.",
    ),
    "import.need": (
        "besoins illisibles : écrivez need = {{ jour = 6, nuit = 4 }}.",
        "unreadable needs: write need = {{ jour = 6, nuit = 4 }}.",
    ),
    "import.second": (
        "deuxième fichier pour la même clinique, après {other} : gardez-en un seul par import.",
        "a second file for the same clinic, after {other}: keep one per import.",
    ),
    "import.twice": (
        "ce matricule est déjà ligne {first} : gardez une seule ligne, ou changez le matricule.",
        "this id is in row {first} already: keep one row, or change the id.",
    ),
    "import.zeros": (
        "matricule connu avec des zéros devant, qu'Excel a retirés : mettez la colonne au format Texte et remettez-les.",
        "this id is known with zeros in front, which Excel took off: format the column as Text and put them back.",
    ),
    "import.cells": (
        "plus de cases que l'en-tête : mettez entre guillemets la case qui contient un séparateur.",
        "more cells than the header: put quotes around the cell that holds a separator.",
    ),
    "import.formula": (
        "formule en erreur : corrigez la formule, ou écrivez la valeur.",
        "the formula failed: correct the formula, or write the value.",
    ),
    "import.role": (
        "trop long : écrivez un code d'au plus {longest} signes (IDE, AS, CADRE…).",
        "too long: write a code of at most {longest} characters (IDE, AS, CADRE…).",
    ),
    "import.empty": ("vide : remplissez cette case.", "empty: fill this cell."),
    "import.long": ("trop long : {longest} signes au plus.", "too long: {longest} characters at most."),
    "import.no_rows": ("feuille vide : ajoutez l'en-tête et les lignes.", "empty sheet: add its header and rows."),
    "import.no_column": (
        "colonne « {column} » absente : ajoutez-la à l'en-tête de la première feuille.",
        "column “{column}” is missing: add it to the header of the first sheet.",
    ),
    "import.column_twice": (
        "colonne « {column} » en double : gardez-en une.",
        "column “{column}” is there twice: keep one.",
    ),
    "import.yes_no": ("répondez oui ou non, ou laissez vide.", "answer yes or no, or leave it empty."),
    "import.service": (
        "service inconnu de cette clinique ; connus : {known}.",
        "this clinic has no such service; known: {known}.",
    ),
    "import.status": ("statut inconnu ; connus : {known}.", "unknown status; known: {known}."),
    "import.travel": ("bande de trajet inconnue ; connues : <30, 30-60, >60.", "unknown travel band; known: <30, 30-60, >60."),
    "import.language": ("langue inconnue ; connues : fr, en.", "unknown language; known: fr, en."),
    "import.chat": (
        "ce n'est pas un identifiant Telegram : des chiffres seulement (colonne au format Texte), ou laissez vide.",
        "this is no Telegram id: digits only (column formatted as Text), or leave it empty.",
    ),
    "import.phone": (
        "ce n'est pas un numéro de téléphone : un seul par case, écrit 06 39 98 00 12 ou +33639980012 (colonne au format Texte).",
        "this is no phone number: one a cell, written 06 39 98 00 12 or +33639980012 (column formatted as Text).",
    ),
    "import.mail": (
        "ce n'est pas une adresse e-mail : vérifiez l'arobase et le domaine.",
        "this is no e-mail address: check the at sign and the domain.",
    ),
    "import.slot": ("type inconnu ; connus : {known}.", "unknown type; known: {known}."),
    "import.moment": ("date illisible : écrivez 23/11/2026 07:00.", "unreadable date: write 23/11/2026 07:00."),
    "import.order": (
        "la fin précède le début : corrigez l'une des deux.",
        "the end is before the start: correct one of the two.",
    ),
    "import.stranger": (
        "matricule inconnu de cette clinique : importez d'abord la personne, ou corrigez le matricule.",
        "unknown id in this clinic: import the person first, or correct the id.",
    ),
    "import.with_person": (
        "la ligne de cette personne est à corriger : importez-la d'abord.",
        "this person's own row is to be corrected: import it first.",
    ),
    "import.stamp": (
        "date du planning illisible : écrivez # établi le 23/11/2026 07:00.",
        "unreadable date of the plan: write # établi le 23/11/2026 07:00.",
    ),
    "import.ahead": (
        "planning daté du futur, compté comme établi à l'instant : vérifiez sa date et l'horloge.",
        "the plan's date is ahead, it counts as made just now: check its date and the clock.",
    ),
    "import.ignored": (
        "colonne « {column} » inconnue, laissée de côté : renommez-la si elle compte.",
        "unknown column “{column}”, left aside: rename it if it matters.",
    ),
    "import.landline": ("fixe, conservé, pas de SMS.", "landline, kept, no SMS."),
    "import.no_way": (
        "aucun moyen hors de l'établissement : demandez un mobile ou un e-mail personnel, sinon prévoyez un appel à la main.",
        "no way outside the hospital: ask for a mobile or a private e-mail address, or plan a call by hand.",
    ),
    "import.shared": (
        "aussi chez {other} : chacun recevra ses messages et une réponse par SMS sera lue à la main ; vérifiez la recopie.",
        "{other} has it too: each gets messages, and an answer by SMS is read by a human; check for a slip in copying.",
    ),
    "import.moved": (
        "même matricule et même nom qu'à {clinic}, où il n'est plus : la personne change de clinique.",
        "same id and name as at {clinic}, which names it no more: the person changes clinic.",
    ),
    "import.elsewhere": (
        "même matricule et même nom qu'à {clinic} : les deux fiches restent ; pour une mutation, importez les deux cliniques ensemble.",
        "same id and name as at {clinic}: both records stay; for a move, import the two clinics together.",
    ),
    "import.moved_shift": (
        "plage d'une personne passée à une autre clinique, laissée de côté : mettez-la dans le planning de celle-ci.",
        "stretch of a person who has moved to another clinic, left aside: put it into that clinic's plan.",
    ),
    "import.caught": (
        "{count} {count:adresse connue passe|adresses connues passent} désormais par le réseau de l'établissement : {count:elle ne servira|elles ne serviront} plus.",
        "{count} known addresses now belong to the hospital's own network: they are not used any more.",
    ),
    "import.orphans": (
        "{count} {count:personne connue est|personnes connues sont} du service {service} de {clinic}, qui n'y est plus : remettez-le, ou changez leur service.",
        "{count} known people belong to service {service} of {clinic}, which is gone: put it back, or change their service.",
    ),
    "import.no_group": (
        "aucune clinique n'est encore connue : importez le dossier qui contient group.toml.",
        "no clinic is known yet: import the folder that holds group.toml.",
    ),
    "BadImport.files": (
        "L'import est refusé et rien n'a été changé, {count} erreur(s) que --skip-bad ne laisse pas de côté : corrigez ce qui suit.",
        "The import is refused and nothing was changed, {count} error(s) that --skip-bad does not leave aside: correct what follows.",
    ),
    "import.file_name": (
        "aucune clinique ne porte ce nom ; nommez le fichier d'après un code connu ({known}), par exemple KER.csv.",
        "no clinic has this name; name the file after a known code ({known}), KER.csv for one.",
    ),
    "import.diff": (
        "{unchanged} {unchanged:inchangé|inchangés} · {changed} {changed:modifié|modifiés} · {added} {added:ajouté|ajoutés} · {absent} {absent:absent, conservé|absents, conservés}",
        "{unchanged} unchanged · {changed} changed · {added} added · {absent} absent, kept",
    ),
    "import.more": (
        "{clinics} {clinics:clinique|cliniques} · {shifts} {shifts:plage|plages} de planning · {landlines} {landlines:fixe|fixes} (pas de SMS) · "
        "{in_band} {in_band:adresse de l'établissement (jamais utilisée)|adresses de l'établissement (jamais utilisées)} · {unreachable} {unreachable:personne|personnes} sans moyen hors de l'établissement",
        "{clinics} {clinics:clinic|clinics} · {shifts} planned {shifts:stretch|stretches} · {landlines} {landlines:landline|landlines} (no SMS) · "
        "{in_band} in-band addresses (never used) · {unreachable} people without an out-of-band channel",
    ),
    "import.correction": (
        "Lignes à corriger écrites dans {path} : corrigez-les, puis importez ce fichier.",
        "Rows to correct written to {path}: correct them, then import that file.",
    ),
    "import.skippable": (
        "{count} {count:ligne à corriger : elle serait laissée de côté et écrite|lignes à corriger : elles seraient laissées de côté et écrites} dans un fichier à corriger.",
        "{count} {count:row to correct: it|rows to correct: they} would be left aside and written to a correction file.",
    ),
    "import.looked_for": (
        "Pour la liste des lignes : notifier import --dry-run.",
        "For the list of rows: notifier import --dry-run.",
    ),
    "import.rest": ("… et {count} autres.", "… and {count} more."),
    "import.column.clinic": ("clinique", "clinic"),
    "import.column.unchanged": ("inchangés", "unchanged"),
    "import.column.changed": ("modifiés", "changed"),
    "import.column.added": ("ajoutés", "added"),
    "import.column.absent": ("absents, conservés", "absent, kept"),
    "import.column.shifts": ("plages", "stretches"),
    "import.dry": ("Essai à blanc : rien n'a été écrit.", "Dry run: nothing was written."),
    "NotUndone": (
        "L'import ne peut pas être annulé, rien n'a été changé : corrigez le fichier et importez-le de nouveau.",
        "The import cannot be undone, nothing was changed: correct the file and import it again.",
    ),
    "NotUndone.none": (
        "Aucun import à annuler, rien n'a été changé : seul le dernier s'annule, une fois, et tant que personne n'a été effacé depuis.",
        "No import to undo, nothing was changed: only the newest can be, once, and while nobody has been erased since.",
    ),
    "NotUndone.changed": (
        "Quelqu'un a changé depuis cet import (inscription, langue, compte), rien n'a été annulé : corrigez le fichier et importez-le de nouveau.",
        "Somebody has changed since that import (enrolment, language, account), nothing was undone: correct the file and import it again.",
    ),
    "NotUndone.called": (
        "Une personne venue par cet import a été appelée depuis, rien n'a été annulé : corrigez le fichier et importez-le de nouveau.",
        "Somebody who came with that import has been called since, nothing was undone: correct the file and import it again.",
    ),
    "import.undo.ask": (
        "Remettre les contacts et le planning comme avant le dernier import ?",
        "Put contacts and duty plan back as they were before the newest import?",
    ),
    "import.undone": (
        "Import annulé : {changed} {changed:personne comme avant|personnes comme avant}, {removed} {removed:retirée|retirées}.",
        "Import undone: {changed} {changed:person as before|people as before}, {removed} {removed:removed|removed}.",
    ),
    "import.done": ("Contacts importés.", "Contacts imported."),
    "UnreadableFile.large": (
        "« {path} » dépasse 5 Mo : découpez-le, rien n'a été importé.",
        "“{path}” is over 5 MB: split it, nothing was imported.",
    ),
    "UnreadableFile.bomb": (
        "« {path} » se décompresse au-delà du raisonnable : enregistrez-le en CSV, rien n'a été importé.",
        "“{path}” inflates beyond reason: save it as CSV, nothing was imported.",
    ),
    "UnreadableFile.kind": (
        "« {path} » n'est ni un CSV ni un XLSX : enregistrez-le dans l'un des deux, rien n'a été importé.",
        "“{path}” is neither CSV nor XLSX: save it as one of them, nothing was imported.",
    ),
    "UnreadableFile.encoding": (
        "« {path} » n'est ni en UTF-8 ni en Windows-1252 : enregistrez-le en UTF-8, rien n'a été importé.",
        "“{path}” is neither UTF-8 nor Windows-1252: save it as UTF-8, nothing was imported.",
    ),
    "UnreadableFile.rows": (
        "« {path} » a plus de 100 000 lignes : découpez-le, rien n'a été importé.",
        "“{path}” has more than 100,000 rows: split it, nothing was imported.",
    ),
    "UnreadableFile.columns": (
        "« {path} » a plus de 1 000 colonnes : supprimez les colonnes vides, rien n'a été importé.",
        "“{path}” has more than 1,000 columns: delete the empty ones, nothing was imported.",
    ),
    "UnreadableFile.no_sheet": (
        "« {path} » ne contient ni CSV, ni XLSX, ni group.toml : indiquez le dossier des contacts.",
        "“{path}” holds no CSV, XLSX or group.toml: name the folder of the contacts.",
    ),
    "UnreadableFile.missing": (
        "« {path} » n'existe pas : vérifiez le nom et le dossier.",
        "“{path}” does not exist: check its name and folder.",
    ),
    "UnreadableFile.permission": (
        "« {path} » ne s'ouvre pas : vérifiez ses droits.",
        "“{path}” does not open: check its permissions.",
    ),
    "UnreadableFile.folder": (
        "« {path} » ne peut pas être écrit, rien n'a été importé : ouvrez le dossier en écriture ou copiez les fichiers ailleurs.",
        "“{path}” cannot be written, nothing was imported: make the folder writable or copy the files elsewhere.",
    ),
    "UnreadableFile.key": (
        "« {path} » n'est pas une clé de notifier : remettez la copie de sauvegarde.",
        "“{path}” is no key of notifier: put the saved copy back.",
    ),
}

"""django-post_office on SQLite (WAL, synchronous=FULL): queued in one call, sent by its own command's function, by SMTP."""

import json
import sys
import tempfile
import time
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

SINK, COUNT = sys.argv[1], int(sys.argv[3])
HOST, _, PORT = SINK.rpartition(":")
FOLDER = tempfile.TemporaryDirectory()
LITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": str(Path(FOLDER.name) / "mail.db"),
    "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"},
}
settings.configure(
    DATABASES={"default": LITE},
    INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
    EMAIL_BACKEND="post_office.EmailBackend",
    EMAIL_HOST=HOST,
    EMAIL_PORT=int(PORT),
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    TEMPLATES=[
        {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True},
        {"BACKEND": "post_office.template.backends.post_office.PostOfficeTemplates", "APP_DIRS": True, "OPTIONS": {}},
    ],
    POST_OFFICE={
        "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
        "BATCH_SIZE": 500,
        "THREADS_PER_PROCESS": 8,
        "LOG_LEVEL": 0,
        "CELERY_ENABLED": False,
        "MAX_RETRIES": 0,
    },
)
django.setup()
call_command("migrate", verbosity=0)

from post_office import mail  # noqa: E402 - Django's models want its settings first
from post_office.models import STATUS, Email  # noqa: E402

from benchmarks.letter import TEXT  # noqa: E402

if __name__ == "__main__":
    began, worked = time.perf_counter(), time.process_time()
    mail.send_many(
        [
            {
                "recipients": [f"agent{number}@example.org"],
                "sender": "alerte@hgx.example",
                "subject": "HGX1-01",
                "message": TEXT,
                "priority": "medium",
            }
            for number in range(COUNT)
        ]
    )
    while Email.objects.filter(status=STATUS.queued).exists():
        mail.send_queued(processes=1)
    passed, worked = time.perf_counter() - began, time.process_time() - worked
    sent = Email.objects.filter(status=STATUS.sent).count()
    print(json.dumps({"rate": sent / passed, "cpu": worked * 1000 / max(1, sent)}))

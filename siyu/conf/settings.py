"""Django's settings, filled from `env.Env`."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import plotly
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from siyu.conf.env import Env, secret

SIYU = Env()
HOME = SIYU.home
BASE = Path(__file__).resolve().parent.parent
SECRET_KEY = secret(HOME)
DEBUG = SIYU.debug
ALLOWED_HOSTS = SIYU.hosts.split(",")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "ninja",
    "rules",
    "auditlog",
    "siyu.core.eventlog",
    "siyu.core.team",
    "siyu.core.people",
    "siyu.core.ledger",
    "siyu.core.links",
    "siyu.core.insight",
    "siyu.core.outreach",
    "siyu.features.traffic",
    "siyu.features.commerce",
    "siyu.features.loyalty",
    "siyu.interfaces.console",
    "siyu.interfaces.pages",
    "siyu.interfaces.connectors.outbox",
    "siyu.interfaces.connectors.email",
    "siyu.interfaces.connectors.web_push",
    "siyu.interfaces.connectors.hooks",
    "siyu.interfaces.connectors.payments",
]
AUTH_USER_MODEL = "team.Operator"
AUTHENTICATION_BACKENDS = ["rules.permissions.ObjectPermissionBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "console:sign-in"
LOGIN_REDIRECT_URL = "console:home"

MIDDLEWARE = [
    "siyu.interfaces.api.ingest.standing.Within",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "siyu.interfaces.console.middleware.Trail",
    "siyu.interfaces.console.middleware.Files",
]
ROOT_URLCONF = "siyu.conf.urls"
WSGI_APPLICATION = "siyu.conf.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "siyu.interfaces.console.navigation.frame",
            ],
        },
    },
    {
        # members' pages know nothing of operators
        "NAME": "pages",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE / "interfaces" / "pages" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "siyu.interfaces.pages.frame.frame",
            ],
        },
    },
]
CSRF_FAILURE_VIEW = "siyu.conf.errors.forged"


def _sqlite(name: str) -> dict:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": HOME / f"{name}.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # FULL: what was answered with 200 survives a power cut
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; "
            "PRAGMA secure_delete=ON;",
        },
        # a new connection reads the names of all tables first, which takes ten times as long as most questions
        "CONN_MAX_AGE": 60,
        "TEST": {"NAME": HOME / f"test-{name}.sqlite3"},
    }


def _postgresql(url: str) -> dict:
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": {"pool": False},
        "CONN_MAX_AGE": 60,
    }


# Two files on SQLite, so that a small web write never waits behind the other's transactions; one database elsewhere.
DATABASES = (
    {"default": _postgresql(SIYU.database_url)}
    if SIYU.database_url
    else {"default": _sqlite("state"), "landing": _sqlite("landing")}
)
LANDING = "landing" if "landing" in DATABASES else "default"
DATABASE_ROUTERS = ["siyu.core.eventlog.routing.LandingRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_TZ = True
TIME_ZONE = SIYU.zone
LANGUAGE_CODE = SIYU.language
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE / "locale"]

STATIC_URL = "static/"
STATICFILES_DIRS = [("plotly", Path(plotly.__file__).parent / "package_data")]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_TEMP_DIR = HOME / "imports" / "arriving"
FILE_UPLOAD_HANDLERS = [
    "siyu.interfaces.console.uploading.Bounded",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]


def _smtp(url: str) -> dict:
    parts = urlsplit(url)
    safe = parts.scheme == "smtps"
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname or "localhost",
            "port": parts.port or (465 if safe else 587),
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_ssl": safe,
            "use_tls": not safe and parts.hostname not in ("localhost", "127.0.0.1"),
            "timeout": 10,
        },
    }


MAILERS = {"default": _smtp(SIYU.mail)} if SIYU.mail else {}
DEFAULT_FROM_EMAIL = SIYU.mail_from

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SIYU.secure
SECURE_HSTS_SECONDS = 31_536_000 if SIYU.secure else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SIYU.secure else None
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:", "blob:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}

# What of the tables' own history the audit trail keeps. Progress of an import is no deed.
AUDITLOG_INCLUDE_TRACKING_MODELS: list[str | dict] = [
    {
        "model": "team.Operator",
        "include_fields": ["username", "first_name", "password", "is_superuser", "is_active"],
        "mask_fields": ["password"],
        "m2m_fields": ["groups"],
    },
    {"model": "team.ApiKey", "exclude_fields": ["used_at"], "mask_fields": ["digest"]},
    {"model": "people.TagGroup"},
    {"model": "people.Tag"},
    {"model": "insight.Audience"},
    {"model": "insight.Snapshot"},
    {"model": "insight.TagRule", "exclude_fields": ["applied_at", "error"]},
    *(
        {"model": f"traffic.{name}"}
        for name in ("Platform", "Channel", "Placement", "Campaign", "Rule", "Terms", "Subscription")
    ),
    {"model": "loyalty.CheckInProgramme"},
    {"model": "loyalty.Task"},
    {"model": "loyalty.Badge"},
    {"model": "loyalty.LevelScheme"},
    {"model": "links.Link", "exclude_fields": ["digest", "changed_at"], "mask_fields": ["password"]},
    {"model": "links.Code", "exclude_fields": ["digest", "changed_at", "full_at"]},
    {"model": "links.Domain"},
    {"model": "outreach.Cap"},
    {"model": "outreach.QuietHours"},
    {"model": "insight.Round", "include_fields": ["month", "category", "as_of"]},
    {"model": "eventlog.ImportRun", "include_fields": ["kind", "source", "file", "finished_at", "error"]},
]
AUDITLOG_MASK_CALLABLE = "siyu.core.team.trail.masked"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"siyu": {"level": "INFO"}},
}

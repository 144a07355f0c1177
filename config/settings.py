"""One settings module: every difference between two sites is an environment variable.

The README lists them with their defaults. Nonsense stops the start with a sentence.
"""

import secrets
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

# Lets `ModelForm[Page]` and the like stand in annotations and base classes at run time too.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"

env = Env()
try:
    DEBUG = env.bool("DEBUG", False)
    TESTING = env.bool("LAUREL_TESTING", False)
    VAR = Path(env.str("VAR_DIR", "") or BASE_DIR / "var")
    SITE_URL = env.str("SITE_URL", f"http://localhost:{env.int('PORT', 8000)}").rstrip("/")
    REDIS_URL = env.str("REDIS_URL", "")
    DATABASE_URL = env.str("DATABASE_URL", "") or f"sqlite:///{VAR / 'laurel.sqlite3'}"
    DATABASE = env.dj_db_url("DATABASE_URL", DATABASE_URL)
    DATABASE_POOL = env.int("DATABASE_POOL", 8)
    SECRET_KEY = env.str("SECRET_KEY", "")
    MEDIA_ROOT = Path(env.str("MEDIA_ROOT", "") or VAR / "media")
    EXTRA_HOSTS: list[str] = env.list("ALLOWED_HOSTS", [])
    EMAIL_URL = env.str("EMAIL_URL", "")
    EMAIL = env.dj_email_url("EMAIL_URL") if EMAIL_URL else {}
    DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Laurel <laurel@localhost>")
    LOG_LEVEL = env.str("LOG_LEVEL", "INFO").upper()
    FETCH_ALLOW: list[str] = env.list("FETCH_ALLOW", [])
    ADDED_HOSTS: list[str] = env.list("SOURCE_HOSTS", [])
    REQUIRE_STAFF_MFA = env.bool("REQUIRE_STAFF_MFA", True)
    SIGNUP_OPEN = env.bool("SIGNUP_OPEN", True)
    BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
    LEASE_SECONDS = env.int("LEASE_SECONDS", 30)
    IMPORT_WIDTH = env.int("IMPORT_WIDTH", 32)
    REQUESTS_PER_HOST = env.int("REQUESTS_PER_HOST", 4)
    SWEEP_SECONDS = env.int("SWEEP_SECONDS", 5)
    SIGNING_CERTIFICATE = env.str("SIGNING_CERTIFICATE", "")
    SIGNING_PASSPHRASE = env.str("SIGNING_PASSPHRASE", "")
    TIME_ZONE = ZoneInfo(env.str("TIME_ZONE", "UTC")).key
    DEMO_DOCUMENTS = env.str("DEMO_DOCUMENTS", "-")
    STATIC_HASHED = env.bool("STATIC_HASHED", not (DEBUG or TESTING))
except ZoneInfoNotFoundError as error:
    raise ImproperlyConfigured(f"TIME_ZONE must look like Europe/Lisbon: {error}") from error
except (EnvError, ValueError) as error:
    raise ImproperlyConfigured(f"An environment variable makes no sense: {error}") from error

site = urlsplit(SITE_URL)
if site.scheme not in {"http", "https"} or not site.hostname or site.path or site.query:
    raise ImproperlyConfigured(
        f"SITE_URL must look like https://badges.example.org, without a path. It is {SITE_URL!r}."
    )
LOCAL = site.hostname in {"localhost", "127.0.0.1", "::1"}
if DEMO_DOCUMENTS == "-":
    # On somebody's own machine the demo's issuers, at names that nobody can own, answer from here.
    DEMO_DOCUMENTS = str(VAR / "demo" / "documents") if LOCAL else ""
HTTPS = site.scheme == "https"
if REDIS_URL and urlsplit(REDIS_URL).scheme not in {"redis", "rediss", "unix"}:
    raise ImproperlyConfigured("REDIS_URL must start with redis://, rediss:// or unix://.")
if FETCH_ALLOW and not (DEBUG or TESTING):
    raise ImproperlyConfigured(
        "FETCH_ALLOW opens private addresses to the fetcher. It is for development and tests: "
        "set DEBUG=1 with it, or leave it out."
    )
# More hosts of a platform: `reader:host`, or `reader:host=api-host` where programs ask another one.
SOURCE_HOSTS: dict[str, dict[str, str]] = {}
for entry in ADDED_HOSTS:
    reader, colon, hosts = entry.strip().lower().partition(":")
    page_host, _equals, api_host = hosts.partition("=")
    if not colon or not reader or not page_host:
        raise ImproperlyConfigured(
            f"SOURCE_HOSTS: {entry!r} must be reader:host or reader:host=api-host, such as "
            "badgr:badges.school.example=api.school.example."
        )
    SOURCE_HOSTS.setdefault(reader, {})[page_host] = api_host or page_host
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
    raise ImproperlyConfigured("LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR.")
if not 5 <= LEASE_SECONDS <= 600 or not 1 <= SWEEP_SECONDS <= 600:
    raise ImproperlyConfigured("LEASE_SECONDS must be 5 to 600, SWEEP_SECONDS 1 to 600.")

if not 1 <= IMPORT_WIDTH <= 200 or not 1 <= REQUESTS_PER_HOST <= 200:
    raise ImproperlyConfigured("IMPORT_WIDTH and REQUESTS_PER_HOST must be 1 to 200.")

if not SECRET_KEY:
    # One machine may keep its own key. Several processes that share a broker must be told the
    # same one, or sessions and signed links would hold on one of them only.
    if REDIS_URL and not DEBUG:
        raise ImproperlyConfigured("SECRET_KEY is needed as soon as REDIS_URL is set.")
    VAR.mkdir(parents=True, exist_ok=True)
    key_file = VAR / "secret_key"
    try:
        with key_file.open("x") as out:
            key_file.chmod(0o600)
            out.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    SECRET_KEY = key_file.read_text()
if len(SECRET_KEY) < 32:
    raise ImproperlyConfigured("SECRET_KEY must have at least 32 characters.")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])

ALLOWED_HOSTS = [site.hostname, *EXTRA_HOSTS]
if not HTTPS:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1

INSTALLED_APPS = [
    "accounts",
    "badges",
    "portfolio",
    "config.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.permissions_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.chosen_language",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"lucide": "config.icons"},
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Data ------------------------------------------------------------------------------------

DATABASES = {"default": DATABASE}
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    Path(DATABASE["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    # IMMEDIATE takes the write lock when a transaction starts: a read-then-write transaction that
    # has to upgrade its lock fails at once, timeout or not.
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA busy_timeout=20000;"
            "PRAGMA cache_size=-32000;PRAGMA journal_size_limit=67108864;PRAGMA temp_store=MEMORY;"
        ),
    }
elif DATABASE["ENGINE"] == "django.db.backends.postgresql":
    DATABASE["CONN_HEALTH_CHECKS"] = True
    if DATABASE_POOL:
        DATABASE["OPTIONS"] = {
            **DATABASE.get("OPTIONS", {}),
            "pool": {"min_size": 0, "max_size": DATABASE_POOL, "timeout": 10},
        }
else:
    raise ImproperlyConfigured("DATABASE_URL must be a sqlite:// or a postgres:// address.")

CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
    )
}
STORAGES = {
    "default": {
        "BACKEND": "config.storage.DurableFileSystemStorage",
        "OPTIONS": {"location": str(MEDIA_ROOT), "base_url": None},
    },
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if STATIC_HASHED
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = not STATIC_HASHED
# Else every new client of a test would first look at each of the 250 static files.
WHITENOISE_AUTOREFRESH = not STATIC_HASHED
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 200

# --- Work ------------------------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        "visibility_timeout": 900,  # above the hard time limit, or a slow task starts twice
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
        "socket_timeout": 10,
        "health_check_interval": 25,
        "global_keyprefix": "laurel:",
    }
else:
    for folder in ("queue", "control"):
        (VAR / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT = "config.broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR / "queue"),
        "data_folder_out": str(VAR / "queue"),
        "control_folder": str(VAR / "control"),
        "polling_interval": 0.2,
    }
# Progress and results are rows: a result backend would be a second truth.
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat-schedule")
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- People ----------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "badges:backpack"
ACCOUNT_LOGOUT_REDIRECT_URL = "portfolio:home"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {"login": "accounts.forms.SignInForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_MAX_EMAIL_ADDRESSES = 20
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # only in the browser that signed up
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 3
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = site.scheme
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Laurel"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
USERSESSIONS_TRACK_ACTIVITY = False

SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if HTTPS:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    LANGUAGE_COOKIE_SECURE = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]  # whoever watches asks from inside
# Other sites may live under the same domain: what holds for all of it is its owner's to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "portfolio.views.errors.csrf_failure"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Mail and words --------------------------------------------------------------------------

if EMAIL:
    EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]
    EMAIL_HOST, EMAIL_PORT = EMAIL["EMAIL_HOST"], EMAIL["EMAIL_PORT"]
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL["EMAIL_HOST_USER"], EMAIL["EMAIL_HOST_PASSWORD"]
    EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL["EMAIL_USE_TLS"], EMAIL["EMAIL_USE_SSL"]
    EMAIL_TIMEOUT = 10
else:
    # Without a mail server mails are files, so that a first visitor can read them.
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR / "mail"
SERVER_EMAIL = DEFAULT_FROM_EMAIL

LANGUAGE_CODE = "en"
# Each by its own name: whoever looks for theirs cannot read the others.
LANGUAGES = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("ar", "العربية"),
]
FORMAT_MODULE_PATH = ["config.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "fontTools": {"level": "ERROR"},
        "pyhanko": {"level": "ERROR"},
        "celery": {"level": "WARNING"},
    },
}

# --- API -------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.authentication.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.intake.Allowance"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.intake.Json", "accounts.intake.Multipart"],
    "DEFAULT_SCHEMA_CLASS": "accounts.schema.Schema",
    "EXCEPTION_HANDLER": "accounts.rest.explain",
    "NUM_PROXIES": 1 if BEHIND_PROXY else 0,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Laurel API",
    "DESCRIPTION": "A learner's badges, imports, pages and share links.",
    "VERSION": "1",
    "SERVERS": [{"url": SITE_URL}],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SORT_OPERATIONS": False,
    "DISABLE_DOCSTRING_DESCRIPTIONS": True,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "BadgeState": "badges.models.badge.Result",
        "Trust": "badges.models.badge.Trust",
        "Recipient": "badges.models.badge.Recipient",
        "ItemState": "badges.models.imports.ImportItem.State",
        "ItemKind": "badges.models.imports.ImportItem.Kind",
        "WorkState": "badges.models.work.Work.State",
        "Visibility": "portfolio.models.ShareLink.Visibility",
        "Scope": "accounts.models.Scope",
    },
}

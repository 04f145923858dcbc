"""Every setting of NT24, in reading order; each variable is read once here and explained in `.env.example`.

With no environment at all this is the embedded default: SQLite, local files, a filesystem queue, mail in its table,
sandbox VIES and iDenfy. With `DEBUG=false` it refuses to start on anything that is only fit for development.
"""

from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from kombu.entity import Queue

from nt24 import languages
from nt24.staff.look import UNFOLD  # noqa: F401  read by django-unfold

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# --- The machine -----------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=True)
DEVELOPMENT_SECRET = "development-only-secret-key-never-used-with-debug-off"  # noqa: S105  refused below
SECRET_KEY = env.str("SECRET_KEY", default=DEVELOPMENT_SECRET)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[])  # newest first, see nt24/vault.py
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
KEYS_DIR = DATA_DIR / "keys"
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://127.0.0.1:{env.int('PORT', default=8000)}").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
for folder in (DATA_DIR, KEYS_DIR):
    folder.mkdir(parents=True, exist_ok=True)
KEYS_DIR.chmod(0o700)

# --- What is installed -----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # its templates before Django's; the site itself is ours
    "nt24.staff.apps.StaffSiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "allauth.usersessions",
    "nt24.pages",
    "nt24.people",
    "nt24.api",
    "nt24.partners",
    "nt24.documents",
    "nt24.mail",
    "nt24.webhooks",
    "nt24.audit",
    "nt24.staff",
    "nt24.proposals",
    "buyers",
    "orders",
    "transport",
    "compliance",
]
MIDDLEWARE = [
    "nt24.tracing.trace",
    "nt24.surfaces.part_ways",  # a call of the API goes on by API_MIDDLEWARE; the rest of this list is for pages
    "nt24.framing.give_bodies_a_length",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "nt24.pages.policy.PagePolicy",
    "nt24.pages.refusals.refuse_other_hosts",
    "nt24.staff.language.speak_to_staff",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "nt24.pages.unavailable.DatabaseAway",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "nt24.people.sessions.end_old_sessions",
    "nt24.staff.kept_forms.keep_what_was_typed",
    "nt24.people.factors.require_second_factor",
    "nt24.pages.refusals.PublicRefusals",
    "nt24.staff.refusals.StaffRefusals",
]
API_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "nt24.pages.refusals.refuse_other_hosts",
    "django.middleware.common.CommonMiddleware",
    "nt24.pages.unavailable.DatabaseAway",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "nt24.urls"
WSGI_APPLICATION = "nt24.wsgi.application"
APPEND_SLASH = False  # the contract's paths have no trailing slash, and a redirect would lose a POST
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
            ]
        },
    }
]

# --- Database --------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'nt24.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
database = DATABASES["default"]
if database["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE: a transaction takes the write lock at its start, so that two writers queue instead of deadlocking.
    database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    # Prepared after five uses: planning the query that stands before every call costs more than running it.
    database.setdefault("OPTIONS", {}).update(
        {
            # A call waits three seconds for a connection; one that died with the server is noticed before it is used.
            "pool": {
                "min_size": 2,
                "max_size": env.int("DATABASE_POOL", default=16),
                "timeout": 3,
                "reconnect_timeout": 5,
            },
            # A machine that vanished without a word is given up after ten seconds.
            "connect_timeout": 3,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 2,
            "tcp_user_timeout": 10_000,
            "server_side_binding": True,
            "prepare_threshold": 5,
        }
    )
    database["DISABLE_SERVER_SIDE_CURSORS"] = True
    database["CONN_HEALTH_CHECKS"] = True

# --- Cache, broker, tasks --------------------------------------------------------------------------------------
CACHES = {"default": env.cache("CACHE_URL", default="locmemcache://")}
if CACHES["default"]["BACKEND"].endswith("RedisCache"):
    CACHES["default"]["BACKEND"] = "nt24.shared_cache.SharedCache"  # which goes on alone while Redis is away
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://")
if CELERY_BROKER_URL.startswith("filesystem://"):
    QUEUE_DIR = DATA_DIR / "queue"
    for folder in (QUEUE_DIR / "messages", QUEUE_DIR / "control"):
        folder.mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE_DIR / "messages"),
        "data_folder_out": str(QUEUE_DIR / "messages"),
        "control_folder": str(QUEUE_DIR / "control"),
        "polling_interval": 0.05,
    }
# What somebody waits for never stands behind what nobody waits for, nor behind work that is slow: one queue, and one
# worker, for each (ADR 0031). A task that is not named here goes to the last one.
WORK_OF_QUEUES = {
    "now": [
        "buyers.tasks.ask_vies",
        "compliance.tasks.reassess_buyer",
        "compliance.tasks.reassess_due",
        "nt24.mail.tasks.send_due",
        "orders.tasks.scan_waiting_documents",
    ],
    "exports": ["compliance.tasks.render_export_files"],
    "webhooks": ["nt24.webhooks.tasks.deliver_due"],
    "later": [],
}
CELERY_TASK_QUEUES = [Queue(name, routing_key=name) for name in WORK_OF_QUEUES]
CELERY_TASK_DEFAULT_QUEUE = "later"
CELERY_TASK_ROUTES = {task: {"queue": name} for name, tasks in WORK_OF_QUEUES.items() for task in tasks}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False  # a nudge that cannot be given is no loss: the sweep finds the row

# --- Files -----------------------------------------------------------------------------------------------------
STORAGE_URL = env.str("STORAGE_URL", default=f"file://{DATA_DIR / 'files'}")


def storage_backend(url: str) -> dict[str, object]:
    """`file:///folder` or `s3://bucket?endpoint_url=…`; S3 credentials come from the usual AWS variables."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": parts.path, "file_permissions_mode": 0o600},
        }
    if parts.scheme != "s3":
        raise ImproperlyConfigured(f"STORAGE_URL is file://folder or s3://bucket, not {parts.scheme}://")
    from botocore.config import Config

    options: dict[str, object] = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": parts.netloc,
            "default_acl": None,
            "file_overwrite": False,
            # boto's own defaults wait a minute before a storage that is away becomes a 503
            "client_config": Config(connect_timeout=3, read_timeout=15, retries={"max_attempts": 2}),
            **options,
        },
    }


STORAGES = {
    "default": storage_backend(STORAGE_URL),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG
# With less room than this `/readyz` says that the disk is full, while writes that have begun can still end.
DISK_RESERVE_MIB = env.int("DISK_RESERVE_MIB", default=200)
DOCUMENT_MAX_BYTES = 20 * 1024 * 1024  # contract 11
DOCUMENTS_MAX_BYTES = 3 * DOCUMENT_MAX_BYTES  # the files of one form of the staff together
# An Export File embeds originals up to this, all together; what comes after is listed with its hash and kept here.
EXPORT_ORIGINALS_MAX_BYTES = 12 * DOCUMENT_MAX_BYTES
# The largest Export File, with its own pages, records and seal: what `/verify` takes. A proxy in front and
# `nt24.serving.BODY_BYTES` must let as much through (contract 17.13).
EXPORT_FILE_MAX_BYTES = EXPORT_ORIGINALS_MAX_BYTES + 16 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # JSON bodies; 100 VINs need 30 kB
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # larger uploads go to a temporary file

# --- Mail ------------------------------------------------------------------------------------------------------
# Kept in its table and shown at /dev/mail, which a console would print into a log with every link in it.
vars().update(env.email("EMAIL_URL", default="dummymail://"))
EMAIL_TIMEOUT = 10  # seconds for each answer of the mail server, see nt24/mail/sending.py
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="NT24 <no-reply@nt24.example>")

# --- The API ---------------------------------------------------------------------------------------------------
PROBLEM_BASE_URL = env.str(
    "PROBLEM_BASE_URL", default="https://api.novatrade24.com/problems/"
)  # contract 4.6
IDEMPOTENCY_KEPT = timedelta(hours=24)  # contract 4.3
IDEMPOTENCY_WAIT_SECONDS = 10  # contract 4.3
OIDC_ISSUER = env.str("OIDC_ISSUER", default=f"{PUBLIC_URL}/realms/nt24-idp")
ACCESS_TOKEN_SECONDS = 300  # contract 3
CLIENT_SECRET_OVERLAP = timedelta(hours=env.int("CLIENT_SECRET_OVERLAP_HOURS", default=72))  # contract 3
DPA_VERSION = env.str("DPA_VERSION", default="2026-01")
DPA_VERSION_SINCE = env.str("DPA_VERSION_SINCE", default="2026-01-01")
DPA_GRACE = timedelta(days=env.int("DPA_GRACE_DAYS", default=30))  # contract 5
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["nt24.api.json.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["nt24.api.json.JsonParser"],
    "DEFAULT_SCHEMA_CLASS": "nt24.api.openapi.ContractSchema",
    "EXCEPTION_HANDLER": "nt24.api.problems.answer",
    "UNAUTHENTICATED_USER": None,
    "DATE_INPUT_FORMATS": ["%Y-%m-%d"],
}

# --- Staff: who comes in (ADR 0021) ----------------------------------------------------------------------------
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"
AUTHENTICATION_BACKENDS = ["nt24.people.signing_in.StaffBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
BEHIND_TLS_PROXY = env.bool("BEHIND_TLS_PROXY", default=False)
# How many proxies of ours append to X-Forwarded-For, see nt24/visitors.py.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1) if BEHIND_TLS_PROXY else 0
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", default=not DEBUG)
STAFF_SESSION_IDLE = timedelta(minutes=env.int("STAFF_SESSION_IDLE_MINUTES", default=60))
STAFF_SESSION_LENGTH = timedelta(hours=env.int("STAFF_SESSION_HOURS", default=12))
STAFF_SESSIONS_AT_ONCE = 5
SESSION_COOKIE_AGE = int(STAFF_SESSION_LENGTH.total_seconds())
ACCOUNT_ADAPTER = "nt24.people.signing_in.StaffAdapter"
ACCOUNT_FORMS = {
    "login": "nt24.people.forms.SignInForm",
    "reauthenticate": "nt24.people.forms.PasswordAgainForm",
    "change_password": "nt24.people.forms.NewPasswordForm",
    "set_password": "nt24.people.forms.FirstPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False  # the cookie ends with the browser
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
# Tries that fail, also of second factors: of one address, and for one user name from anywhere.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "20/10m/ip,5/15m/key",
    "login": "60/m/ip",
    "reauthenticate": "10/m/user",
}
USERSESSIONS_ADAPTER = "nt24.people.sessions.SessionAdapter"
MFA_ADAPTER = "nt24.people.factors.FactorAdapter"
MFA_FORMS = {
    "authenticate": "nt24.people.forms.CodeForm",
    "reauthenticate": "nt24.people.forms.CodeAgainForm",
    "activate_totp": "nt24.people.forms.AddAppForm",
    "add_webauthn": "nt24.people.forms.AddKeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "NT24"
MFA_TOTP_TOLERANCE = 1  # thirty seconds either way, for clocks that are not quite right
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG  # browsers offer keys to http only at localhost
SOCIALACCOUNT_ADAPTER = "nt24.people.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form that leads to another host is refused by our own policy
SOCIALACCOUNT_STORE_TOKENS = False
STAFF_OIDC_ISSUER = env.str("STAFF_OIDC_ISSUER", default="").rstrip("/")
STAFF_OIDC_NAME = env.str("STAFF_OIDC_NAME", default="single sign-on")
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "staff",
                "name": STAFF_OIDC_NAME,
                "client_id": env.str("STAFF_OIDC_CLIENT_ID", default=""),
                "secret": env.str("STAFF_OIDC_CLIENT_SECRET", default=""),
                "settings": {"server_url": STAFF_OIDC_ISSUER},
            }
        ]
        if STAFF_OIDC_ISSUER
        else [],
    }
}

# --- VIES, iDenfy ----------------------------------------------------------------------------------------------
VIES_PROVIDER = env.str("VIES_PROVIDER", default="sandbox")
VIES_URL = env.str("VIES_URL", default="https://ec.europa.eu/taxation_customs/vies/rest-api")
VIES_RECHECK_UNTIL = env.str("VIES_RECHECK_UNTIL", default="DELIVERY")  # DELIVERY or PICKUP, contract 9
IDENFY_PROVIDER = env.str("IDENFY_PROVIDER", default="sandbox")
IDENFY_URL = env.str("IDENFY_URL", default="https://ivs.idenfy.com")
IDENFY_API_KEY = env.str("IDENFY_API_KEY", default="")
IDENFY_API_SECRET = env.str("IDENFY_API_SECRET", default="")
IDENFY_SIGNING_KEY = env.str("IDENFY_SIGNING_KEY", default="")

# --- Evidence and sealing --------------------------------------------------------------------------------------
INVITATION_MAILS_IN_TEN_MINUTES = env.int("INVITATION_MAILS_IN_TEN_MINUTES", default=20)  # per organization
DELIVERY_PROOF_DAYS = env.int("DELIVERY_PROOF_DAYS", default=90)  # contract 10
SIGNING_PKCS12 = env.str("SIGNING_PKCS12", default="")
SIGNING_PASSWORD = env.str("SIGNING_PASSWORD", default="")
TSA_URL = env.str("TSA_URL", default="")
CLAMD_URL = env.str("CLAMD_URL", default="")

# --- Webhooks --------------------------------------------------------------------------------------------------
WEBHOOK_ALLOW_PRIVATE = env.bool("WEBHOOK_ALLOW_PRIVATE", default=False)  # contract 16.13
# Exact origins that may stand in a private network; `make run` names its own sample receiver here.
WEBHOOK_TRUSTED_ORIGINS = env.list("WEBHOOK_TRUSTED_ORIGINS", default=[])
# Seconds after the event (contract 12): 1m 5m 15m 1h 4h 8h 16h 24h 36h 48h.
WEBHOOK_RETRY_OFFSETS = env.list(
    "WEBHOOK_RETRY_OFFSETS",
    cast=float,
    default=[60, 300, 900, 3600, 14400, 28800, 57600, 86400, 129600, 172800],
)

# --- Who runs this: imprint, privacy notice, contact, security.txt ---------------------------------------------
OPERATOR_NAME = env.str("OPERATOR_NAME", default="")
OPERATOR_ADDRESS = env.str("OPERATOR_ADDRESS", default="")  # lines separated by semicolons
OPERATOR_REPRESENTATIVES = env.str("OPERATOR_REPRESENTATIVES", default="")
OPERATOR_REGISTER = env.str("OPERATOR_REGISTER", default="")
OPERATOR_VAT_ID = env.str("OPERATOR_VAT_ID", default="")
OPERATOR_EMAIL = env.str("OPERATOR_EMAIL", default="")
OPERATOR_PHONE = env.str("OPERATOR_PHONE", default="")
OPERATOR_PRIVACY_EMAIL = env.str("OPERATOR_PRIVACY_EMAIL", default="")
OPERATOR_SECURITY_CONTACT = env.str("OPERATOR_SECURITY_CONTACT", default="")  # mail address or https URL

# --- Language, time, logs, headers -----------------------------------------------------------------------------
LANGUAGE_CODE = "en"  # only buyers' pages and mails speak others (ADR 0019)
LANGUAGES = languages.choices()
FORMAT_MODULE_PATH = [
    "nt24.staff.formats",
    "buyers.formats",
]  # of the portal, see nt24/staff/language.py; of buyers
LOCALE_PATHS = [BASE_DIR / "buyers" / "locale"]  # where `makemessages` collects them
TIME_ZONE = "UTC"
USE_TZ = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SECURE_CONTENT_TYPE_NOSNIFF = True
# Nothing is told to other sites. Not "no-referrer": with that, browsers send `Origin: null` with a form, and CSRF
# refuses it.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]
SECURE_HSTS_SECONDS = 0 if DEBUG else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS_PROXY else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "img-src": ["'self'", "data:"],
    }
}
# The staff portal's shell runs on Alpine, which evaluates expressions in attributes, and styles by attribute.
STAFF_CONTENT_SECURITY_POLICY = {
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING_CONFIG = "nt24.tracing.configure_logging"
LOGGING = {"level": LOG_LEVEL}

# --- The OpenAPI document --------------------------------------------------------------------------------------
SPECTACULAR_SETTINGS: dict[str, object] = {
    "OAS_VERSION": "3.1.1",
    "TITLE": "NT24 Integration API",
    "VERSION": "1",
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATION_PARAMETERS": False,
    "DISABLE_DOCSTRING_DESCRIPTIONS": True,  # docstrings are for us; help texts and operations for partners
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENABLE_DJANGO_DEPLOY_CHECK": False,  # `write_openapi --check` is stricter
    "POSTPROCESSING_HOOKS": ["nt24.api.openapi_document.complete"],
    # Codes that stand in several places and get a schema of their own.
    "ENUM_NAME_OVERRIDES": {
        "RateLimitTier": "nt24.partners.models.RateLimitTier",
        "BuyerStatus": "buyers.models.Buyer.Status",
        "KycMode": "buyers.models.Buyer.KycMode",
        "VerificationStatus": "buyers.models.Kyc.Verification",
        "AmlStatus": "buyers.models.Kyc.Aml",
        "InvitationKind": "buyers.invitation_models.Invitation.Kind",
        "InvitationStatus": "buyers.invitation_models.Invitation.Status",
        "ProspectType": "buyers.invitation_models.Prospect.Type",
        "ProspectStatus": "buyers.invitation_models.Prospect.Status",
        "Language": "nt24.languages.CODES",
        "OrderStatus": "orders.models.Order.Status",
        "VehicleStatus": "orders.models.Vehicle.Compliance",
        "InvoiceType": "orders.models.Invoice.Type",
        "TransportStatus": "transport.models.Transport.Status",
        "TransportType": "transport.models.Transport.Type",
        "DocumentType": "nt24.documents.types.DocumentType",
        "ScanStatus": "nt24.documents.models.ScanStatus",
        "ComplianceStatus": "compliance.models.Status",
        "Decision": "compliance.models.Decision",
        "Source": "nt24.actors.Source",
        "WebhookStatus": "nt24.webhooks.models.Endpoint.Status",
        "DeliveryStatus": "nt24.webhooks.models.Delivery.Status",
        "PauseReason": "nt24.webhooks.models.Endpoint.PauseReason",
    },
}

# --- What development may do and production may not ------------------------------------------------------------
if not DEBUG:
    unfit = {
        "SECRET_KEY": SECRET_KEY == DEVELOPMENT_SECRET,
        "VIES_PROVIDER=sandbox": VIES_PROVIDER != "live",
        "IDENFY_PROVIDER=sandbox": IDENFY_PROVIDER != "live",
        "EMAIL_URL (no mail server)": vars()["EMAIL_BACKEND"].split(".")[-2]
        in {"dummy", "console", "locmem"},
        "SIGNING_PKCS12 (development certificate)": not SIGNING_PKCS12,
        "WEBHOOK_ALLOW_PRIVATE": WEBHOOK_ALLOW_PRIVATE,
        "STAFF_OIDC_ISSUER (not https)": STAFF_OIDC_ISSUER.startswith("http:"),
    }
    if bad := [name for name, is_unfit in unfit.items() if is_unfit]:
        raise ImproperlyConfigured(f"DEBUG=false needs real values for: {', '.join(bad)}. See .env.example.")

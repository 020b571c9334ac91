"""All settings, in one file, read from the environment.

With `DATABASE_URL` and `VALKEY_URL` unset, PostgreSQL and Valkey run embedded
under `ASSAY_HOME` (`config.embedded`); the code that uses them is the same.
"""

from __future__ import annotations

import sys
from pathlib import Path

from config import embedded, env, secret_key

ROOT = Path(__file__).resolve().parent.parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

ASSAY_HOME = env.folder("ASSAY_HOME", ROOT / "var")
VERSION = "0.1.0"

# --- Security -------------------------------------------------------------------------------
EMBEDDED = not env.text("DATABASE_URL")
if EMBEDDED:
    SECRET_KEY = env.text("SECRET_KEY") or secret_key.read_or_make(ASSAY_HOME)
    ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
else:
    SECRET_KEY = env.required(
        "SECRET_KEY",
        "With DATABASE_URL set, every process needs the same secret key: a long random text.",
    )
    env.required(
        "ALLOWED_HOSTS",
        "With DATABASE_URL set, name the hosts that Assay answers to, parted by commas.",
    )
    ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
DEBUG = env.flag("DEBUG")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
HTTPS = env.flag("HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Hosts of the own network that people may have asked, as for images by URL; else only public ones.
FETCH_ALLOWED_HOSTS = env.hosts("FETCH_ALLOWED_HOSTS")

# --- Apps -----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_vite",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "apps.accounts",
    "apps.projects",
    "apps.jobs",
    "apps.webhooks",
    "apps.places",
    "apps.images",
    "apps.imports",
    "apps.review",
    "apps.training",
    "apps.generation",
    "apps.evaluation",
    "apps.datasets",
    "apps.loops",
    "config",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.NulMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "frontend" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.projects.context_processors.frame",
                "apps.loops.context_processors.frame",
            ],
        },
    },
]

# --- Data -----------------------------------------------------------------------------------
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_HEALTH_CHECKS": True,
        **(
            embedded.database_settings(ASSAY_HOME)
            if EMBEDDED
            else env.database(env.text("DATABASE_URL"))
        ),
    },
}
DATABASE_POOL = env.whole_number("DATABASE_POOL", 16, least=1, most=200)
if "config.asgi" in sys.modules:
    # A web process gives each request a thread of its own, which cannot keep a connection; a pool
    # can. Processes that fork must have none.
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
        "min_size": 1,
        "max_size": DATABASE_POOL,
        "timeout": 10,
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
EMBEDDED_VALKEY = not env.text("VALKEY_URL")
VALKEY_URL = env.text("VALKEY_URL") or embedded.valkey_url(ASSAY_HOME)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- Files ----------------------------------------------------------------------------------
MEDIA_ROOT = env.folder("MEDIA_ROOT", ASSAY_HOME / "media")
ENGINE_ROOT = env.folder("ENGINE_ROOT", ASSAY_HOME / "engine")
# What is received piece by piece, until it is taken in: web processes and workers must share it.
UPLOAD_ROOT = env.folder("UPLOAD_ROOT", ASSAY_HOME / "uploads")
# Folders of the server that managers may sync from; below no other one anything is read.
IMPORT_FOLDERS = [Path(folder).resolve() for folder in env.words("IMPORT_FOLDERS")]
# Folders of the server below which pipelines of diffusers may be fine-tuned; below no other one.
PIPELINE_FOLDERS = [Path(folder).resolve() for folder in env.words("PIPELINE_FOLDERS")]
# A timm backbone by name, its safetensors file and that file's SHA-256: where set, generators are
# measured on its features too, which stay the same from round to round.
FEATURE_NETWORK = env.text("FEATURE_NETWORK")
FEATURE_WEIGHTS = env.text("FEATURE_WEIGHTS")
FEATURE_WEIGHTS_SHA256 = env.text("FEATURE_WEIGHTS_SHA256")
S3_BUCKET = env.text("S3_BUCKET")
S3_OPTIONS = {
    "bucket_name": S3_BUCKET,
    "endpoint_url": env.text("S3_ENDPOINT_URL") or None,
    "default_acl": None,
    "file_overwrite": False,
}
STORAGES = {
    "default": (
        {
            "BACKEND": "config.s3_storage.SharedS3Storage",
            "OPTIONS": S3_OPTIONS,
        }
        if S3_BUCKET
        else {"BACKEND": "config.file_storage.WholeFileSystemStorage"}
    ),
    # Vite names its files by their hashes already.
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = ASSAY_HOME / "static"
STATICFILES_DIRS = [ROOT / "frontend" / "dist"]
DJANGO_VITE = {"default": {"manifest_path": ROOT / "frontend" / "dist" / "manifest.json"}}
DATA_UPLOAD_MAX_NUMBER_FILES = 1000
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# --- People ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

# --- REST -----------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["apps.accounts.parsers.BoundedJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "apps.accounts.pagination.CursorPages",
    "EXCEPTION_HANDLER": "apps.accounts.errors.answer",
    "PAGE_SIZE": 100,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Assay",
    "DESCRIPTION": "Grow an image dataset with people and generators.",
    "VERSION": VERSION,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "PREPROCESSING_HOOKS": ["config.schema.only_version_1"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.schema.describe_errors",
    ],
    "ENUM_NAME_OVERRIDES": {
        "AcceptanceStatus": "apps.review.models.AcceptanceTest.Status",
        "DoubtKind": "apps.training.models.Doubt.Kind",
        "DoubtOutcome": "apps.training.models.Doubt.Outcome",
        "ImageStatus": "apps.images.models.Image.Status",
        "JobStatus": "apps.jobs.models.Job.Status",
        "LoopStatus": "apps.loops.models.Loop.Status",
        "RemarkKind": "apps.review.models.Remark.Kind",
        "PlaceKind": "apps.places.models.Place.Kind",
        "ReviewTaskKind": "apps.review.models.ReviewTask.Kind",
        "Role": "apps.projects.models.Membership.Role",
        "RunKind": "apps.training.models.TrainingRun.Kind",
    },
}

# --- Logs -----------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
}

"""What the environment's URLs mean for Django's database and Celery's broker."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import make_conninfo

from config.env import env

# A request that waits longer than this for a lock or an answer is told to come again.
TIMEOUTS = "-c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s"


def database_url(*, owner: bool = False) -> str:
    """The address of PostgreSQL; the owner's own when one is given and asked for."""
    url = env.str("DATABASE_OWNER_URL", default="") if owner else ""
    url = url or env.str("DATABASE_URL", default="")
    if not url:
        raise ImproperlyConfigured(
            "DATABASE_URL is not set and no embedded database runs. Start one with `make run`."
        )
    return url


def parts_of(url: str) -> dict[str, str]:
    """The libpq words of a postgres:// address; a socket folder may come as `?host=`."""
    split = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(split.query).items()}
    found = {
        "dbname": unquote(split.path.lstrip("/")),
        "user": unquote(split.username or ""),
        "password": unquote(split.password or ""),
        "host": split.hostname or "",
        "port": str(split.port or ""),
    }
    return {name: value for name, value in (found | query).items() if value}


def session_options(parts: dict[str, str], app_role: str, *, timeouts: bool = True) -> str:
    """Options of a session that acts as `app_role`, whoever it logged in as."""
    acting = f" -c role={app_role}" if app_role and parts.get("user") != app_role else ""
    return (TIMEOUTS if timeouts else "") + acting


def database_settings(*, app_role: str, owner: bool = False) -> dict[str, Any]:
    """Django's DATABASES entry. With `owner`, a session that may change the schema."""
    parts = parts_of(database_url(owner=owner))
    role = "" if owner else app_role
    options: dict[str, Any] = {
        "options": session_options(parts, role, timeouts=not owner),
        # A statement is parsed once per connection, not once per purchase: it halves the time of
        # the short ones. A pooler in transaction mode needs PREPARED_STATEMENTS=false.
        "server_side_binding": True,
        "prepare_threshold": 2 if env.bool("PREPARED_STATEMENTS", default=True) else None,
    }
    options |= {k: v for k, v in parts.items() if k.startswith("ssl") or k == "connect_timeout"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", ""),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": parts.get("port", ""),
        "CONN_MAX_AGE": 0 if owner else env.int("CONN_MAX_AGE", default=600),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def broker_transport(url: str, *, app_role: str) -> dict[str, Any]:
    """Celery's transport options; only the queue on PostgreSQL (pgmq) needs any."""
    if not url.startswith("pgmq:"):
        return {"visibility_timeout": 3600} if url.startswith("redis") else {}
    parts = parts_of(env.str("BROKER_DATABASE_URL", default="") or database_url())
    options = session_options(parts, app_role, timeouts=False)
    return {
        # libpq's words: as a URI, pgmq's client would lose a socket folder
        "conn_string": make_conninfo(**parts, options=options),
        "init_extension": False,
        "visibility_timeout": 3600,
        "wait_time_seconds": 0,
        "polling_interval": 0.2,
        "pool_size": 3,
    }

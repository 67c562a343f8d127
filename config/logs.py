"""Logs: a line of JSON per happening, on standard error. No request bodies, names or addresses."""

import logging
from typing import Any

import structlog


class RoutesForPaths(logging.Filter):
    """Says the route where Django says the path of a request that it refused.

    Secrets stand in paths (a receipt's code, the link that completes a membership), and in those
    that are none of ours whatever somebody made up, names and addresses too.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        path = getattr(request, "path", None)
        if path is not None and isinstance(record.args, tuple):
            match = getattr(request, "resolver_match", None)
            route = f"/{match.route}" if match else "an address that is none of ours"
            record.args = tuple(route if arg == path else arg for arg in record.args)
        return True


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _SHARED,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        }
    },
    "filters": {"routes": {"()": RoutesForPaths}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json"},
        # one line a request, made as JSON already: a formatter would cost more than the request's share
        "requests": {"class": "logging.StreamHandler"},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Django's own handlers would mail the administrators; a failed page belongs here.
        "django": {"handlers": [], "propagate": True, "level": "WARNING"},
        "django.request": {"filters": ["routes"]},
        "django.security.csrf": {"filters": ["routes"]},
        "trouw.requests": {"handlers": ["requests"], "propagate": False, "level": "INFO"},
        "loyalty": {"level": "INFO"},
        "members": {"level": "INFO"},
        "rewards": {"level": "INFO"},
    },
}


def log_as_json() -> None:
    """Send what structlog's loggers say through the handlers above."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )

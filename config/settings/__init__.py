"""Picks the settings by TROUW_ENV: `production` (the default), `demo` or `test`."""

from config.env import env

match env.str("TROUW_ENV", default="production"):
    case "demo":
        from config.settings.demo import *  # noqa: F403
    case "test":
        from config.settings.test import *  # noqa: F403
    case "production":
        from config.settings.production import *  # noqa: F403
    case other:
        raise SystemExit(f"TROUW_ENV must be production, demo or test, not {other!r}.")

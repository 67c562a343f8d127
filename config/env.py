"""The one place that reads the environment.

A command started by hand finds the running embedded database through `var/run/env`, which the
supervisor writes; with a DATABASE_URL in the real environment, that is the one meant.
"""

import os
from pathlib import Path

import environ

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("TROUW_VAR", ROOT / "var"))

env = environ.Env()
if not os.environ.get("DATABASE_URL"):
    environ.Env.read_env(VAR / "run" / "env", overwrite=False)

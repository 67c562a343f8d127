"""The door for a WSGI server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from config.env import VAR
from config.metrics_files import share_folder
from config.warming import warm_up

share_folder(VAR / "run" / "metrics")  # before anything counts
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
warm_up()
gc.collect()
gc.freeze()  # what is loaded stays: it need not be looked at with every collection

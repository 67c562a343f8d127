"""Tasks are sent to the broker of the settings, from whichever process asks."""

import os
import subprocess
import sys

from loyalty.tasks import dispatch_events

ASK = "import django; django.setup(); from loyalty import tasks; print(tasks.audit_ledger.app.main)"


class TestSharedTasks:
    def test_belong_to_our_application_in_this_process(self):
        assert dispatch_events.app.main == "trouw"

    def test_belong_to_it_in_a_process_that_is_no_worker(self):
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"}
        said = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", ASK],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )

        assert said.stdout == "trouw\n"

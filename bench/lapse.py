"""`python -m bench.lapse`: the hourly job that books what has lapsed, once, in this process."""

import os

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from loyalty.tasks import expire_due_points

    expire_due_points()


if __name__ == "__main__":
    main()

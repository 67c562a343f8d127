"""`python -m config.supervisor run`: everything, until Ctrl-C or SIGTERM."""

import os
import signal
import sys
from contextlib import AbstractContextManager, ExitStack, nullcontext
from importlib.util import find_spec
from types import FrameType
from typing import Never

from config.supervisor import leftovers
from config.supervisor.bootstrap import (
    APPLICATION,
    DATABASE,
    OWNER,
    assert_durable,
    manage,
    managing,
    prepare_roles,
)
from config.supervisor.errors import CannotStart
from config.supervisor.house import HOST, House, free_port, refuse_taken
from config.supervisor.lock import held
from config.supervisor.postgres import Server
from config.supervisor.processes import children_of
from config.supervisor.steps import say, step
from config.supervisor.supervision import Supervision
from config.supervisor.welcome import welcome

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(BaseException):
    """Somebody asked this process to end."""


def main() -> int:
    """Run the house; return the exit code: 0 after an orderly stop, 1 when it cannot start."""
    _end_in_order_when_asked()
    try:
        house = House.described_by(os.environ)
        house.make_folders()
        with held(house.lock):
            run(house)
    except CannotStart as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    except Stop:
        pass
    return 0


def run(house: House) -> None:
    """Start everything, show where it is, and watch over it; never returns by itself."""
    leftovers.end(leftovers.members_of(house.var), (signal.SIGTERM, 3.0), (signal.SIGKILL, 5.0))
    refuse_taken(house.port)
    say("Trouw starts. Ctrl-C stops it.")
    with ExitStack() as stack:
        server = _database(house, stack)
        provider = free_port(first=house.port + 1) if find_spec("oidc_provider_mock") else None
        environment = house.environment(
            os.environ,
            database=_url(server, APPLICATION) or house.outside_database,
            owner=_url(server, OWNER),
            issuer=f"http://{HOST}:{provider}" if provider else "",
        )
        shop = environment["TROUW_ENV"] == "demo"
        reopened = shop and house.demo.exists()
        _prepare(house, environment, first_opening=shop and not reopened)
        supervision = Supervision(
            server=server, children=children_of(house, environment, provider_port=provider)
        )
        stack.callback(_stop, supervision)
        stack.callback(house.told.unlink, missing_ok=True)
        house.tell(environment)
        with step("Web server"), _beside(house, environment, reopened=reopened):
            supervision.start_web()
            supervision.wait_until_answering(house.base_url)
        with step("Worker, beat, relay"):
            supervision.start_others()
        welcome(house)
        supervision.watch()


def _database(house: House, stack: ExitStack) -> Server | None:
    if house.outside_database:
        return None
    server = Server(data=house.data, sockets=house.sockets, log=house.log("postgres"))
    stack.callback(server.stop, within=3.0)
    with step("PostgreSQL"):
        server.start()
        prepare_roles(server)
        assert_durable(server)
    return server


def _url(server: Server | None, user: str) -> str:
    return server.url(user=user, database=DATABASE) if server else ""


def _prepare(house: House, environment: dict[str, str], *, first_opening: bool) -> None:
    with managing(house, environment, "collectstatic", "--no-input", "--verbosity", "0"):
        with step("Schema and rights"):
            manage(house, environment, "prepare_database")
        if first_opening:
            with step("Demo shop"):
                manage(house, environment, "load_demo")


def _beside(
    house: House, environment: dict[str, str], *, reopened: bool
) -> AbstractContextManager[None]:
    # A shop that was open before has its members already: pages need not wait for the look.
    return managing(house, environment, "load_demo") if reopened else nullcontext()


def _stop(supervision: Supervision) -> None:
    with step("Stopping"):
        supervision.stop()


def _end_in_order_when_asked() -> None:
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup asked to be left alone
            signal.signal(number, _end)


def _end(_number: int, _frame: FrameType | None) -> Never:
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)  # being stopped is not interrupted again
    raise Stop


if __name__ == "__main__":
    sys.exit(main())

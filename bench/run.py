"""The benchmarks, one after the other: `make bench`.

make bench                                           all, at sizes that take about ten minutes
make bench ARGS="growth --transfers 100000 10000000 --members 100000"
make bench ARGS="expiry --lots 1000000 --members 100000"
make bench ARGS="back_test --purchases 1000000"
"""

import runpy
import sys

BENCHES = (
    "evaluate",
    "purchases",
    "steady",
    "back_test",
    "expiry",
    "growth",
    "imports",
    "portal",
    "till",
    "redeem",
    "vouchers",
    "experiments",
    "segments",
    "campaigns",
    "webhooks",
)


def main(arguments: list[str]) -> None:
    """Run the one that is named, with the arguments behind its name; without any, all."""
    if arguments and arguments[0] not in BENCHES:
        raise SystemExit(f"There are {', '.join(BENCHES)}.")
    for name in arguments[:1] or BENCHES:
        sys.argv = [f"bench.{name}", *arguments[1:]]
        runpy.run_module(f"bench.{name}", run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])

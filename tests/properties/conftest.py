import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--ledger-steps",
        type=int,
        default=5_000,
        help="How many steps the ledger's state machine takes (`make prove` takes 100,000).",
    )

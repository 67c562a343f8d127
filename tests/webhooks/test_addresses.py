"""A webhook goes to the internet, or nowhere."""

import socket
from typing import Any

import pytest

from loyalty.webhooks import addresses
from loyalty.webhooks.addresses import AddressRefused, check_url, resolve
from loyalty.webhooks.posting import post

INSIDE = [
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "::ffff:127.0.0.1",
    "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "ff02::1",
]  # fmt: skip


def answers(monkeypatch: pytest.MonkeyPatch, *found: str) -> list[str]:
    """Whatever is looked up lies here; the hosts that were looked up."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, **_said: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", getaddrinfo)
    return asked


class TestAnAddress:
    @pytest.mark.parametrize("inside", INSIDE)
    def test_inside_the_house_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, inside: str
    ) -> None:
        answers(monkeypatch, "93.184.215.14", inside)
        with pytest.raises(AddressRefused):
            resolve("https://hooks.example.com/")

    def test_on_the_internet_is_looked_up_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = answers(monkeypatch, "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c")
        target = resolve("https://hooks.example.com/a?b=c")
        assert target == ("https", "hooks.example.com", "93.184.215.14", 443, "/a?b=c")
        assert asked == ["hooks.example.com"]

    @pytest.mark.parametrize(
        "url",
        [
            "http://example.com/", "ftp://example.com/", "https://", "https://u:p@example.com/",
            "https://example.com/#a", "https://example.com:99999/", "https://exa mple.com/",
            "https://example.com/\r\nX: y", "https://ex\u00e4mple.com/", "//example.com/", "x",
            "https://[::1", "https://example.com/" + "a" * 500,
        ],
    )  # fmt: skip
    def test_of_another_kind_is_refused(self, url: str) -> None:
        with pytest.raises(AddressRefused):
            check_url(url)

    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "2130706433", "0x7f000001", "[::1]", "localhost"]
    )
    def test_inside_is_not_even_knocked_at(self, host: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as door:
            door.settimeout(0.2)
            port = door.getsockname()[1]
            answered = post(f"https://{host}:{port}/", b"{}", {}, may_be_private=False)
            with pytest.raises(TimeoutError):
                door.accept()
        assert answered.status is None
        assert "private network" in answered.error

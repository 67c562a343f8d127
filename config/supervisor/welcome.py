"""What a start ends with: where everything is, and who may come in."""

import json
from collections.abc import Iterator
from typing import Any

from config.supervisor.house import House
from config.supervisor.steps import say


def welcome(house: House) -> None:
    """Show the addresses and the demo's logins, and see that `var/demo.json` says where it runs."""
    demo = json.loads(house.demo.read_text()) if house.demo.exists() else {}
    if demo.get("base_url") != house.base_url:
        demo["base_url"] = house.base_url
        house.demo.write_text(json.dumps(demo, indent=2, ensure_ascii=False) + "\n")
    say(f"\nTrouw runs at {house.base_url}   (logs in {house.var / 'log'})")
    for door in ("console", "member"):
        for line in _lines(door, demo.get(door, {})):
            say(line)
    if demo.get("api_keys"):
        say(f"  API keys: {house.demo}")


def _lines(door: str, told: dict[str, Any]) -> Iterator[str]:
    if told:
        yield f"  {door:9} {told.get('address', '')}"
    for name, value in told.items():
        if name != "address":
            words = value.values() if isinstance(value, dict) else [value]
            yield f"    {name:15}" + "  ".join(str(word) for word in words)

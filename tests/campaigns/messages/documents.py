"""Messages to test with."""

from typing import Any

WELCOME: dict[str, Any] = {
    "email": {
        "subject": {"nl": "Welkom {given_name}", "en": "Welcome {given_name}"},
        "preview": {"nl": "Je hebt al {points} punten", "en": "You have {points} points"},
        "blocks": [
            {"block": "heading", "text": {"nl": "Hoi {given_name},", "en": "Hi {given_name},"}},
            {
                "block": "text",
                "text": {"nl": "Fijn dat je er bent.\nEcht.", "en": "Good to see you."},
            },
            {"block": "points"},
            {
                "block": "button",
                "text": {"nl": "Bekijk je kaart", "en": "See your card"},
                "link": "/card/",
            },
            {
                "block": "button",
                "text": {"nl": "Lees meer", "en": "Read more"},
                "link": "https://kleur.example/lezen?a=1&b=2",
            },
        ],
    },
    "sms": {"text": {"nl": "Je hebt {points} punten.", "en": "You have {points} points."}},
    "push": {
        "title": {"nl": "Welkom", "en": "Welcome"},
        "text": {"nl": "Je kaart staat klaar.", "en": "Your card is ready."},
        "link": "/card/",
    },
    "inbox": {
        "title": {"nl": "Welkom {given_name}", "en": "Welcome {given_name}"},
        "text": {"nl": "Je kaart staat klaar.", "en": "Your card is ready."},
        "link": "/card/",
    },
}

ANNA: dict[str, Any] = {
    "given_name": "Anna",
    "programme": "Kleur & Co",
    "points": {"nl": "1.250", "en": "1,250"},
    "points_word": {"nl": "punten", "en": "points"},
    "brand_colour": "#1f5f4a",
}

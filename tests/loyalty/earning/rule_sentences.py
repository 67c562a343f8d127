"""Every part of a rule document, and what is said of it in Dutch and in English."""

from tests.loyalty.earning.telling import a_rule, asks, gives

BASE = [gives("per_amount", points=1, per="1.00")]

CONDITIONS = [
    (
        asks("line.category", "in", ["paint", "stain"]),
        "2× punten op buitenverf en beits",
        "2× points on exterior paint and stain",
    ),
    (
        asks("line.category", "not_in", ["gift_card"]),
        "2× punten, behalve op cadeaubonnen",
        "2× points, except on gift cards",
    ),
    (asks("line.product", "in", ["4711"]), "2× punten op 4711", "2× points on 4711"),
    (
        asks("line.brand", "in", ["Histor"]),
        "2× punten op producten van Histor",
        "2× points on products by Histor",
    ),
    (
        asks("line.product", "not_in", ["4711"]),
        "2× punten, behalve op 4711",
        "2× points, except on 4711",
    ),
    (
        asks("line.brand", "not_in", ["Histor"]),
        "2× punten, behalve op producten van Histor",
        "2× points, except on products by Histor",
    ),
    (
        asks("line.kind", "in", ["GIFT_CARD"]),
        "2× punten op cadeaubonnen",
        "2× points on gift cards",
    ),
    (
        asks("line.kind", "not_in", ["DELIVERY"]),
        "2× punten, behalve op bezorgkosten",
        "2× points, except on delivery",
    ),
    (
        asks("line.amount", "at_least", "20"),
        "2× punten op producten vanaf € 20 per regel",
        "2× points on products from €20 a line",
    ),
    (
        asks("activity.channel", "in", ["app", "kiosk"]),
        "2× punten in de app of via kiosk",
        "2× points in the app or through kiosk",
    ),
    (
        asks("activity.channel", "not_in", ["web"]),
        "2× punten, niet in de webshop",
        "2× points, not in the webshop",
    ),
    (asks("activity.location", "in", ["Utrecht"]), "2× punten bij Utrecht", "2× points at Utrecht"),
    (
        asks("activity.location", "not_in", ["Utrecht"]),
        "2× punten, niet bij Utrecht",
        "2× points, not at Utrecht",
    ),
    (
        asks("activity.attribute", "in", ["a"], name="payment"),
        "2× punten met payment a",
        "2× points with payment a",
    ),
    (
        asks("activity.attribute", "not_in", ["a"], name="payment"),
        "2× punten, niet met payment a",
        "2× points, not with payment a",
    ),
    (
        asks("activity.attribute", "at_least", "4.50", name="rating"),
        "2× punten met rating vanaf 4,5",
        "2× points with rating from 4.5",
    ),
    (
        asks("activity.attribute", "at_most", "4", name="rating"),
        "2× punten met rating tot en met 4",
        "2× points with rating up to 4",
    ),
    (
        asks("basket.amount", "at_least", "50.00"),
        "2× punten bij een aankoop vanaf € 50",
        "2× points for a purchase from €50",
    ),
    (
        asks("basket.amount", "at_most", "99.95"),
        "2× punten bij een aankoop tot en met € 99,95",
        "2× points for a purchase up to €99.95",
    ),
    (
        asks("basket.quantity", "at_least", "3"),
        "2× punten bij een aankoop met minstens 3 stuks",
        "2× points for a purchase with at least 3 pieces",
    ),
    (
        asks("basket.quantity", "at_least", "1"),
        "2× punten bij een aankoop met minstens 1 stuk",
        "2× points for a purchase with at least 1 piece",
    ),
    (
        asks("basket.contains", "all", ["paint", "stain"]),
        "2× punten met buitenverf en beits in de mand",
        "2× points with exterior paint and stain in the basket",
    ),
    (
        asks("time.weekday", "in", ["sat", "sun"]),
        "2× punten op zaterdag en zondag",
        "2× points on Saturday and Sunday",
    ),
    (
        asks("time.weekday", "in", ["mon", "tue", "wed", "thu", "fri"]),
        "2× punten op maandag t/m vrijdag",
        "2× points on Monday through Friday",
    ),
    (
        asks("time.weekday", "not_in", ["sun"]),
        "2× punten, niet op zondag",
        "2× points, not on Sunday",
    ),
    (
        asks("time.hours", "between", ["17:00", "21:00"]),
        "2× punten tussen 17:00 en 21:00",
        "2× points between 17:00 and 21:00",
    ),
    (
        asks("time.month_day", "between", ["12-15", "01-06"]),
        "2× punten van 15 december t/m 6 januari",
        "2× points from 15 December through 6 January",
    ),
    (
        asks("time.month_day", "between", ["12-25", "12-25"]),
        "2× punten op 25 december",
        "2× points on 25 December",
    ),
    (
        asks("member.tier", "in", ["gold", "silver"]),
        "klanten met tier Goud of silver krijgen 2× punten",
        "members with tier Gold or silver get 2× points",
    ),
    (
        asks("member.tier", "not_in", ["gold"]),
        "2× punten, niet voor klanten met tier Goud",
        "2× points, not for members with tier Gold",
    ),
    (
        asks("member.segment", "in", ["painters"]),
        "klanten in de groep painters krijgen 2× punten",
        "members in the group painters get 2× points",
    ),
    (
        asks("member.segment", "not_in", ["painters"]),
        "2× punten, niet voor klanten in de groep painters",
        "2× points, not for members in the group painters",
    ),
    (
        asks("member.joined", "at_least", 30),
        "klanten die minstens 30 dagen lid zijn krijgen 2× punten",
        "members who joined at least 30 days ago get 2× points",
    ),
    (
        asks("member.joined", "at_most", 1),
        "klanten die hoogstens 1 dag lid zijn krijgen 2× punten",
        "members who joined at most 1 day ago get 2× points",
    ),
    (
        asks("member.anniversary", "is", "day"),
        "klanten op de verjaardag van hun lidmaatschap krijgen 2× punten",
        "members on the anniversary of their joining get 2× points",
    ),
    (
        asks("member.anniversary", "is", "month"),
        "klanten in de maand waarin ze lid werden krijgen 2× punten",
        "members in the month in which they joined get 2× points",
    ),
    (
        asks("count", "every", 5, of="purchase"),
        "2× punten bij elke 5e aankoop",
        "2× points for every 5th purchase",
    ),
    (
        asks("count", "equals", 1, of="purchase"),
        "2× punten bij de eerste aankoop",
        "2× points for the first purchase",
    ),
    (
        asks("count", "at_least", 3, of="purchase"),
        "2× punten vanaf de derde aankoop",
        "2× points from the third purchase on",
    ),
    (
        asks("count", "at_most", 3, of="purchase"),
        "2× punten bij de eerste 3 aankopen",
        "2× points for the first 3 purchases",
    ),
    (
        asks("count", "at_most", 1, of="purchase"),
        "2× punten bij de eerste aankoop",
        "2× points for the first purchase",
    ),
    (
        asks("count", "equals", 2, of="colour_advice"),
        "2× punten voor de tweede keer colour advice",
        "2× points for the second colour advice",
    ),
    (
        asks("variant", "in", ["b"], campaign="spring_mail"),
        "klanten in variant b van spring mail krijgen 2× punten",
        "members in variant b of spring mail get 2× points",
    ),
    (
        asks("variant", "not_in", ["b"], campaign="spring_mail"),
        "2× punten, niet voor klanten in variant b van spring mail",
        "2× points, not for members in variant b of spring mail",
    ),
    (
        asks("advanced", "holds", "activity.amount > 5.0"),
        "2× punten onder een extra voorwaarde",
        "2× points under an extra condition",
    ),
]
EFFECTS = [
    (
        a_rule(effects=[gives("per_amount", points=3, per="1.00")]),
        "3 punten per euro",
        "3 points per euro",
    ),
    (
        a_rule(effects=[gives("per_amount", points=1250, per="2500")]),
        "1.250 punten per € 2.500",
        "1,250 points per €2,500",
    ),
    (
        a_rule(effects=[gives("per_quantity", points=2, per="1")]),
        "2 punten per stuk",
        "2 points per piece",
    ),
    (
        a_rule(effects=[gives("per_quantity", points=2, per="2.5", unit="stamps")]),
        "2 stempels per 2,5 stuks",
        "2 stamps per 2.5 pieces",
    ),
    (
        a_rule(effects=[gives("multiplier", factor="1.50", unit="stars")]),
        "1,5× sterren",
        "1.5× stars",
    ),
    (
        a_rule(effects=[gives("fixed", points=1, unit="stars")], trigger="review"),
        "1 ster voor een review",
        "1 star for a review",
    ),
    (
        a_rule(effects=[gives("reward", reward="brush")], trigger="visit"),
        "de beloning Gratis kwast voor een bezoek",
        "the reward Free brush for a visit",
    ),
    (
        a_rule(effects=[gives("cap", most=500, period="month")]),
        "alle acties samen hoogstens 500 punten per maand bij een aankoop",
        "all offers together at most 500 points a month for a purchase",
    ),
    (
        a_rule(effects=[gives("cap", most=500)]),
        "alle acties samen hoogstens 500 punten per aankoop",
        "all offers together at most 500 points per purchase",
    ),
    (
        a_rule(effects=[gives("cap", most=9, period="day", scope="location", unit="stamps")]),
        "alle acties samen hoogstens 9 stempels per dag per vestiging voor alle klanten samen bij een aankoop",
        "all offers together at most 9 stamps a day per location for all members together for a purchase",
    ),
    (
        a_rule(
            effects=[
                *BASE,
                gives("fixed", points=5, unit="credits"),
                gives("reward", reward="brush"),
            ]
        ),
        "1 punt per euro, 5 credits en de beloning Gratis kwast",
        "1 point per euro, 5 credits and the reward Free brush",
    ),
]
LIMITS = [
    ({"most": 500, "period": "month"}, "hoogstens 500 per maand", "at most 500 a month"),
    (
        {"most": 1, "of": "times", "period": "activity"},
        "hoogstens 1 keer per aankoop",
        "at most once per purchase",
    ),
    (
        {"most": 1, "of": "times", "period": "year"},
        "hoogstens 1 keer per jaar",
        "at most once a year",
    ),
    (
        {"most": 3, "of": "times", "period": "week"},
        "hoogstens 3 keer per week",
        "at most 3 times a week",
    ),
    (
        {"most": 5000, "scope": "rule", "period": "week"},
        "hoogstens 5.000 per week voor alle klanten samen",
        "at most 5,000 a week for all members together",
    ),
    (
        {"most": 5000, "scope": "location", "period": "day"},
        "hoogstens 5.000 per dag per vestiging voor alle klanten samen",
        "at most 5,000 a day per location for all members together",
    ),
    ({"most": 5}, "hoogstens 5 in totaal", "at most 5 in total"),
    (
        {"scope": "budget", "budget": "spring"},
        "zolang het budget lente van 100.000 strekt",
        "while the budget spring of 100,000 lasts",
    ),
    (
        {"scope": "budget", "budget": "unknown"},
        "zolang het budget unknown strekt",
        "while the budget unknown lasts",
    ),
]
REST = [
    (
        {"group": {"key": "autumn", "choose": "first"}},
        "van de acties in autumn telt alleen de eerste",
        "of the offers in autumn only the first counts",
    ),
    (
        {"group": {"key": "autumn", "choose": "best"}},
        "van de acties in autumn telt alleen wat het meeste oplevert",
        "of the offers in autumn only the one that gives most counts",
    ),
    (
        {"group": {"key": "autumn", "choose": "sum"}},
        "samen met alle andere acties in autumn",
        "together with all other offers in autumn",
    ),
    ({"terms": {"pending_days": 14}}, "bruikbaar na 14 dagen", "usable after 14 days"),
    (
        {"terms": {"awaits": "delivered"}},
        "bruikbaar zodra het bezorgd is",
        "usable once it is delivered",
    ),
    (
        {"terms": {"awaits": "return_window_over"}},
        "bruikbaar zodra de retourtermijn om is",
        "usable once the time for returns is over",
    ),
    (
        {"terms": {"awaits": "paid", "pending_days": 1, "expiry": {"kind": "never"}}},
        "bruikbaar na 1 dag of zodra paid gemeld is, punten vervallen niet",
        "usable after 1 day or once paid is reported, points never lapse",
    ),
    (
        {
            "terms": {"expiry": {"kind": "term", "months": 6}},
            "tier_expiry": {"gold": {"kind": "end_of", "period": "year"}},
        },
        "punten vervallen na 6 maanden, aan het eind van de dag, met tier Goud: punten vervallen aan het eind van het jaar",
        "points lapse after 6 months, at the end of the day, with tier Gold: points lapse at the end of the year",
    ),
]

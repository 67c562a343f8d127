"""What *Kleur & Co* sells: categories and articles, in Dutch and English, by price.

The households' purchases are real and their prices are kept, so an article is found by category
and price: every category has price bands, each with the articles that cost about that much.
"""

from bisect import bisect_right
from typing import NamedTuple

SAMPLES = "samples"  # what was handed out free of charge


class Category(NamedTuple):
    """A category of the shop; `key` is what earning rules name."""

    key: str
    nl: str
    en: str


class Article(NamedTuple):
    """Something on the shelf; `key` is what a basket line calls its product."""

    key: str
    category: str
    from_cents: int  # articles with the same value share a price band
    nl: str
    en: str


CATEGORIES = (
    Category("paint", "Verf", "Paint"),
    Category("primer", "Grondverf", "Primer"),
    Category("wood_stain", "Beits en olie", "Wood stain and oil"),
    Category("wallpaper", "Behang", "Wallpaper"),
    Category("brushes_tools", "Kwasten en gereedschap", "Brushes and tools"),
    Category("tape_filler", "Tape, kit en vulmiddel", "Tape, sealant and filler"),
    Category("floor", "Vloer", "Floor"),
    Category("lighting", "Verlichting", "Lighting"),
    Category("home_textiles", "Woontextiel", "Home textiles"),
    Category("decoration", "Woondecoratie", "Decoration"),
    Category("storage", "Opbergen", "Storage"),
    Category("kitchen_bath", "Keuken en bad", "Kitchen and bath"),
    Category("cleaning", "Schoonmaak", "Cleaning"),
    Category("garden", "Tuin en balkon", "Garden and balcony"),
    Category("plants", "Planten en bloemen", "Plants and flowers"),
    Category("inspiration", "Boeken en workshops", "Books and workshops"),
    Category("gift_cards", "Cadeaukaarten", "Gift cards"),
    Category(SAMPLES, "Kleurstalen", "Colour samples"),
)

# Category, lowest price of the band in cents, key, Dutch, English.
_SHELVES = """
paint|0|colour_tester|Kleurtester muurverf 50 ml|Wall paint tester 50 ml
paint|0|chalk_marker|Krijtverfstift|Chalk paint marker
paint|120|hobby_paint|Hobbyverf 75 ml|Hobby paint 75 ml
paint|120|touch_up_pen|Bijwerkstift lak|Touch-up lacquer pen
paint|250|wall_paint_small|Muurverf mat 250 ml|Matt wall paint 250 ml
paint|250|satin_paint_small|Zijdeglanslak 125 ml|Satin paint 125 ml
paint|400|spray_paint|Spuitlak 150 ml|Spray paint 150 ml
paint|400|radiator_paint|Radiatorlak 250 ml|Radiator paint 250 ml
paint|700|chalk_paint|Krijtverf 500 ml|Chalk paint 500 ml
paint|700|gloss_paint|Hoogglanslak 500 ml|Gloss paint 500 ml
paint|1200|wall_paint_large|Muurverf mat 2,5 l|Matt wall paint 2.5 l
primer|0|primer_sachet|Grondverf zakje 50 ml|Primer sachet 50 ml
primer|120|fixing_primer_small|Voorstrijk 250 ml|Fixing primer 250 ml
primer|250|metal_primer|Metaalprimer 125 ml|Metal primer 125 ml
primer|250|stain_block|Isoleerverf 125 ml|Stain block 125 ml
primer|500|wood_primer|Grondverf hout 500 ml|Wood primer 500 ml
primer|1000|primer_large|Grondverf 1 l|Primer 1 l
wood_stain|0|stain_tester|Tester beits 30 ml|Wood stain tester 30 ml
wood_stain|120|wax_stick|Meubelwas stick|Furniture wax stick
wood_stain|250|linseed_oil|Lijnolie 250 ml|Linseed oil 250 ml
wood_stain|250|furniture_oil|Meubelolie 125 ml|Furniture oil 125 ml
wood_stain|500|clear_varnish|Blanke lak 250 ml|Clear varnish 250 ml
wood_stain|1000|garden_stain|Tuinbeits 1 l|Garden wood stain 1 l
wallpaper|0|wallpaper_offcut|Restant behang|Wallpaper offcut
wallpaper|120|wallpaper_paste|Behanglijm klein pak|Wallpaper paste, small pack
wallpaper|120|border_narrow|Behangrand smal|Narrow wallpaper border
wallpaper|250|paste_nonwoven|Lijm voor vliesbehang|Paste for non-woven wallpaper
wallpaper|250|wall_stickers|Muurstickers|Wall stickers
wallpaper|450|wallpaper_sale|Behang uitverkoop, per rol|Clearance wallpaper, per roll
wallpaper|900|wallpaper_nonwoven|Vliesbehang, per rol|Non-woven wallpaper, per roll
brushes_tools|0|stirring_stick|Roerhout|Stirring stick
brushes_tools|0|sanding_sheet|Schuurpapier, per vel|Sanding paper, per sheet
brushes_tools|80|roller_cover|Verfroller navulling|Roller cover
brushes_tools|80|detail_brush|Penseel|Detail brush
brushes_tools|180|flat_brush|Platte kwast 30 mm|Flat brush 30 mm
brushes_tools|180|scraper|Plamuurmes|Filling knife
brushes_tools|180|paint_tray|Verfbak|Paint tray
brushes_tools|300|round_brush|Ronde kwast nr. 8|Round brush no. 8
brushes_tools|300|sanding_block|Schuurblok|Sanding block
brushes_tools|500|roller_set|Verfrollerset|Roller set
brushes_tools|1000|tool_set|Schildersset|Painter's tool set
tape_filler|0|masking_tape_narrow|Afplaktape smal|Narrow masking tape
tape_filler|0|cable_clips|Kabelclips|Cable clips
tape_filler|100|masking_tape|Afplaktape 25 mm|Masking tape 25 mm
tape_filler|100|cover_sheet|Afdekfolie|Cover sheet
tape_filler|200|filler_tube|Muurvuller tube|Wall filler tube
tape_filler|200|acrylic_sealant|Acrylaatkit|Acrylic sealant
tape_filler|350|wood_filler|Houtvuller|Wood filler
tape_filler|600|sealant_set|Kitset met pistool|Sealant set with gun
floor|0|felt_pads|Viltglijders|Felt pads
floor|150|floor_soap_small|Vloerzeep 250 ml|Floor soap 250 ml
floor|300|floor_profile|Vloerprofiel|Floor profile
floor|300|door_mat_small|Inloopmatje|Small entrance mat
floor|600|floor_paint|Vloerverf 500 ml|Floor paint 500 ml
floor|1200|rug_small|Vloerkleedje|Small rug
lighting|0|tea_light_led|Led-theelicht|Led tea light
lighting|150|led_bulb_small|Ledlamp kaars|Led candle bulb
lighting|300|led_bulb|Ledlamp|Led bulb
lighting|300|batteries|Batterijen|Batteries
lighting|600|fairy_lights|Lichtsnoer|Fairy lights
lighting|1000|table_lamp|Tafellamp|Table lamp
home_textiles|0|fabric_swatch|Lapje meubelstof|Piece of furnishing fabric
home_textiles|120|napkins|Servetten|Napkins
home_textiles|120|tea_towel|Theedoek|Tea towel
home_textiles|250|placemat|Placemat|Placemat
home_textiles|250|guest_towel|Gastendoekje|Guest towel
home_textiles|450|cushion_cover|Kussenhoes|Cushion cover
home_textiles|800|throw|Plaid|Throw
home_textiles|1500|curtain|Gordijn|Curtain
decoration|0|postcard|Interieurkaart|Interior postcard
decoration|0|hook_small|Schilderijhaakje|Picture hook
decoration|100|candle|Dinerkaars|Dinner candle
decoration|100|photo_frame_small|Fotolijstje|Small photo frame
decoration|220|pillar_candle|Stompkaars|Pillar candle
decoration|220|vase_small|Vaasje|Small vase
decoration|400|photo_frame|Fotolijst|Photo frame
decoration|400|scented_candle|Geurkaars|Scented candle
decoration|700|wall_clock|Wandklok|Wall clock
decoration|1300|mirror|Spiegel|Mirror
storage|0|labels|Opberglabels|Storage labels
storage|120|storage_jar|Voorraadpot|Storage jar
storage|250|storage_box_small|Opbergdoos klein|Small storage box
storage|250|hanger_set|Kledinghangers|Clothes hangers
storage|450|basket_woven|Gevlochten mand|Woven basket
storage|900|wall_shelf|Wandplank|Wall shelf
kitchen_bath|0|tile_sticker|Tegelsticker|Tile sticker
kitchen_bath|120|drawer_knob|Kastknopje|Cabinet knob
kitchen_bath|120|soap_dish|Zeepbakje|Soap dish
kitchen_bath|250|tile_grout|Voegmiddel|Tile grout
kitchen_bath|250|mug|Mok|Mug
kitchen_bath|450|bath_mat|Badmat|Bath mat
kitchen_bath|900|shower_curtain|Douchegordijn|Shower curtain
cleaning|0|sponge|Spons|Sponge
cleaning|0|cleaning_rag|Poetslap|Cleaning rag
cleaning|150|brush_cleaner|Kwastreiniger|Brush cleaner
cleaning|150|degreaser|Verfreiniger|Paint cleaner
cleaning|300|turpentine|Terpentine 500 ml|Turpentine 500 ml
cleaning|600|paint_stripper|Verfafbijt|Paint stripper
garden|0|plant_stick|Plantenstok|Plant stick
garden|120|seeds|Bloemzaad|Flower seeds
garden|120|plant_pot_small|Bloempot klein|Small plant pot
garden|250|potting_soil|Potgrond 10 l|Potting soil 10 l
garden|450|plant_pot|Bloempot|Plant pot
garden|900|fence_stain|Schuttingbeits 1 l|Fence stain 1 l
plants|0|cutting|Stekje|Cutting
plants|120|herb_pot|Kruidenplantje|Herb pot
plants|120|succulent|Vetplantje|Succulent
plants|250|house_plant_small|Kamerplant klein|Small house plant
plants|500|bouquet|Boeket|Bouquet
plants|1000|house_plant|Kamerplant groot|Large house plant
inspiration|0|colour_card|Kleurkaart|Colour card
inspiration|150|home_magazine|Woonmagazine|Home magazine
inspiration|400|colour_fan|Kleurenwaaier|Colour fan
inspiration|800|interior_book|Interieurboek|Interior book
inspiration|1500|workshop|Workshop krijtverf|Chalk paint workshop
gift_cards|0|gift_card|Cadeaukaart|Gift card
samples|0|paint_sample|Gratis verfstaal|Free paint sample
samples|0|wallpaper_sample|Gratis behangstaal|Free wallpaper sample
samples|0|fabric_sample|Gratis stofstaal|Free fabric sample
"""
_BY_MEASURE = "paint|250|mixed_paint|Mengverf op maat, per liter|Paint mixed to measure, per litre"


def _article(row: str) -> Article:
    category, cents, key, nl, en = row.split("|")
    return Article(key=key, category=category, from_cents=int(cents), nl=nl, en=en)


_SHELVED = tuple(_article(row) for row in _SHELVES.strip().splitlines())
ARTICLES = (*_SHELVED, _article(_BY_MEASURE))
MIXED_PAINT = len(_SHELVED)  # position of the one article that no price band holds

_BANDS: dict[str, dict[int, list[int]]] = {}
for _position, _row in enumerate(_SHELVED):
    _BANDS.setdefault(_row.category, {}).setdefault(_row.from_cents, []).append(_position)


def find_article(*, category: str, cents: int, choice: int) -> int:
    """Position in ARTICLES of the one for this category and price.

    `choice` is any number; the same number always picks the same article of the price band.
    Raises KeyError for a category the shop does not have.
    """
    bands = _BANDS[category]
    prices = list(bands)  # ascending, as the shelves are written
    band = bands[prices[max(bisect_right(prices, cents) - 1, 0)]]
    return band[choice % len(band)]

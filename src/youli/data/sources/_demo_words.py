"""Names of the demo shop's products as a shopper would like to read them.

The data spells `FRZN ICE`, `ICE - CRUSHED/CUBED`, `22 LB` in 30 characters of capitals; the store
shows "Ice – crushed/cubed, 22 lb". Only abbreviations whose meaning is certain are written out.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

__all__ = ["category_path", "product_title", "readable", "readable_size", "shelf_size"]

#: Longest text of the data; a word that ends there may be cut.
_CUT_AT: Final = 30
_ALIKE: Final = "BBQ OJ TV NZ DXM PSE IQF CD DVD USA"
_WORDS: Final = {
    "FRZN": "frozen", "FRZ": "frozen", "SFT": "soft", "DRNK": "drink", "DRNKS": "drinks",
    "DRNKING": "drinking", "DRNKNG": "drinking", "BTL": "bottle", "CARB": "carbonated",
    "CRBNTD": "carbonated", "FLVRD": "flavored", "FLVR": "flavored", "FLAV": "flavored",
    "SNGL": "single", "SGL": "single", "SRV": "serve", "SV": "serve", "MLT": "multi",
    "MULT": "multi", "PK": "pack", "PKG": "packaged", "PKGD": "packaged", "PCKGD": "packaged",
    "DNRS": "dinners", "DNR": "dinner", "VEG": "vegetable", "VEGETABL": "vegetable",
    "REFRIG": "refrigerated", "REFRGRATD": "refrigerated", "REFIGERATED": "refrigerated",
    "MISC": "miscellaneous", "CHIX": "chicken", "CHICK": "chicken", "CHOC": "chocolate",
    "CHOCOCLATE": "chocolate", "GRND": "ground", "WHL": "whole", "CND": "canned",
    "CRMD": "creamed", "FD": "food", "DOGFD": "dog food", "CATFD": "cat food", "SAUS": "sausage",
    "SAL": "salad", "SALD": "salad", "DRSNG": "dressing", "SNDWCH": "sandwich", "SPRD": "spread",
    "CONC": "concentrate", "JCE": "juice", "PNCH": "punch", "FRD": "fried", "BRD": "breaded",
    "BKD": "baked", "PRPCK": "prepacked", "PREPCK": "prepacked", "PREP": "prepared",
    "PREM": "premium", "SUP": "super", "HYGN": "hygiene", "FEM": "feminine", "SYRP": "syrup",
    "LOZNG": "lozenges", "DRP": "drops", "XPCTRNT": "expectorant", "STK": "stick", "MLK": "milk",
    "PWDRS": "powders", "PWDR": "powder", "CRYSTL": "crystal", "MX": "mix", "MXS": "mixes",
    "MNRL": "mineral", "NAT": "natural", "PKLD": "pickled", "PICKLD": "pickled", "PNT": "peanut",
    "BTR": "butter", "BN": "bean", "BRKFST": "breakfast", "WHLSM": "wholesome",
    "CLEANG": "cleaning", "SPLY": "supplies", "SUPPPLIES": "supplies", "TRSH": "trash",
    "BG": "bags",
    "TISS": "tissue", "CNTRL": "control", "LIQS": "liquids", "GDS": "goods", "SW": "sweet",
    "SWT": "sweet", "WTR": "water", "SNKS": "snacks", "CKYS": "cookies", "CRKR": "crackers",
    "CNDY": "candy", "CKE": "cake", "FDS": "food", "PREPORTND": "preportioned", "HISPANIC":
    "Hispanic", "ITALIAN": "Italian", "FRENCH": "French", "MEXICAN": "Mexican", "ENGLISH":
    "English", "AUSTRALIAN": "Australian", "CHRISTMAS": "Christmas", "HALLOWEEN": "Halloween",
    "EASTER": "Easter", "VALENTINE": "Valentine", "SINGLES": "singles", "ORIENTAL": "Asian",
    "BUFFALO": "Buffalo", "ANGUS": "Angus", "WORCHESTER": "Worcestershire", "RAMEN": "ramen",
    "RW": "random weight", "FRE": "fresh", "VIENNA": "Vienna", "FUJI": "Fuji", "GALA": "Gala",
    "BARTLETT": "Bartlett", "ANJOU": "Anjou", "ROMA": "Roma", "SMITH": "Smith", "GRANNY": "Granny",
    "REVLON": "Revlon", "MAYBELLINE": "Maybelline", "COVERGIRL": "CoverGirl", "LOREAL": "L'Oréal",
    "PROTIEN": "protein", "LINAMENTS": "liniments", "MEMORABLILIA": "memorabilia",
    "SWEETNERS": "sweeteners", "DISPOSIBLE": "disposable", "SHERBTS": "sherbets",
    "BEERALEMALT": "beer, ale & malt", "GOLD": "Golden", "CHILDREN": "children's",
    "MARINAD": "marinades", "COOKI": "cookies", "BEVERAG": "beverages", "INSTORE": "in-store",
    "ASCEPTIC": "aseptic",
}  # fmt: skip
_WHOLE: Final = {
    "DRUG GM": "Drugstore & household", "MEAT-PCKGD": "Packaged meat",
    "SEAFOOD-PCKGD": "Packaged seafood", "CNTRL/STORE SUP": "Store supplies",
    "CHARITABLE CONT": "Charity", "PROD-WHS SALES": "Produce", "GM MERCH EXP": "Household",
    "ELECT &PLUMBING": "Electrical & plumbing", "FRZN ICE": "Ice",
    "PLSTC CTLRYTBLCLTHSTTHPKSST": "Plastic cutlery, tablecloths & toothpicks",
    "BEANS GREEN: FS/WHL/CUT": "Green beans", "PEPPERS-ALL": "Peppers",
    "SW GDS:DONUTS": "Donuts", "SW GDS: SW ROLLS/DAN": "Sweet rolls & danish",
    "SW GDS:COFFEE CAKES": "Coffee cakes", "IWS SINGLE CHEESE": "Wrapped cheese slices",
    "NON-IWS SINGLE CHEESE": "Cheese slices", "FLUID MILK WHITE ONLY": "White milk",
    "SOFT DRINKS 12/18&15PK CAN CAR": "Soft drinks, cans", "YOGURT NOT MULTI-PACKS": "Yogurt",
    "SFT DRNK 2 LITER BTL CARB INCL": "Soft drinks, 2-liter bottle",
    "SFT DRNK SNGL SRV BTL CARB (EX": "Soft drinks, single bottle",
    "SFT DRNK MLT-PK BTL CARB (EXCP": "Soft drinks, multi-pack bottles",
    "SOFT DRINKS 6PK/4PK CAN CARB (": "Soft drinks, small pack of cans",
    "MAINSTREAM WHEAT/MULTIGRAIN BR": "Wheat & multigrain bread",
    "MAINSTREAM WHITE BREAD": "White bread", "GASOLINE-REG UNLEADED": "Gasoline",
    "SS ECONOMY ENTREES/DINNERS ALL": "Frozen dinners for one, economy",
    "FRZN SS PREMIUM ENTREES/DNRS/N": "Frozen dinners for one, premium",
    "FRZN SS PREMIUM ENTREES/DNRS/T": "Frozen dinners for one, premium",
    "FRZN MULTI SERVE ENTREES ALL": "Frozen entrees for several",
    "DAIRY CASE 100% PURE JUICE - O": "100% orange juice, chilled",
    "DAIRY CASE 100% PURE JUICE OTH": "100% juice, chilled",
    "DAIRY CASE CITRUS PNCH/OJ SUBS": "Citrus punch, chilled",
    "DAIRY CASE FRUIT DRINKS (NO JU": "Fruit drinks, chilled",
    "SGL SV/VEND MACH SNACKS CHIP/P": "Chips, single serve",
    "NON-CRBNTD DRNKING/MNERAL WATE": "Still water",
    "RTS SOUP: CHUNKY/HOMESTYLE ET": "Ready-to-serve soup",
    "SEMI-SOLID SALAD DRESSING MAY": "Mayonnaise & salad dressing",
    "HOT MUSTARD/SPECIALTY MUSTAR": "Hot & specialty mustard",
    "SANDWICH SAUCE HORSERADISH SA": "Sandwich & horseradish sauce",
    "CHEESE CRACKERS (CHEEZ-ITS/GOL": "Cheese crackers",
    "TABLE SALT POPCORN SALTICE C": "Table & popcorn salt",
    "GARBAGE KITCHEN COMPACTOR BA": "Garbage & kitchen bags",
    "CHIX:FRD 8PC/CUT UP (HOT)": "Fried chicken, 8 pieces (hot)",
    "PLASTIC/HEAVY PAPER PREM PLATE": "Premium plates",
    "TORTILLA/NACHO CHIPS": "Tortilla & nacho chips",
    "DISPOSABLE FD STORAGE CONTAINR": "Disposable food containers",
    "REFRIGERATED COOKIES-BREAK N B": "Refrigerated cookies, break & bake",
    "BABY HBC": "Baby care", "NATURAL HBC": "Natural care", "MISCELLANEOUS HBC": "Other care",
    "BEANS - CANNED GLASS & MW": "Canned beans", "VAC BAGS/ACC": "Vacuum bags",
    "EGGS - X-LARGE": "Eggs – extra large",
}  # fmt: skip
#: Words that keep their capital inside a title.
_PROPER: Final = frozenset(word for word in _WORDS.values() if word[:1].isupper())
#: In this category the type is the maker.
_MAKERS: Final = "MAKEUP AND TREATMENT"
#: Types that say nothing without their category: "Premium" is an ice cream or a pizza.
_GENERIC: Final = frozenset(
    {
        "ABRASIVES", "ADULT PREMIUM", "ANGUS", "BETTER FOR YOU", "BUTTS", "CONES", "CUBED", "DECOR",
        "DRY", "ECONOMY", "ENHANCED", "ENTREES", "FLAVORED/OTHER", "FRESH", "GREENS", "KITS",
        "KOSHER/SPECIALTY", "LEAN", "LOAVE", "MAINSTREAM", "MEAT INCLUDED", "MICROWAVE",
        "MISCELLANEOUS", "OTHER", "PAILS", "PANTRY", "PATTIES", "POULTRY", "PRE-COOKED", "PREMIUM",
        "PRIMAL", "PROCESSED", "PROCESSED OTHER", "RED", "RIBS", "SELECT", "SINGLES",
        "SMOKED/COOKED", "TRADITIONAL", "TREATS", "VALUE", "VARIETY PACK", "WHITE", "WHOLE",
    }
)  # fmt: skip
_UNITS: Final = {
    "OZ": "oz", "LB": "lb", "CT": "ct", "ML": "ml", "L": "L", "LT": "L", "LTR": "L", "GAL": "gal",
    "GA": "gal", "PT": "pt", "QT": "qt", "IN": "in", "FT": "ft", "G": "g", "GM": "g", "KG": "kg",
    "SQ": "sq", "YD": "yd", "DZ": "dozen", "DOZ": "dozen", "PC": "pieces", "RL": "rolls",
}  # fmt: skip


@cache
def readable(text: str) -> str:
    """A department, category or type in sentence case, abbreviations written out."""
    text = re.sub(r"\s+", " ", text.strip())
    if text in _WHOLE:
        return _WHOLE[text]
    bare = re.sub(r"\s*\([^)]*\)?", "", text)  # remarks, closed or cut off
    if len(text) >= _CUT_AT and "(" not in text:
        bare = re.sub(r"[\s/&-]+[A-Z']{1,3}$", "", bare)  # a word that was cut
    bare = re.sub(r"[\s/&:,-]+(ALL|ETC|AND|OR|W|WITH)?$", "", bare)
    bare = re.sub(r"-\s*MAGAZINE$", " MAGAZINE", bare)
    bare = re.sub(r"\s*:\s*|\s+-\s*|\s*-\s+", " – ", bare)
    bare = re.sub(r"\s*&\s*", " & ", bare)
    bare = re.sub(r"\.(?!\d)", "", bare)
    words = re.sub(r"[A-Za-z']+", lambda found: _word(found[0]), bare)
    return words[:1].upper() + words[1:]


@cache
def readable_size(size: str | None) -> str:
    """A package size: `22 LB` → `22 lb`, `12 PK/12 OZ` → `12 × 12 oz`; empty where unknown."""
    if not size or not re.search(r"\d", size):
        return ""
    text = re.sub(r"\([^)]*\)", "", size).strip()
    text = re.sub(r"(?<![\d.])\.(\d)", r"0.\1", text)
    text = re.sub(r"^(\d+)\s*PK\s*/\s*", r"\1 × ", text)
    text = re.sub(r"(\d+)\s*PK\b", r"\1-pack", text)
    return re.sub(r"[A-Z]+", lambda found: _UNITS.get(found[0], found[0].lower()), text)


@cache
def shelf_size(department: str | None, size: str | None) -> str | None:
    """The size a shopper takes home; None where it is unknown or that of the store's crate."""
    return None if _is_crate(department, size) else readable_size(size) or None


@cache
def product_title(
    department: str | None,
    product_category: str | None,
    product_type: str | None,
    package_size: str | None,
    brand: str | None,
) -> str:
    """What the store calls a product, from what the data knows of it."""
    kind = product_type or product_category
    if kind is None:
        name = f"{readable(department)} item" if department else "Unnamed item"
    elif product_type and product_category == _MAKERS:
        name = f"{_WORDS.get(product_type, product_type.title())} makeup"
    elif product_type and product_category and product_type.strip() in _GENERIC:
        name = f"{readable(product_category)} – {_inside(readable(product_type))}"
    else:
        name = readable(kind)
    size = shelf_size(department, package_size)
    own = " (own brand)" if brand == "Private" else ""
    return f"{name}, {size}{own}" if size else f"{name}{own}"


@cache
def category_path(
    department: str | None, product_category: str | None, product_type: str | None
) -> str | None:
    """`department > category > type`; a level that repeats the one above is left out."""
    levels: list[str] = []
    for text in (department, product_category, product_type):
        if text and (name := readable(text)) not in levels[-1:]:
            levels.append(name)
    return " > ".join(levels) or None


def _inside(name: str) -> str:
    """A name as it stands inside a sentence."""
    return name if name.split()[0] in _PROPER else name[:1].lower() + name[1:]


def _is_crate(department: str | None, size: str | None) -> bool:
    """Whether a size is that of the crate the store unpacks: bananas come in 40 lb."""
    if department != "PRODUCE" or not size:
        return False
    number = re.match(r"\d+(\.\d+)?", size)
    return "OZ" not in size and not ("LB" in size and number is not None and float(number[0]) <= 10)


def _word(word: str) -> str:
    if word in _ALIKE.split():
        return word
    return _WORDS.get(word, word.lower())

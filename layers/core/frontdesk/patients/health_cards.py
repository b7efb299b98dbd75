"""Health cards: which number goes with which card, and whether it was heard right."""

import re
import unicodedata
from typing import Literal

from frontdesk.errors import Unclear
from frontdesk.patients.names import fold

HealthCardType = Literal["BC", "ON", "OTHER_PROVINCE", "PRIVATE", "NONE"]

_BC_WEIGHTS = (2, 4, 8, 5, 10, 9, 7, 3)

_PROVINCES = {
    "AB": "Alberta Alta 阿尔伯塔 阿爾伯塔 艾伯塔 亚伯达 亞伯達 阿省",
    "BC": "BritishColumbia ColombieBritannique 不列颠哥伦比亚 不列顛哥倫比亞 卑诗 卑詩",
    "MB": "Manitoba 曼尼托巴 马尼托巴 緬尼托巴 缅省",
    "NB": "NewBrunswick NouveauBrunswick 新不伦瑞克 新不倫瑞克 纽宾士域",
    "NL": "Newfoundland NewfoundlandAndLabrador Nfld TerreNeuve 纽芬兰 紐芬蘭 纽芬兰与拉布拉多",
    "NS": "NovaScotia NouvelleEcosse 新斯科舍 新斯科细亚",
    "NT": "NorthwestTerritories NWT TerritoiresDuNordOuest 西北地区 西北地區",
    "NU": "Nunavut 努纳武特 努納武特",
    "ON": "Ontario Ont 安大略 安省",
    "PE": "PrinceEdwardIsland PEI IleDuPrinceEdouard 爱德华王子岛 愛德華王子島",
    "QC": "Quebec Que PQ 魁北克 魁省",
    "SK": "Saskatchewan Sask 萨斯喀彻温 萨斯喀川 薩斯喀徹溫",
    "YT": "Yukon YukonTerritory YK 育空 育空地区 育空地區",
}
"""ISO 3166-2:CA, without its country, and the names they go by."""


def _squeezed(text: str) -> str:
    return fold(text).replace(" ", "")


_PROVINCE_OF = {
    _squeezed(name): code for code, names in _PROVINCES.items() for name in (code, *names.split())
}


def checked_number(card_type: HealthCardType, number: str | None, province: str | None) -> str | None:
    """The number without separators, in capitals, once it fits its card; None when there is none to keep.

    A card of another province has a number of 6 to 12 letters and digits; if that province is after all
    British Columbia or Ontario, the number must fit theirs. A private insurer's is kept if there is one.

    Raises `Unclear`, which never repeats the number, when it does not fit, or is missing, or the province is.
    """
    if card_type == "NONE":
        return None
    kept = re.sub(r"[^A-Z0-9]", "", unicodedata.normalize("NFKC", number or "").upper())
    if card_type == "PRIVATE":
        return kept or None
    issuer = province_heard(province or "") if card_type == "OTHER_PROVINCE" else card_type
    if issuer == "BC":
        return _of_british_columbia(kept)
    if issuer == "ON":
        return _of_ontario(kept)
    if not re.fullmatch(r"(?=.*\d)[A-Z0-9]{6,12}", kept):
        raise Unclear(
            "A provincial health card number has 6 to 12 letters and digits. Ask the caller to read it again."
        )
    return kept


def province_heard(text: str) -> str:
    """The two letters of a Canadian province or territory, from its code, English, French or Chinese name.

    Raises `Unclear` when it is none of them.
    """
    name = _squeezed(text).removeprefix("provinceof").removesuffix("province").removesuffix("省")
    code = _PROVINCE_OF.get(name) or _PROVINCE_OF.get(_squeezed(text))
    if code is None:
        raise Unclear(
            "That is not a Canadian province. Ask the caller which province issued the health card."
        )
    return code


def _of_british_columbia(number: str) -> str:
    """Ten digits, 9 first, the last by modulus 11 over the eight between; remainders 0 and 1 are not issued.

    Source: British Columbia, Ministry of Health, Professional and Software Conformance Standards, volume 4B,
    "PHN check digit number routine".
    """
    if re.fullmatch(r"9\d{9}", number):
        weighted = sum(int(digit) * weight for digit, weight in zip(number[1:9], _BC_WEIGHTS, strict=True))
        if 11 - weighted % 11 == int(number[9]):
            return number
    raise Unclear(
        "A BC health card number (PHN) has ten digits, starts with 9 and ends in a check digit; this one"
        " does not fit. Ask the caller to read it again, digit by digit."
    )


def _of_ontario(number: str) -> str:
    """Ten digits, the last by modulus 10 (Luhn, ISO/IEC 7812-1, annex B), and up to two letters of version.

    Source: Ontario, Ministry of Health, "Health Card Validation Reference Manual", on the version code.
    """
    if re.fullmatch(r"\d{10}[A-Z]{0,2}", number) and _luhn(number[:10]) % 10 == 0:
        return number
    raise Unclear(
        "An Ontario health card number has ten digits, the last a check digit, and up to two letters; this"
        " one does not fit. Ask the caller to read it again, digit by digit, and then the letters."
    )


def _luhn(digits: str) -> int:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return sum(doubled) + sum(int(digit) for digit in digits[::-2])

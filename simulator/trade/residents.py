"""People of six countries: names, streets and cities that fit, put together at random from common ones.

A Japanese name is written in characters and has a Latin spelling for the email.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Literal

from simulator import names
from simulator.places import CITIES, CITY_WEIGHTS
from simulator.trade.model import Address

_FIRST: dict[str, tuple[str, str]] = {
    "DE": (
        "Anna Lena Marie Sophie Hannah Lea Katharina Julia Greta Johanna Jana Ingrid Monika Renate Birgit",
        "Lukas Jonas Maximilian Felix Paul Leon Moritz Jürgen Stefan Klaus Björn Matthias Tobias Andreas",
    ),
    "FR": (
        "Camille Chloé Léa Manon Inès Élodie Margaux Juliette Aurélie Françoise Océane",
        "Lucas Hugo Théo Louis Antoine Mathieu Jérôme François Étienne Benoît",
    ),
    "GB": (
        "Olivia Amelia Isla Freya Poppy Florence Imogen Harriet Rosie Maisie Eleanor Beatrice",
        "George Harry Alfie Archie Freddie Callum Rhys Hamish Rupert Tom Nigel Ewan",
    ),
    "CA": (
        "Emma Charlotte Sophie Chloe Zoé Mackenzie Brooke Juliette Megan Heather Siobhan",
        "Liam Noah Mathis William Ryan Tyler Gabriel Étienne Connor Sean Luc",
    ),
}
_LAST = {
    "DE": "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer Richter Groß Krüger",
    "FR": "Martin Bernard Dubois Durand Leroy Moreau Lefèvre Roux Fournier Girard Mercier Faure Noël",
    "GB": "Smith Jones Taylor Davies Evans Thomas Wilson Hughes Edwards Wood Clarke MacDonald O'Neill Bennett Fletcher",
    "CA": "Tremblay Roy Gagnon Smith Brown Campbell Singh Bouchard Côté MacLeod Wong Martin Stewart Leblanc Fraser",
}
_JAPANESE_FIRST = (
    "花子|Hanako 陽菜|Hina 結衣|Yui 美咲|Misaki 葵|Aoi 恵子|Keiko 由美|Yumi さくら|Sakura 直美|Naomi",
    "太郎|Taro 翔太|Shota 健|Ken 大輔|Daisuke 蓮|Ren 誠|Makoto 浩|Hiroshi 拓也|Takuya 悠斗|Yuto",
)
_JAPANESE_LAST = (
    "佐藤|Sato 鈴木|Suzuki 高橋|Takahashi 田中|Tanaka 伊藤|Ito 渡辺|Watanabe 山本|Yamamoto 中村|Nakamura "
    "小林|Kobayashi 加藤|Kato 吉田|Yoshida 山田|Yamada 松本|Matsumoto 井上|Inoue 木村|Kimura"
)
# city|region|ISO 3166-2 part|beginning of the postcode
_CITIES = {
    "DE": (
        "Berlin|Berlin|BE|101 Hamburg|Hamburg|HH|202 München|Bayern|BY|803 Köln|Nordrhein-Westfalen|NW|506 "
        "Leipzig|Sachsen|SN|041 Stuttgart|Baden-Württemberg|BW|701 Nürnberg|Bayern|BY|904 Bremen|Bremen|HB|281"
    ),
    "AT": "Wien|Wien|9|10 Graz|Steiermark|6|80 Linz|Oberösterreich|4|40 Salzburg|Salzburg|5|50",
    "FR": (
        "Paris|Île-de-France|IDF|750 Lyon|Auvergne-Rhône-Alpes|ARA|690 Lille|Hauts-de-France|HDF|590 "
        "Nantes|Pays-de-la-Loire|PDL|440 Strasbourg|Grand-Est|GES|670"
    ),
    "GB": (
        "London|England|ENG|SW1 Manchester|England|ENG|M1 Bristol|England|ENG|BS1 Leeds|England|ENG|LS2 "
        "Edinburgh|Scotland|SCT|EH3 Cardiff|Wales|WLS|CF10 Belfast|Northern_Ireland|NIR|BT1"
    ),
    "CA": (
        "Toronto|Ontario|ON|M5V Montréal|Québec|QC|H2X Vancouver|British_Columbia|BC|V6B Calgary|Alberta|AB|T2P "
        "Ottawa|Ontario|ON|K1P Halifax|Nova_Scotia|NS|B3J Winnipeg|Manitoba|MB|R3C"
    ),
    "JP": (
        "渋谷区|東京都|13|150 新宿区|東京都|13|160 大阪市|大阪府|27|530 横浜市|神奈川県|14|220 名古屋市|愛知県|23|460 "
        "札幌市|北海道|01|060 福岡市|福岡県|40|810 京都市|京都府|26|600"
    ),
}
_STREETS = {
    "DE": "Hauptstraße Gartenweg Bahnhofstraße Lindenallee Schillerstraße Marktplatz Bergstraße Rosenweg",
    "FR": "rue_de_la_Paix avenue_Victor-Hugo rue_du_Moulin boulevard_Voltaire rue_des_Écoles place_de_l'Église",
    "GB": "High_Street Church_Lane Victoria_Road Station_Road Mill_Lane King's_Road Queen_Street Park_Avenue",
    "CA": "King_Street_West Rue_Sainte-Catherine Granville_Street Maple_Avenue Yonge_Street Lakeshore_Road",
    "JP": "神宮前 西新宿 梅田 本町 栄 大通西 天神 中央",
}
_DIAL = {
    "DE": "+49 30 901",
    "AT": "+43 1 588",
    "FR": "+33 1 7018",
    "GB": "+44 20 7946",
    "CA": "+1 416 555",
    "JP": "+81 3 5550",
}
# A phone number is one person's: no two people of the first ten thousand have the same last digits.
_STRIDE, _NUMBERS = 7919, 10_000
LANGUAGES = {"US": "en", "DE": "de", "AT": "de", "FR": "fr", "GB": "en", "CA": "en", "JP": "ja"}


@dataclass(slots=True, eq=False)
class Person:
    """Somebody who buys, in one shop or several. `accounts` names the shops with an account of theirs, in order."""

    number: int
    country: str
    first: str
    last: str
    gender: Literal["female", "male"]
    born: date
    email: str
    phone: str
    home: Address
    accounts: list[str] = field(default_factory=list[str])


class Residents:
    """Everybody who ever bought from the group. What a person is like depends on the seed and the number only."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._taken: set[str] = set()
        self.people: list[Person] = []

    def move_in(self, country: str) -> Person:
        """Add a person."""
        number = len(self.people) + 1
        rng = Random(f"{self._seed}/resident/{number}")
        gender: Literal["female", "male"] = rng.choice(("female", "male"))
        first, last, latin = _name(rng, country, gender)
        handle = latin
        while handle in self._taken:
            handle = f"{latin}{rng.randint(2, 9999)}"
        self._taken.add(handle)
        age = min(80.0, max(18.0, rng.gauss(39, 13)))
        born = date.fromordinal(date(2023, 11, 1).toordinal() - int(age * 365.25) - rng.randint(0, 364))
        home = address(rng, country)
        dial = _DIAL.get(country, "+1 212 555")
        email = f"{handle}@{rng.choice(names.MAIL_HOSTS)}"
        phone = f"{dial} {number * _STRIDE % _NUMBERS:04d}{number // _NUMBERS or ''}"
        person = Person(number, country, first, last, gender, born, email, phone, home)
        self.people.append(person)
        return person


def address(rng: Random, country: str) -> Address:
    """Invent an address in a large city of a country."""
    if country == "US":
        city = rng.choices(CITIES, CITY_WEIGHTS)[0]
        street = f"{rng.randint(12, 9899)} {rng.choice(names.STREETS)} {rng.choice(names.STREET_KINDS)}"
        return Address(street, city.name, city.state, city.code, f"{city.postal}{rng.randint(1, 99):02d}", "US")
    town, region, code, start = (part.replace("_", " ") for part in rng.choice(_CITIES[country].split()).split("|"))
    street = rng.choice(_STREETS[_street_of(country)].split()).replace("_", " ")
    house = rng.randint(1, 140)
    match country:
        case "JP":
            street = f"{street}{rng.randint(1, 6)}-{rng.randint(1, 30)}-{rng.randint(1, 20)}"
        case "DE" | "AT":
            street = f"{street} {house}"
        case _:
            street = f"{house} {street}"
    return Address(street, town, region, code, _postcode(rng, country, start), country)


def _street_of(country: str) -> str:
    return "DE" if country == "AT" else country


def _postcode(rng: Random, country: str, start: str) -> str:
    match country:
        case "JP":
            return f"{start}-{rng.randint(1, 9999):04d}"
        case "GB":
            return f"{start} {rng.randint(1, 9)}{rng.choice('ABDEFGHJLN')}{rng.choice('ABDEFGHJLN')}"
        case "CA":
            return f"{start} {rng.randint(1, 9)}{rng.choice('ABCEGHJKL')}{rng.randint(1, 9)}"
        case _:
            return f"{start}{rng.randint(1, 99):02d}"


def _name(rng: Random, country: str, gender: str) -> tuple[str, str, str]:
    """Return the first name, the last name and the two in Latin letters as an email has them."""
    which = 0 if gender == "female" else 1
    if country == "JP":
        first, first_latin = rng.choice(_JAPANESE_FIRST[which].split()).split("|")
        last, last_latin = rng.choice(_JAPANESE_LAST.split()).split("|")
        return first, last, f"{first_latin}.{last_latin}".lower()
    if country == "US":
        first = rng.choice((names.FEMALE, names.MALE)[which])
        last = rng.choice(names.SURNAMES)
    else:
        land = _street_of(country)
        first = rng.choice(_FIRST[land][which].split())
        last = rng.choice(_LAST[land].split())
    plain = f"{first}.{last}".lower()
    for letter, spelled in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("'", "")):
        plain = plain.replace(letter, spelled)
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return first, last, plain

"""The rows DummyJSON serves: of the world as it is at an instant, or of a folder with DummyJSON's own data files."""

from pathlib import Path
from random import Random
from typing import Any, Protocol

import msgspec

from simulator import names
from simulator.assortment import CATEGORIES
from simulator.catalogue import Product
from simulator.orders import Order
from simulator.people import Person, random_address
from simulator.seasons import iso
from simulator.web import number, to_json
from simulator.world import World

RESOURCES = ("products", "users", "carts")


class Row:
    """One object with its JSON text, written once."""

    __slots__ = ("_text", "value")

    def __init__(self, value: dict[str, Any]) -> None:
        self.value = value
        self._text: bytes | None = None

    @property
    def text(self) -> bytes:
        """The object as JSON."""
        if self._text is None:
            self._text = to_json(self.value)
        return self._text


class Shop(Protocol):
    """Where rows come from."""

    def rows(self, resource: str, now: int) -> list[Row]:
        """Return all rows of products, users or carts as of an instant, in the order of their ids."""
        ...


class FileShop:
    """Serves products.json, users.json and carts.json of a folder unchanged; a file that changes is read again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, tuple[int, list[Row]]] = {}
        for name in RESOURCES:
            self.rows(name, 0)

    def rows(self, resource: str, now: int) -> list[Row]:
        """Return the rows of the file, whatever the time."""
        file = self._folder / f"{resource}.json"
        changed = file.stat().st_mtime_ns
        if resource not in self._read or self._read[resource][0] != changed:
            self._read[resource] = (changed, [Row(value) for value in msgspec.json.decode(file.read_bytes())])
        return self._read[resource][1]


class WorldShop:
    """Shows the world's products, people and orders."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._carts: list[Row] = []
        self._kept: dict[str, tuple[int, list[Row]]] = {}
        self._parts: dict[tuple[str, int], tuple[object, Row]] = {}

    def rows(self, resource: str, now: int) -> list[Row]:
        """Return the rows as of an instant; within one second always the same list."""
        self._world.advance(now)
        kept = self._kept.get(resource)
        if kept is None or kept[0] != now:
            kept = (now, getattr(self, f"_{resource}_at")(now))
            self._kept[resource] = kept
        return kept[1]

    def _products_at(self, now: int) -> list[Row]:
        return [
            self._product_row(product, now) for product in self._world.catalogue.products if product.is_offered(now)
        ]

    def _users_at(self, now: int) -> list[Row]:
        return [self._user_row(person, now) for person in self._world.people if person.registered <= now]

    def _carts_at(self, now: int) -> list[Row]:
        orders = self._world.orders
        self._carts.extend(Row(cart(order)) for order in orders[len(self._carts) :])
        end = len(orders)
        while end > 0 and orders[end - 1].at > now:
            end -= 1
        return self._carts[:end]

    def _product_row(self, product: Product, now: int) -> Row:
        reviews = sum(review.at <= now for review in product.reviews)
        version = (product.price.at(now), product.discount.at(now), product.stock.at(now), reviews)
        return self._row(("product", product.id), version, lambda: product_as_of(product, now))

    def _user_row(self, person: Person, now: int) -> Row:
        version = (person.address(now), person.age(now))
        return self._row(("user", person.id), version, lambda: user(person, now))

    def _row(self, key: tuple[str, int], version: object, make: Any) -> Row:
        part = self._parts.get(key)
        if part is None or part[0] != version:
            part = (version, Row(make()))
            self._parts[key] = part
        return part[1]


def product_as_of(product: Product, now: int) -> dict[str, Any]:
    """Show a product. Its `meta` dates never move, as at DummyJSON, so they are no help in finding changes."""
    details = product.details
    stock = int(product.stock.at(now))
    reviews = [review for review in product.reviews if review.at <= now]
    rating = round((product.quality * 12 + sum(review.rating for review in reviews)) / (12 + len(reviews)), 2)
    head: dict[str, Any] = {
        "id": product.id,
        "title": product.title,
        "description": details["description"],
        "category": CATEGORIES[product.category].slug,
        "price": number(product.price.at(now) / 100),
        "discountPercentage": number(product.discount.at(now)),
        "rating": number(rating),
        "stock": stock,
        "tags": details["tags"],
    }
    if product.brand is not None:
        head["brand"] = product.brand
    return head | {
        "sku": details["sku"],
        "weight": details["weight"],
        "dimensions": details["dimensions"],
        "warrantyInformation": details["warrantyInformation"],
        "shippingInformation": details["shippingInformation"],
        "availabilityStatus": "Out of Stock" if stock == 0 else "Low Stock" if stock < 10 else "In Stock",
        "reviews": [
            {
                "rating": review.rating,
                "comment": review.comment,
                "date": iso(review.at),
                "reviewerName": f"{review.author.first} {review.author.last}",
                "reviewerEmail": review.author.email,
            }
            for review in reviews
        ],
        "returnPolicy": details["returnPolicy"],
        "minimumOrderQuantity": details["minimumOrderQuantity"],
        "meta": {
            "createdAt": iso(product.launched),
            "updatedAt": iso(product.launched),
            "barcode": details["barcode"],
            "qrCode": "https://cdn.dummyjson.com/public/qr-code.png",
        },
        "images": details["images"],
        "thumbnail": details["thumbnail"],
    }


def cart(order: Order) -> dict[str, Any]:
    """Show an order as DummyJSON shows a cart: no date, no status, and line totals with the noise of binary floats."""
    lines = [
        {
            "id": line.product.id,
            "title": line.product.title,
            "price": number(line.price / 100),
            "quantity": line.quantity,
            "total": number(line.price / 100 * line.quantity),
            "discountPercentage": number(line.discount / 100),
            "discountedTotal": number(line.discounted / 100),
            "thumbnail": line.product.details["thumbnail"],
        }
        for line in order.lines
    ]
    return {
        "id": order.id,
        "products": lines,
        "total": number(order.total / 100),
        "discountedTotal": number(order.discounted / 100),
        "userId": order.person.id,
        "totalProducts": len(lines),
        "totalQuantity": order.units,
    }


def user(person: Person, now: int) -> dict[str, Any]:
    """Show a person with everything DummyJSON shows, secrets included: all of it is invented from the person's id."""
    rng = Random(f"private/{person.id}/{person.username}")
    born = person.born
    address = person.address(now)
    work = random_address(rng)
    return {
        "id": person.id,
        "firstName": person.first,
        "lastName": person.last,
        "maidenName": person.maiden,
        "age": person.age(now),
        "gender": person.gender,
        "email": person.email,
        "phone": person.phone,
        "username": person.username,
        "password": f"{person.username}pass",
        "birthDate": f"{born.year}-{born.month}-{born.day}",
        "image": f"https://dummyjson.com/icon/{person.username}/128",
        "bloodGroup": rng.choice(names.BLOOD),
        "height": number(round(rng.gauss(172, 10), 2)),
        "weight": number(round(rng.gauss(74, 13), 2)),
        "eyeColor": rng.choice(names.EYES),
        "hair": {"color": rng.choice(names.HAIR_COLORS), "type": rng.choice(names.HAIR_TYPES)},
        "ip": ".".join(str(rng.randint(1, 254)) for _ in range(4)),
        "address": _address(address),
        "macAddress": ":".join(f"{rng.randint(0, 255):02x}" for _ in range(6)),
        "university": rng.choice(names.UNIVERSITIES),
        "bank": {
            "cardExpire": f"{rng.randint(1, 12):02d}/{rng.randint(27, 31)}",
            "cardNumber": f"{rng.randint(10**15, 10**16 - 1)}",
            "cardType": rng.choice(names.CARD_TYPES),
            "currency": "USD",
            "iban": f"US{rng.randint(10, 99)}{rng.randint(10**17, 10**18 - 1)}",
        },
        "company": {
            "department": rng.choice(names.DEPARTMENTS),
            "name": f"{rng.choice(names.FIRM_WORDS)} {rng.choice(names.FIRM_KINDS)}",
            "title": rng.choice(names.TITLES),
            "address": _address(work),
        },
        "ein": f"{rng.randint(100, 999)}-{rng.randint(100, 999)}",
        "ssn": f"{rng.randint(900, 999)}-{rng.randint(100, 999)}-{rng.randint(100, 999)}",
        "userAgent": rng.choice(names.USER_AGENTS),
        "crypto": {
            "coin": rng.choice(names.COINS),
            "wallet": f"0x{rng.getrandbits(160):040x}",
            "network": "Ethereum (ERC20)",
        },
        "role": "admin" if person.id <= 2 else "moderator" if person.id % 97 == 0 else "user",
    }


def _address(address: Any) -> dict[str, Any]:
    return {
        "address": address.street,
        "city": address.city.name,
        "state": address.state,
        "stateCode": address.state_code,
        "postalCode": address.postal,
        "coordinates": {"lat": number(address.lat), "lng": number(address.lng)},
        "country": "United States",
    }

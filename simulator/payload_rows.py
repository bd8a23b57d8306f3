"""A shop as the rows of Payload's ecommerce collections, with ids for relations: what the database holds.

Joins, depth and access rights are the reading's business: see `payload_read.py`.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from simulator.seasons import iso
from simulator.trade.model import Address, Cart, Customer, Order, Payment, Product, Shop, Variant

Document = dict[str, Any]

CART_LIFE = 7 * 86400
DRAFT_ID = 900_001  # a product in preparation, in no shop's assortment: admins see it, buyers do not
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Rows:
    """The rows of every collection as of one instant, made when first asked for."""

    def __init__(self, shop: Shop, now: int) -> None:
        self._shop = shop
        self._now = now
        self._price = f"priceIn{shop.currency}"
        self._made: dict[str, list[Document]] = {}
        self._by_id: dict[str, dict[int, Document]] = {}
        self._makers: dict[str, Callable[[], Iterator[Document]]] = {
            "orders": self._orders,
            "transactions": self._transactions,
            "carts": self._carts,
            "products": self._products,
            "variants": self._variants,
            "variantTypes": self._types,
            "variantOptions": self._options,
            "categories": self._categories,
            "addresses": self._addresses,
            "users": self._users,
        }

    def of(self, collection: str) -> list[Document]:
        """Return a collection's rows by id, those in the trash among them."""
        if collection not in self._made:
            self._made[collection] = sorted(self._makers[collection](), key=lambda row: row["id"])
        return self._made[collection]

    def one(self, collection: str, id: int) -> Document | None:
        """Return the row with an id."""
        if collection not in self._by_id:
            self._by_id[collection] = {row["id"]: row for row in self.of(collection)}
        return self._by_id[collection].get(id)

    def _orders(self) -> Iterator[Document]:
        transactions: dict[int, list[int]] = {}
        for payment in self._attempts():
            transactions.setdefault(payment.order.id, []).append(payment.id)
        for order in self._shop.orders:
            if self._has_order(order):
                yield self._order(order, transactions.get(order.id, []))

    def _order(self, order: Order, transactions: list[int]) -> Document:
        customer = self._kept(order.customer)
        status, since = self._status(order)
        name = (order.customer.first, order.customer.last) if order.customer else ("Guest", order.number)
        # Nothing marks a test order. One made by hand in the admin panel has no payment behind it, and no amount.
        is_by_hand = order.is_test
        return {
            "id": order.id,
            "items": [
                self._item("orders", order.id, line.position, line.product, line.variant, line.units(self._now))
                for line in order.lines
                if line.units(self._now) > 0
            ],
            "shippingAddress": _address(name, order.address, order.phone),
            "customer": customer.id if customer else None,
            "customerEmail": order.email if order.customer is None else None,
            "transactions": [] if is_by_hand else transactions,
            "status": status,
            "amount": None if is_by_hand else order.placed_total,
            "currency": None if is_by_hand else self._shop.currency,
            "accessToken": _uuid(f"order {order.id}"),
            "updatedAt": iso(max(order.updated(self._now), since)),
            "createdAt": iso(order.created),
        }

    def _status(self, order: Order) -> tuple[str, int]:
        """Return the status, and since when: people set it by hand, and a part refunded shows nowhere."""
        if order.cancelled is not None and order.cancelled <= self._now:
            return "cancelled", order.cancelled
        refunds = order.refunds_at(self._now)
        if refunds and sum(refund.total for refund in refunds) >= order.placed_total:
            return "refunded", refunds[-1].created
        done = order.completed if order.completed is not None else order.fulfilled
        return ("completed", done) if done is not None and done <= self._now else ("processing", order.created)

    def _has_order(self, order: Order) -> bool:
        """Whether the sale was confirmed, and nobody deleted it: there is no trash for orders."""
        is_trashed = order.trashed is not None and order.trashed <= self._now
        is_gone = order.is_deleted(self._now) or is_trashed
        return order.is_there(self._now) and order.failed is None and not is_gone

    def _attempts(self) -> Iterator[Payment]:
        for order in self._shop.orders:
            for payment in order.payments:
                is_attempt = payment.kind in ("sale", "authorization") and not order.is_test
                if is_attempt and payment.is_there(self._now):
                    yield payment

    def _transactions(self) -> Iterator[Document]:
        carts = {cart.order.id: cart.id for cart in self._shop.carts if cart.order and cart.is_there(self._now)}
        for payment in self._attempts():
            order = payment.order
            customer = self._kept(order.customer)
            name = (order.customer.first, order.customer.last) if order.customer else ("Guest", order.number)
            status, since = self._payment_status(payment)
            is_card = payment.method == "card"
            yield {
                "id": payment.id,
                "items": [
                    self._item("transactions", payment.id, line.position, line.product, line.variant, line.quantity)
                    for line in order.placed_lines
                ],
                "paymentMethod": "stripe" if is_card else None,
                "stripe": {
                    "customerID": f"cus_{customer.id}" if is_card and customer else None,
                    "paymentIntentID": payment.reference if is_card else None,
                },
                "billingAddress": _address(name, order.address, order.phone),
                "status": status,
                "customer": customer.id if customer else None,
                "customerEmail": order.email if order.customer is None else None,
                "order": order.id if self._has_order(order) else None,
                "cart": carts.get(order.id),
                "amount": payment.amount,
                "currency": self._shop.currency,
                "updatedAt": iso(max(payment.updated(self._now), since)),
                "createdAt": iso(payment.created),
            }

    def _payment_status(self, payment: Payment) -> tuple[str, int]:
        """Return the status and since when. Money given back at the provider leaves it as it was."""
        if payment.status == "failure":
            return "failed", payment.created
        if payment.kind == "sale":
            return ("succeeded" if payment.status == "success" else "pending"), payment.created
        for later in payment.order.payments:
            if later.parent is payment and later.is_there(self._now) and later.status == "success":
                if later.kind == "capture":
                    return "succeeded", later.created
                if later.kind == "void":
                    return "cancelled", later.created
        return "pending", payment.created

    def _carts(self) -> Iterator[Document]:
        for cart in self._shop.carts:
            if cart.is_there(self._now):
                yield self._cart(cart)

    def _cart(self, cart: Cart) -> Document:
        bought = cart.order.created if cart.order and cart.order.failed is None else None
        if bought is not None and bought > self._now:
            bought = None
        customer = self._kept(cart.customer)
        return {
            "id": cart.id,
            "items": [
                self._item("carts", cart.id, position, variant.product, variant, quantity)
                for position, (variant, quantity, _) in enumerate(cart.lines, 1)
            ],
            "customer": customer.id if customer else None,
            "purchasedAt": None if bought is None else iso(bought),
            "subtotal": cart.listed_subtotal,
            "currency": self._shop.currency,
            "updatedAt": iso(max(cart.updated(self._now), bought or 0)),
            "createdAt": iso(cart.created),
            # Worked out at each reading: it changes although updatedAt stays.
            "status": "purchased" if bought else "active" if self._now - cart.created < CART_LIFE else "abandoned",
        }

    def _item(self, owner: str, id: int, position: int, product: Product, variant: Variant, quantity: int) -> Document:
        """Return a line of an order, transaction or cart: no price, and null for a product deleted for good."""
        digest = hashlib.sha256(f"{owner} {id} {position}".encode()).hexdigest()
        return {
            "id": digest[:24],
            "product": None if self._is_deleted(product) else product.id,
            "variant": variant.id if _has_variants(product) else None,
            "quantity": quantity,
        }

    def _products(self) -> Iterator[Document]:
        types = {name: position for position, name in enumerate(self._option_names(), 1)}
        for product in self._shop.products:
            if product.is_there(self._now) and not self._is_deleted(product):
                yield self._product(product, types)
        opened = min((product.created for product in self._shop.products), default=self._now)
        if opened < self._now:
            yield self._draft(opened)

    def _product(self, product: Product, types: dict[str, int]) -> Document:
        names = list(dict.fromkeys(name for variant in product.variants for name in variant.options))
        simple = None if _has_variants(product) else product.variants[0]
        trashed = product.trashed if product.trashed is not None and product.trashed <= self._now else None
        updated = max(product.updated(self._now), trashed or 0, simple.updated(self._now) if simple else 0)
        return {
            "id": product.id,
            "title": product.title,
            "slug": product.slug,
            "description": _rich_text(product.description),
            "categories": [product.category.id],
            "inventory": int(simple.stock.at(self._now)) if simple else 0,
            "enableVariants": simple is None,
            "variantTypes": [types[name] for name in names],
            f"{self._price}Enabled": True if simple else None,
            self._price: int(simple.price.at(self._now)) if simple else None,
            "updatedAt": iso(updated),
            "createdAt": iso(product.created),
            "deletedAt": None if trashed is None else iso(trashed),
            "_status": "published",
        }

    def _draft(self, opened: int) -> Document:
        return {
            "id": DRAFT_ID,
            "title": "Untitled product",
            "slug": "untitled-product",
            "description": None,
            "categories": [],
            "inventory": 0,
            "enableVariants": False,
            "variantTypes": [],
            f"{self._price}Enabled": None,
            self._price: None,
            "updatedAt": iso(opened),
            "createdAt": iso(opened),
            "deletedAt": None,
            "_status": "draft",
        }

    def _variants(self) -> Iterator[Document]:
        ids = {option: position for position, (option, _) in enumerate(self._labels(), 1)}
        for product in self._shop.products:
            if not _has_variants(product):
                continue
            for variant in product.variants:
                if variant.is_there(self._now):
                    yield {
                        "id": variant.id,
                        "title": " — ".join((product.title, *variant.options.values())),
                        "product": None if self._is_deleted(product) else product.id,
                        "options": [ids[option] for option in variant.options.items()],
                        "inventory": int(variant.stock.at(self._now)),
                        f"{self._price}Enabled": True,
                        self._price: int(variant.price.at(self._now)),
                        "updatedAt": iso(variant.updated(self._now)),
                        "createdAt": iso(variant.created),
                        "deletedAt": None,
                        "_status": "published",
                    }

    def _option_names(self) -> list[str]:
        return list(dict.fromkeys(name for (name, _), _ in self._labels()))

    def _labels(self) -> list[tuple[tuple[str, str], int]]:
        """Return each option and label, such as Size and M, and when it was first used."""
        first: dict[tuple[str, str], int] = {}
        for product in self._shop.products:
            for variant in product.variants:
                for option in variant.options.items():
                    first.setdefault(option, variant.created)
        return list(first.items())

    def _types(self) -> Iterator[Document]:
        labels = self._labels()
        for position, name in enumerate(self._option_names(), 1):
            created = min(at for (owner, _), at in labels if owner == name)
            if created <= self._now:
                yield {
                    "id": position,
                    "label": name,
                    "name": name.lower().replace(" ", "-"),
                    "updatedAt": iso(created),
                    "createdAt": iso(created),
                    "deletedAt": None,
                }

    def _options(self) -> Iterator[Document]:
        types = {name: position for position, name in enumerate(self._option_names(), 1)}
        places = dict.fromkeys(types, 0)
        for position, ((name, label), created) in enumerate(self._labels(), 1):
            place = places[name]
            places[name] += 1
            if created <= self._now:
                yield {
                    "id": position,
                    "_variantOptions_options_order": f"a{_DIGITS[place % len(_DIGITS)]}",
                    "variantType": types[name],
                    "label": label,
                    "value": label.lower().replace(" ", "-"),
                    "updatedAt": iso(created),
                    "createdAt": iso(created),
                    "deletedAt": None,
                }

    def _categories(self) -> Iterator[Document]:
        for category in self._shop.categories:
            if category.created <= self._now:
                times = {"updatedAt": iso(category.created), "createdAt": iso(category.created)}
                yield {"id": category.id, "title": category.title, "slug": category.slug} | times

    def _addresses(self) -> Iterator[Document]:
        for customer in self._shop.customers:
            if not customer.is_there(self._now):
                continue
            # With the account goes the reference, not the address; and nobody changes it any more.
            owner = self._kept(customer)
            seen = self._now if owner else min(self._now, customer.deleted or self._now)
            since = max((at for at, _ in customer.addresses if at <= seen), default=customer.created)
            yield (
                {"id": customer.id, "customer": owner.id if owner else None}
                | _address((customer.first, customer.last), customer.address(seen), customer.phone)
                | {"title": "Home", "updatedAt": iso(max(since, customer.created)), "createdAt": iso(customer.created)}
            )

    def _users(self) -> Iterator[Document]:
        for customer in self._shop.customers:
            if customer.is_there(self._now) and self._kept(customer):
                yield {
                    "id": customer.id,
                    "name": f"{customer.first} {customer.last}",
                    "roles": ["customer"],
                    "updatedAt": iso(customer.updated(self._now)),
                    "createdAt": iso(customer.created),
                    "enableAPIKey": None,
                    "email": customer.email,
                    "collection": "users",
                    "hasAPIKey": False,
                    "sessions": [],
                }

    def _kept(self, customer: Customer | None) -> Customer | None:
        is_gone = customer is None or (customer.deleted is not None and customer.deleted <= self._now)
        return None if is_gone else customer

    def _is_deleted(self, product: Product) -> bool:
        return product.deleted is not None and product.deleted <= self._now


def _has_variants(product: Product) -> bool:
    return any(variant.options for variant in product.variants)


def _address(name: tuple[str, str], address: Address, phone: str | None) -> Document:
    return {
        "title": None,
        "firstName": name[0],
        "lastName": name[1],
        "company": None,
        "addressLine1": address.street,
        "addressLine2": None,
        "city": address.city,
        "state": address.region or None,
        "postalCode": address.postcode,
        "country": address.country,
        "phone": phone,
    }


def _rich_text(text: str) -> Document:
    """Return a Lexical tree with one paragraph, as the editor stores it."""
    node = {"direction": "ltr", "format": "", "indent": 0, "version": 1}
    words = {"type": "text", "text": text, "detail": 0, "format": 0, "mode": "normal", "style": "", "version": 1}
    paragraph = {"type": "paragraph"} | node | {"textFormat": 0, "children": [words]}
    return {"root": {"type": "root"} | node | {"children": [paragraph]}}


def _uuid(seed: str) -> str:
    digest = hashlib.sha256(seed.encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"

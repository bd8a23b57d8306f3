"""Products, variants, inventory, locations and collections, as of an instant."""

from dataclasses import dataclass

from simulator.shopify_graphql import Row
from simulator.shopify_paging import connection, nested
from simulator.shopify_parts import View, derived, gid, instant, is_listed, money, money_text
from simulator.trade.model import Category, Product, Variant


@dataclass(slots=True, frozen=True)
class Place:
    """Where goods lie. `share` of ten parts of the stock is there."""

    id: int
    name: str
    share: int


MAIN_LOCATION, SHOP_LOCATION = Place(1, "Warehouse", 8), Place(2, "Shop floor", 2)
LOCATIONS = (MAIN_LOCATION, SHOP_LOCATION)
_ADDRESS = {"city": "Albany", "province": "New York", "provinceCode": "NY", "zip": "12207"}


def product_updated(product: Product, now: int) -> int:
    """Return a product's last change; a change of a variant is one of the product."""
    return max(product.updated(now), *(variant.updated(now) for variant in listed_variants(product, now)), 0)


def listed_variants(product: Product, now: int) -> list[Variant]:
    """Return the variants a product has by now."""
    return [variant for variant in product.variants if variant.is_there(now)]


def product_row(product: Product, view: View) -> Row:
    """Write a product."""
    now = view.now

    def variants() -> list[Variant]:
        return listed_variants(product, now)

    def collections() -> list[Row]:
        return [collection_row(category, view) for category in _shelves(product)]

    def options(_: Row) -> list[Row]:
        names = list(dict.fromkeys(name for variant in variants() for name in variant.options)) or ["Title"]
        return [
            {
                "__typename": "ProductOption",
                "id": gid("ProductOption", derived("option", product.id, name)),
                "name": name,
                "position": position,
                "values": list(dict.fromkeys(variant.options.get(name, "Default Title") for variant in variants())),
            }
            for position, name in enumerate(names, 1)
        ]

    return {
        "__typename": "Product",
        "id": gid("Product", product.id),
        "legacyResourceId": str(product.id),
        "title": product.title,
        "handle": product.slug,
        "vendor": product.brand,
        "productType": product.category.title,
        "status": "ACTIVE",
        "tags": list(product.tags),
        "description": product.description,
        "descriptionHtml": f"<p>{product.description}</p>",
        "createdAt": instant(product.created),
        "publishedAt": instant(product.created),
        "updatedAt": lambda _: instant(product_updated(product, now)),
        "isGiftCard": product.is_gift_card,
        "requiresSellingPlan": False,
        "hasOnlyDefaultVariant": len(product.variants) == 1 and not product.variants[0].options,
        "tracksInventory": not product.is_gift_card,
        "totalInventory": lambda _: sum(int(variant.stock.at(now)) for variant in variants()),
        "totalVariants": lambda _: len(variants()),
        "variantsCount": lambda _: {"__typename": "Count", "count": len(variants()), "precision": "EXACT"},
        "options": options,
        "variants": nested("ProductVariantConnection", lambda: [variant_row(one, view) for one in variants()]),
        "collections": nested("CollectionConnection", collections),
    }


def variant_row(variant: Variant, view: View) -> Row:
    """Write a variant."""
    now, decimals = view.now, view.shop.decimals
    product = variant.product
    title = " / ".join(variant.options.values()) or "Default Title"
    stock = int(variant.stock.at(now))
    compare_at = int(variant.compare_at.at(now))
    options = variant.options or {"Title": "Default Title"}
    return {
        "__typename": "ProductVariant",
        "id": gid("ProductVariant", variant.id),
        "legacyResourceId": str(variant.id),
        "title": title,
        "displayName": f"{product.title} - {title}",
        "sku": variant.sku,
        "barcode": None,
        "position": product.variants.index(variant) + 1,
        "price": money_text(int(variant.price.at(now)), decimals),
        "compareAtPrice": money_text(compare_at, decimals) if compare_at else None,
        "taxable": product.tax_per_mille > 0,
        "availableForSale": stock > 0 or product.is_gift_card,
        "inventoryPolicy": "DENY",
        "inventoryQuantity": stock,
        "createdAt": instant(variant.created),
        "updatedAt": instant(variant.updated(now)),
        "selectedOptions": [
            {"__typename": "SelectedOption", "name": name, "value": value} for name, value in options.items()
        ],
        "product": lambda _: product_row(product, view),
        "inventoryItem": lambda _: item_row(variant, view),
    }


def item_row(variant: Variant, view: View) -> Row:
    """Write the inventory item behind a variant. It has the variant's number."""
    cost = variant.cost
    is_gift_card = variant.product.is_gift_card

    def level(asked: Row) -> Row | None:
        return next(
            (level_row(variant, one, view) for one in LOCATIONS if gid("Location", one.id) == asked["locationId"]), None
        )

    return {
        "__typename": "InventoryItem",
        "id": gid("InventoryItem", variant.id),
        "legacyResourceId": str(variant.id),
        "sku": variant.sku,
        "tracked": not is_gift_card,
        "requiresShipping": not is_gift_card,
        "unitCost": None if cost is None else money(cost, view.shop),
        "countryCodeOfOrigin": None,
        "provinceCodeOfOrigin": None,
        "harmonizedSystemCode": None,
        "createdAt": instant(variant.created),
        "updatedAt": instant(variant.updated(view.now)),
        "variant": lambda _: variant_row(variant, view),
        "variants": nested("ProductVariantConnection", lambda: [variant_row(variant, view)]),
        "locationsCount": {"__typename": "Count", "count": len(LOCATIONS), "precision": "EXACT"},
        "inventoryLevel": level,
        "inventoryLevels": nested(
            "InventoryLevelConnection", lambda: [level_row(variant, one, view) for one in LOCATIONS]
        ),
    }


def level_row(variant: Variant, place: Place, view: View) -> Row:
    """Write how much of a variant lies at a place; the parts add up to its stock."""
    stock = int(variant.stock.at(view.now))
    there = stock * MAIN_LOCATION.share // 10
    quantity = there if place is MAIN_LOCATION else stock - there
    updated = instant(variant.updated(view.now))

    def quantities(asked: Row) -> list[Row]:
        held = {"available": quantity, "on_hand": quantity}
        return [
            {
                "__typename": "InventoryQuantity",
                "id": gid("InventoryQuantity", derived("quantity", variant.id, place.id, name)),
                "name": name,
                "quantity": held.get(name, 0),
                "updatedAt": updated if name in held else None,
            }
            for name in asked["names"]
        ]

    return {
        "__typename": "InventoryLevel",
        "id": level_id(variant, place),
        "createdAt": instant(variant.created),
        "updatedAt": updated,
        "isActive": True,
        "canDeactivate": False,
        "item": lambda _: item_row(variant, view),
        "location": lambda _: location_row(place, view),
        "quantities": quantities,
    }


def level_id(variant: Variant, place: Place) -> str:
    """Return an inventory level's id, which names its item as Shopify's do."""
    return gid("InventoryLevel", f"{place.id}?inventory_item_id={variant.id}")


def location_row(place: Place, view: View) -> Row:
    """Write a location."""
    opened = instant(view.shop.orders[0].created if view.shop.orders else view.now)

    def stocked() -> list[Variant]:
        products = [product for product in view.shop.products if is_listed(product, view.now)]
        return [variant for product in products for variant in listed_variants(product, view.now)]

    def levels(asked: Row) -> Row:
        variants = sorted(stocked(), key=lambda variant: variant.id)
        keys = [(variant.id, variant.id) for variant in variants]
        is_reversed = bool(asked.get("reverse"))
        return connection(
            "InventoryLevelConnection",
            keys,
            lambda at: level_row(variants[at], place, view),
            asked,
            is_reversed,
        )

    def level(asked: Row) -> Row | None:
        wanted = asked["inventoryItemId"]
        return next((level_row(one, place, view) for one in stocked() if gid("InventoryItem", one.id) == wanted), None)

    country = view.shop.country
    return {
        "__typename": "Location",
        "id": gid("Location", place.id),
        "legacyResourceId": str(place.id),
        "name": place.name,
        "createdAt": opened,
        "updatedAt": opened,
        "isActive": True,
        "isPrimary": place is MAIN_LOCATION,
        "isFulfillmentService": False,
        "activatable": True,
        "deactivatable": False,
        "deactivatedAt": None,
        "deletable": False,
        "addressVerified": True,
        "fulfillsOnlineOrders": place is MAIN_LOCATION,
        "shipsInventory": place is MAIN_LOCATION,
        "hasActiveInventory": True,
        "hasUnfulfilledOrders": False,
        "address": {"__typename": "LocationAddress", "formatted": [_ADDRESS["city"], country]}
        | {"countryCode": country, "address1": "1 Ledger Street", "phone": None}
        | _ADDRESS,
        "inventoryLevel": level,
        "inventoryLevels": levels,
    }


def collection_row(category: Category, view: View) -> Row:
    """Write a shelf; what stands on the shelves below stands on it too."""

    def members() -> list[Product]:
        found = [one for one in view.shop.products if category in _shelves(one) and is_listed(one, view.now)]
        return sorted(found, key=lambda one: one.id)

    def page(asked: Row) -> Row:
        found = members()
        keys = [(one.id, one.id) for one in found]
        is_reversed = bool(asked.get("reverse"))
        return connection("ProductConnection", keys, lambda at: product_row(found[at], view), asked, is_reversed)

    return {
        "__typename": "Collection",
        "id": gid("Collection", category.id),
        "legacyResourceId": str(category.id),
        "title": category.title,
        "handle": category.slug,
        "description": "",
        "descriptionHtml": "",
        "sortOrder": "BEST_SELLING",
        "updatedAt": instant(category.created),
        "productsCount": lambda _: {"__typename": "Count", "count": len(members()), "precision": "EXACT"},
        "products": page,
    }


def _shelves(product: Product) -> list[Category]:
    found, category = [], product.category
    while category is not None:
        found.append(category)
        category = category.parent
    return found

"""How WooCommerce shows products, variations, categories, coupons and reviews.

A product with options is `variable` and its variations are rows of their own, with dates of their own; the parent
shows the lowest price. The prices are as the shop lists them: with the tax inside where it lists them so.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import Any
from zlib import crc32

from simulator.trade.model import Category, Coupon, Product, Review, Variant
from simulator.web import number
from simulator.woocommerce_site import Site, avatar

STATUSES = ("any", "future", "trash", "draft", "pending", "private", "publish")
_EVERY_SO_MANY_WITH_COMMON_STOCK = 7


def is_variable(product: Product) -> bool:
    """Tell whether a product has variations of its own."""
    return any(variant.options for variant in product.variants)


def has_common_stock(product: Product) -> bool:
    """Tell whether the parent keeps the stock of its variations: they say "parent" where a truth value belongs."""
    return is_variable(product) and product.id % _EVERY_SO_MANY_WITH_COMMON_STOCK == 0


def visible_products(site: Site) -> list[Product]:
    """Return every product there is, the trash included."""
    now = site.now
    return [product for product in site.shop.products if product.is_there(now) and not _past(product.deleted, now)]


def _past(instant: int | None, now: int) -> bool:
    return instant is not None and instant <= now


def product_status(product: Product, now: int) -> str:
    """Return `trash` or `publish`."""
    return "trash" if _past(product.trashed, now) else "publish"


def product_modified(product: Product, now: int) -> int:
    """Return when a product's own row changed last: that of a simple one holds price and stock as well."""
    if is_variable(product):
        return product.updated(now)
    return max([product.updated(now), *(variant.updated(now) for variant in _sold(product, now))])


def _sold(product: Product, now: int) -> list[Variant]:
    return [variant for variant in product.variants if variant.is_there(now)] or product.variants[:1]


def _price(site: Site, variant: Variant) -> tuple[int, int]:
    """Return the price now and the one before a markdown."""
    price, before = int(variant.price.at(site.now)), int(variant.compare_at.at(site.now))
    return price, max(price, before)


def lowest_price(site: Site, product: Product) -> int:
    """Return what the product costs at least."""
    return min((_price(site, variant)[0] for variant in _sold(product, site.now)), default=0)


def _stock(site: Site, variants: list[Variant]) -> int:
    return sum(int(variant.stock.at(site.now)) for variant in variants)


def _selling(site: Site, price: int, before: int) -> dict[str, Any]:
    shown = {"price": site.price(price), "regular_price": site.price(before), "sale_price": ""}
    return (
        shown
        | ({"sale_price": site.price(price)} if before > price else {})
        | {
            **dict.fromkeys(("date_on_sale_from", "date_on_sale_from_gmt", "date_on_sale_to", "date_on_sale_to_gmt")),
            "on_sale": before > price,
        }
    )


def _stock_fields(manages: bool | str, stock: int | None) -> dict[str, Any]:
    return {
        "manage_stock": manages,
        "stock_quantity": stock,
        "stock_status": "outofstock" if stock is not None and stock <= 0 else "instock",
        "backorders": "no",
        "backorders_allowed": False,
        "backordered": False,
        "low_stock_amount": None,
    }


_GOODS: dict[str, Any] = {
    "virtual": False,
    "downloadable": False,
    "downloads": [],
    "download_limit": -1,
    "download_expiry": -1,
    "tax_status": "taxable",
    "tax_class": "",
    "weight": "",
    "dimensions": {"length": "", "width": "", "height": ""},
    "shipping_class": "",
    "shipping_class_id": 0,
    "global_unique_id": "",
    "meta_data": [],
    "menu_order": 0,
}


def product_row(site: Site, product: Product, sales: Counter[int]) -> dict[str, Any]:
    """Return a product."""
    now, variants = site.now, _sold(product, site.now)
    variable = is_variable(product)
    price = lowest_price(site, product)
    selling = (
        _selling(site, price, price) | {"regular_price": ""} if variable else _selling(site, *_price(site, variants[0]))
    )
    keeps_stock = has_common_stock(product) if variable else True
    reviews = [review for review in product.reviews if review.is_there(now)]
    average = sum(review.rating for review in reviews) / len(reviews) if reviews else 0.0
    return {
        "id": product.id,
        "name": product.title,
        "slug": product.slug,
        "permalink": f"{site.url}/product/{product.slug}/",
        **site.dates("date_created", product.created),
        **site.dates("date_modified", product_modified(product, now)),
        "type": "variable" if variable else "simple",
        "status": product_status(product, now),
        "featured": False,
        "catalog_visibility": "visible",
        "description": f"<p>{html.escape(product.description, quote=False)}</p>\n",
        "short_description": "",
        "sku": "" if variable else variants[0].sku,
        **selling,
        "purchasable": True,
        "total_sales": sales[product.id],
        **_GOODS,
        **_stock_fields(keeps_stock, _stock(site, variants) if keeps_stock else None),
        "external_url": "",
        "button_text": "",
        "sold_individually": False,
        "shipping_required": True,
        "shipping_taxable": True,
        "reviews_allowed": True,
        "average_rating": f"{average:.2f}",
        "rating_count": len(reviews),
        "upsell_ids": [],
        "cross_sell_ids": [],
        "parent_id": 0,
        "purchase_note": "",
        "categories": [_term(product.category.id, product.category.title, product.category.slug)],
        "brands": [_term(crc32(product.brand.encode()) % 10**6, product.brand, _slug(product.brand))]
        if product.brand
        else [],
        "tags": [_term(crc32(tag.encode()) % 10**6, tag, _slug(tag)) for tag in product.tags],
        "images": [],
        "attributes": _attributes(variants) if variable else [],
        "default_attributes": [],
        "variations": [variant.id for variant in variants] if variable else [],
        "grouped_products": [],
        "price_html": f'<span class="woocommerce-Price-amount amount"><bdi>{site.price(price)}</bdi></span>',
        "related_ids": _related(site, product),
        "has_options": variable,
        "post_password": "",
        "_links": site.links("products", product.id),
    }


def _related(site: Site, product: Product) -> list[int]:
    shelf = [one for one in visible_products(site) if one.category is product.category and one is not product]
    return [one.id for one in shelf if product_status(one, site.now) == "publish"][:5]


def _term(number: int, name: str, slug: str) -> dict[str, Any]:
    """Return a category, brand or tag; names of terms are escaped for HTML, those of products are not."""
    return {"id": number, "name": html.escape(name, quote=False), "slug": slug}


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _attributes(variants: list[Variant]) -> list[dict[str, Any]]:
    names = list(dict.fromkeys(name for variant in variants for name in variant.options))
    return [
        {
            "id": 0,
            "name": name,
            "slug": name,
            "position": position,
            "visible": True,
            "variation": True,
            "options": list(dict.fromkeys(variant.options[name] for variant in variants if name in variant.options)),
        }
        for position, name in enumerate(names)
    ]


def visible_variations(site: Site, parent: int | None = None) -> list[Variant]:
    """Return the variations of one product, or of all that are not in the trash."""
    return [
        variant
        for product in visible_products(site)
        if product.id == parent or (parent is None and product_status(product, site.now) == "publish")
        if is_variable(product)
        for variant in _sold(product, site.now)
    ]


def variation_row(site: Site, variant: Variant) -> dict[str, Any]:
    """Return a variation."""
    product = variant.product
    common = has_common_stock(product)
    stock = _stock(site, _sold(product, site.now) if common else [variant])
    query = "&".join(f"attribute_{_slug(name)}={value}" for name, value in variant.options.items())
    collection = f"products/{product.id}/variations"
    return {
        "id": variant.id,
        "type": "variation",
        **site.dates("date_created", variant.created),
        **site.dates("date_modified", variant.updated(site.now)),
        "description": "",
        "permalink": f"{site.url}/product/{product.slug}/?{query}",
        "sku": variant.sku,
        **_selling(site, *_price(site, variant)),
        "status": "publish",
        "purchasable": True,
        **_GOODS,
        **_stock_fields("parent" if common else True, stock),
        "image": None,
        "gallery_image_ids": [],
        "attributes": [
            {"id": 0, "name": name, "slug": _slug(name), "option": value} for name, value in variant.options.items()
        ],
        "name": ", ".join(variant.options.values()),
        "parent_id": product.id,
        "_links": site.links(collection, variant.id, up=f"products/{product.id}"),
    }


def visible_categories(site: Site) -> list[Category]:
    """Return the categories."""
    return [category for category in site.shop.categories if category.created <= site.now]


def category_row(site: Site, category: Category, sizes: Counter[int]) -> dict[str, Any]:
    """Return a category: it has no dates at all."""
    return {
        **_term(category.id, category.title, category.slug),
        "parent": category.parent.id if category.parent is not None else 0,
        "description": "",
        "display": "default",
        "image": None,
        "menu_order": 0,
        "count": sizes[category.id],
        "_links": site.links("products/categories", category.id),
    }


def visible_coupons(site: Site) -> list[Coupon]:
    """Return the coupons."""
    return [coupon for coupon in site.shop.coupons if coupon.is_there(site.now)]


def coupon_row(site: Site, coupon: Coupon, users: list[str]) -> dict[str, Any]:
    """Return a coupon with everybody who used it: ids of customers, and emails of guests."""
    amount = site.price(coupon.value * 10**site.shop.decimals if coupon.kind == "percent" else coupon.value)
    ends = site.dates("date_expires", coupon.ends)
    if coupon.ends is not None and coupon.ends > site.now:
        # An expiry may lie ahead; only what has happened is hidden by `dates`.
        ends = Site(site.shop, coupon.ends, site.url).dates("date_expires", coupon.ends)
    return {
        "id": coupon.id,
        "code": coupon.code.lower(),
        "amount": site.price(0) if coupon.kind == "shipping" else amount,
        "status": "publish",
        **site.dates("date_created", coupon.created),
        **site.dates("date_modified", coupon.updated(site.now)),
        "discount_type": "percent" if coupon.kind == "percent" else "fixed_cart",
        "description": "",
        **ends,
        "usage_count": len(users),
        "individual_use": False,
        "product_ids": [],
        "excluded_product_ids": [],
        "usage_limit": None,
        "usage_limit_per_user": None,
        "limit_usage_to_x_items": None,
        "free_shipping": coupon.kind == "shipping",
        "product_categories": [],
        "excluded_product_categories": [],
        "exclude_sale_items": False,
        "minimum_amount": site.price(0),
        "maximum_amount": site.price(0),
        "email_restrictions": [],
        "used_by": users,
        "meta_data": [],
        "_links": site.links("coupons", coupon.id),
    }


def visible_reviews(site: Site) -> list[Review]:
    """Return the reviews of all products that were not deleted."""
    return [review for product in visible_products(site) for review in product.reviews if review.is_there(site.now)]


def review_row(site: Site, review: Review) -> dict[str, Any]:
    """Return a review; it has no date of modification."""
    product = review.product
    return {
        "id": review.id,
        **site.dates("date_created", review.created),
        "product_id": product.id,
        "product_name": product.title,
        "product_permalink": f"{site.url}/product/{product.slug}/",
        "status": "approved",
        "reviewer": review.author,
        "reviewer_email": review.email,
        "review": f"<p>{html.escape(review.text, quote=False)}</p>\n",
        "rating": number(review.rating),
        "verified": review.customer is not None,
        "reviewer_avatar_urls": {str(size): avatar(review.email, size) for size in (24, 48, 96)},
        "_links": site.links("products/reviews", review.id, up=f"products/{product.id}"),
    }

"""Products: what sells, what is running out, what each is worth. All time, reporting currency."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import ConfigDict, Field

from api.answers import AtDesk
from api.filters import Asked, Limit, Store, chosen_stores
from api.problems import Problem
from api.published import Copy
from api.schemas import Answer, Money, Told, published, responses

router = APIRouter(prefix="/api/products", tags=["products"])

PRODUCT = """
    product_key AS product_id, product_name, category_name AS category, brand, unit_price AS current_price,
    performance.stock_quantity AS current_stock, coalesce(units_sold, 0) AS total_units_sold,
    net_sales AS total_revenue, profit AS total_profit, sales_performance, avg_rating,
    health_score AS product_health_score
"""
PRODUCTS = """
SELECT {columns}
FROM marts.product_performance AS performance
JOIN marts.dim_products AS products USING (product_key)
WHERE products.store IN (SELECT unnest($stores)) AND {condition}
ORDER BY {order}
LIMIT $limit
"""
RUNNING_OUT = "is_deleted IS NOT TRUE AND stock_level IN ('Out of Stock', 'Critical', 'Low')"
# The order of the dashboards: what is most urgent first.
MOST_URGENT = """
    CASE stock_level WHEN 'Out of Stock' THEN 0 WHEN 'Critical' THEN 1 ELSE 2 END, days_of_cover NULLS LAST,
    coalesce(recent_units, 0) DESC, performance.stock_quantity, product_name, product_key
"""


class Product(Told):
    """A product of a store, what it sold to this day and how well it is stocked."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "product_id": "b7accb3d1741fd07abb1b17f7726b228",
                    "product_name": "Bluetooth Speaker",
                    "category": "Mobile accessories",
                    "brand": None,
                    "current_price": 12.99,
                    "current_stock": 481,
                    "total_units_sold": 1065,
                    "total_revenue": 11605.81,
                    "total_profit": None,
                    "sales_performance": "Good",
                    "avg_rating": 3.4,
                    "product_health_score": 6.9,
                }
            ]
        },
    )

    product_id: str = Field(description="The product's key; `/api/products/{key}` tells the platform's own id.")
    product_name: str | None
    category: str | None
    brand: str | None
    current_price: Money | None
    current_stock: int | None = Field(description="Null where the platform does not tell.")
    total_units_sold: int
    total_revenue: Money | None = Field(description="Net sales.")
    total_profit: Money | None = Field(description="Null where no cost is known.")
    sales_performance: str | None = Field(description="Best Seller, Good, Moderate or Poor.")
    avg_rating: float | None
    product_health_score: float | None = Field(description="0 to 10.")


class Variant(Told):
    """What is sold of a product."""

    variant_id: str | None
    variant_name: str | None
    sku: str | None
    unit_price: Money | None
    stock_quantity: int | None


class ProductDetail(Product):
    """Everything about one product."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=None)

    store: str
    platform_id: str | None = Field(description="The product's id at its platform.")
    currency_code: str | None = Field(description="The store's currency.")
    current_price_native: Money | None
    is_deleted: bool | None
    units_returned: int | None
    gross_sales: Money | None
    discounts: Money | None
    returns: Money | None
    cost_coverage: float | None
    revenue_rank: int | None
    units_rank: int | None
    sales_category: str | None
    stock_level: str | None
    days_of_cover: float | None
    rating_count: int | None
    variants: list[Variant]


class BestSellers(Asked):
    """How many, and of which stores."""

    limit: Limit = 10
    store: Store


class LowStock(Asked):
    """How many, and of which stores."""

    limit: Limit = 200
    store: Store


def products(copy: Copy, asked: BestSellers | LowStock, condition: str, order: str) -> list[dict[str, Any]]:
    """Products of the stores asked for."""
    sql = PRODUCTS.format(columns=PRODUCT, condition=condition, order=order)
    return copy.rows(sql, stores=chosen_stores(copy, asked.store), limit=asked.limit)


@router.get("/best-sellers", response_model=list[Product], responses=responses(404))
async def best_sellers(asked: Annotated[BestSellers, Query()], desk: AtDesk) -> Response:
    """The products that sold most units, all time."""
    order = "units_sold DESC, net_sales DESC NULLS LAST, product_name, product_key"
    return await desk.answer(lambda copy: products(copy, asked, "units_sold > 0", order))


@router.get("/low-stock", response_model=list[Product], responses=responses(404))
async def low_stock(asked: Annotated[LowStock, Query()], desk: AtDesk) -> Response:
    """Listed products that are out of stock, critical or low, the most urgent first."""
    return await desk.answer(lambda copy: products(copy, asked, RUNNING_OUT, MOST_URGENT))


DETAIL = f"""
SELECT {PRODUCT}, products.store, product_id AS platform_id, currency_code, unit_price_native AS current_price_native,
    is_deleted, units_returned, gross_sales, discounts, returns, cost_coverage, revenue_rank, units_rank,
    performance.sales_category, stock_level, days_of_cover, performance.rating_count
FROM marts.dim_products AS products
LEFT JOIN marts.product_performance AS performance USING (product_key)
WHERE product_key = $key
"""
VARIANTS = """
SELECT variant_id, variant_name, sku, unit_price, stock_quantity
FROM marts.dim_variants WHERE product_key = $key ORDER BY variant_name, variant_key
"""


def product_detail(copy: Copy, key: str) -> dict[str, Any]:
    """One product with what is sold of it; Problem 404 where there is none."""
    found = copy.rows(DETAIL, key=key)
    if not found:
        raise Problem(404, "product", "There is no product of this key; the lists tell keys as `product_id`.")
    return {"published": published(copy), "data": found[0] | {"variants": copy.rows(VARIANTS, key=key)}}


@router.get("/{key}", response_model=Answer[ProductDetail], responses=responses(404))
async def product(
    key: Annotated[str, Path(description="The product's key, `product_id` elsewhere.", max_length=100)], desk: AtDesk
) -> Response:
    """One product: what it sold, its stock, its rating, and its variants."""
    return await desk.answer(lambda copy: product_detail(copy, key))

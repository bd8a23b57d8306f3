"""What each of the five shops is like, and what its platform can do at all.

A shop's special cases come by count, not by chance, so that a small world has all of them: each list below is gone
through order by order (see `Turns`), densely at first, then more sparsely.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(slots=True, frozen=True)
class Turns:
    """Special cases that come round: every third order at first, every sixth after the first round."""

    cases: tuple[str, ...]
    offset: int = 0
    dense: int = 3
    sparse: int = 6

    def at(self, number: int) -> str | None:
        """Return the case of an order, counted from 0."""
        first = len(self.cases) * self.dense
        count, step = (number, self.dense) if number < first else (number - first, self.sparse)
        if not self.cases or count % step != self.offset % step:
            return None
        return self.cases[count // step % len(self.cases)]


@dataclass(slots=True, frozen=True)
class Policy:
    """One shop.

    orders          how many orders it has at scale 1 by 20 November 2026
    per_dollar      minor units of its money that buy what a dollar buys
    lands           where its customers live, with weights
    many_lines      how many lines its largest orders have
    baskets         what is special about what is bought
    buyers          what is special about who buys
    lives           what is special about what comes of it
    methods         how people pay; the first most often
    shipping        what sending costs, as listed
    """

    name: str
    title: str
    currency: str
    decimals: int
    zone: ZoneInfo
    country: str
    prices_include_tax: bool
    orders: int
    per_dollar: int
    lands: tuple[tuple[str, float], ...]
    categories: tuple[str, ...]
    products: int
    many_lines: int
    baskets: Turns
    buyers: Turns
    lives: Turns
    methods: tuple[str, ...]
    shipping: tuple[int, ...]
    shipping_per_mille: int
    first_id: int
    channels: tuple[str, ...] = ("web",)
    has_late_rows: bool = True

    @property
    def is_plain(self) -> bool:
        """Whether its orders have nothing but a status: the day of its last change is all that is known of its end."""
        return self.name in ("studio", "legacy")


_COUPONS = ("coupon_percent", "coupon_shipping", "line_discount", "two_codes", "coupon_fixed")
_REFUNDS = ("partial_refund", "full_refund", "goodwill", "not_restocked", "failed_refund", "two_refunds")
_GUESTS = ("guest", "placeholder", "guest_elsewhere", "guest_without_email")

POLICIES = (
    Policy(
        "shop-us",
        "Countinghouse Goods",
        "USD",
        2,
        ZoneInfo("America/New_York"),
        "US",
        False,
        1800,
        100,
        (("US", 0.94), ("CA", 0.04), ("GB", 0.02)),
        (
            *("beauty", "home-decoration", "kitchen-accessories", "mens-shirts", "mens-shoes", "mobile-accessories"),
            *("skin-care", "sports-accessories", "sunglasses", "womens-bags", "womens-dresses"),
        ),
        46,
        105,
        Turns((*_COUPONS, "gift_card_sold", "gift_card_redeemed", "tip")),
        Turns(_GUESTS, 1, 4, 5),
        Turns(
            (
                *(*_REFUNDS, "shipping_refund", "cancelled_paid", "cancelled_unpaid", "test", "edit_add"),
                *("edit_remove", "authorized", "pending"),
            ),
            2,
        ),
        ("card", "card", "card", "paypal"),
        (595, 895, 0),
        0,
        5_600_000_000_000,
        ("web", "web", "web", "pos", "phone"),
    ),
    Policy(
        "shop-eu",
        "Kontor Waren",
        "EUR",
        2,
        ZoneInfo("Europe/Berlin"),
        "DE",
        True,
        1300,
        92,
        (("DE", 0.72), ("AT", 0.14), ("FR", 0.14)),
        (
            *("fragrances", "furniture", "groceries", "home-decoration", "kitchen-accessories", "skin-care"),
            "womens-dresses",
        ),
        38,
        14,
        Turns((*_COUPONS, "fee")),
        Turns(_GUESTS, 1, 4, 5),
        Turns(
            (
                *(*_REFUNDS, "shipping_refund", "cancelled_paid", "cancelled_unpaid", "failed", "on_hold"),
                *("pending", "trashed"),
            ),
            2,
        ),
        ("card", "card", "paypal", "invoice", "bank_transfer"),
        (490, 690, 0),
        190,
        101,
        ("web", "web", "web", "web", "phone"),
    ),
    Policy(
        "shop-jp",
        "帳場ストア",
        "JPY",
        0,
        ZoneInfo("Asia/Tokyo"),
        "JP",
        True,
        700,
        150,
        (("JP", 0.97), ("US", 0.03)),
        ("beauty", "groceries", "kitchen-accessories", "mobile-accessories", "skin-care"),
        30,
        12,
        Turns(_COUPONS),
        Turns(_GUESTS, 1, 4, 6),
        Turns(
            (
                *("partial_refund", "full_refund", "goodwill", "not_restocked", "failed_refund", "cancelled_paid"),
                *("cancelled_unpaid", "authorized", "pending", "deleted"),
            ),
            2,
        ),
        ("card", "card", "invoice"),
        (550, 770, 0),
        100,
        1,
    ),
    Policy(
        "studio",
        "Ledger Studio",
        "GBP",
        2,
        ZoneInfo("Europe/London"),
        "GB",
        False,
        400,
        79,
        (("GB", 0.95), ("FR", 0.05)),
        ("furniture", "home-decoration", "womens-bags"),
        20,
        12,
        Turns(()),
        Turns(("guest", "guest_elsewhere"), 1, 4, 5),
        Turns(("full_refund", "cancelled_paid", "deleted"), 2, 5, 12),
        ("card",),
        (0,),
        0,
        1,
    ),
    Policy(
        "legacy",
        "Dominion Outfitters",
        "CAD",
        2,
        ZoneInfo("America/Toronto"),
        "CA",
        False,
        900,
        136,
        (("CA", 1.0),),
        ("mens-shirts", "mens-shoes", "sports-accessories", "sunglasses"),
        26,
        13,
        Turns(("line_discount",), 0, 3, 5),
        Turns(_GUESTS, 1, 5, 9),
        Turns(("full_refund", "cancelled_paid", "cancelled_unpaid", "pending"), 2, 5, 12),
        ("card", "card", "cash"),
        (795, 995, 0),
        0,
        100_001,
        ("web", "web", "pos", "phone"),
    ),
)

# The state's own rate; what counties and cities add is left out.
SALES_TAX = {
    **{"NY": 40, "CA": 73, "IL": 63, "TX": 63, "AZ": 56, "PA": 60, "FL": 60, "OH": 58, "NC": 48, "IN": 70, "WA": 65},
    **{"CO": 29, "OK": 45, "TN": 70, "DC": 60, "NV": 69, "MA": 63, "MI": 60, "KY": 60, "OR": 0, "MD": 60, "WI": 50},
    **{"NM": 49, "GA": 40, "MO": 42, "NE": 55, "VA": 53, "MN": 69, "KS": 65, "LA": 45, "HI": 40, "AK": 0, "UT": 61},
    "ID": 60,
}
REDUCED = {"shop-eu": 70, "shop-jp": 80}  # food
STANDARD = {"shop-eu": 190, "shop-jp": 100}

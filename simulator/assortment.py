"""What the invented shop sells: sixteen categories, the products it opens with and those it adds later.

Brands are made up. The order inside a category does not matter: the world shuffles, prices and launches them by its
seed.
"""

from typing import NamedTuple


class Category(NamedTuple):
    """A shelf: whose brands stand on it, what things cost there, and how much of the price the shop paid."""

    slug: str
    brands: tuple[str, ...]
    low: float
    high: float
    cost_share: float
    pull: float
    november: float
    titles: tuple[str, ...]


def _category(head: str, titles: str) -> Category:
    slug, brands, low, high, cost, pull, november = head.split("|")
    names = tuple(title.strip() for title in titles.split(",") if title.strip())
    return Category(
        slug,
        tuple(filter(None, brands.split(","))),
        float(low),
        float(high),
        float(cost),
        float(pull),
        float(november),
        names,
    )


# slug|brands|lowest price|highest price|cost as a share of the price|how much of all demand|how much more is bought
# before Christmas
CATEGORIES = (
    _category(
        "beauty|Velorra,Mirelle|7|45|0.34|1.2|1.2",
        "Satin Lip Colour, Volume Mascara, Matte Foundation, Blush Duo, Nail Lacquer Set, Brow Pencil, Setting "
        "Powder, Makeup Brush Set, Cream Eyeshadow",
    ),
    _category(
        "fragrances|Maison Orrel,Velorra|28|140|0.38|0.7|1.7",
        "Cedar and Fig Eau de Parfum, Orange Blossom Cologne, Night Amber Eau de Parfum, Linen Mist, White Tea Eau de "
        "Toilette, Travel Scent Trio",
    ),
    _category(
        "furniture|Northbeam,Hallander|65|480|0.55|0.35|0.8",
        "Oak Bedside Table, Walnut Desk, Folding Bookshelf, Linen Armchair, Entry Bench, Round Dining Table, Bar "
        "Stool Pair, Low Media Console",
    ),
    _category(
        "groceries||3|24|0.62|1.5|1.0",
        "Wildflower Honey, Cold Pressed Olive Oil, Arabica Coffee Beans, Dark Chocolate Bar, Basmati Rice, Almond "
        "Butter, Green Tea Tin,"
        " Tomato Passata, Trail Mix, Maple Syrup, Sea Salt Crackers",
    ),
    _category(
        "home-decoration|Hallander,Fernwell|12|95|0.42|1.0|1.5",
        "Ceramic Vase, Scented Candle, Wall Mirror, Linen Cushion Cover, Picture Frame Set, Woven Basket, Desk Lamp, "
        "Throw Blanket, Plant Pot Trio",
    ),
    _category(
        "kitchen-accessories|Tindle,Copperfield|9|120|0.46|1.4|1.3",
        "Chef Knife, Cast Iron Skillet, Bamboo Cutting Board, Citrus Squeezer, Mixing Bowl Set, Pepper Mill, Pour "
        "Over Kettle, Silicone Spatula Set,"
        " Digital Kitchen Scale, Loaf Pan, Ice Cube Tray",
    ),
    _category(
        "laptops|Quorvex,Lumeric|420|1450|0.78|0.1|1.9",
        "Air 13 Notebook, Studio 15 Laptop, Convertible 14 Notebook, Everyday 15 Laptop, Pro 16 Workstation, School "
        "11 Notebook",
    ),
    _category(
        "mens-shirts|Harrow & Vale,Tallis|22|79|0.37|1.1|1.1",
        "Oxford Shirt, Flannel Check Shirt, Linen Camp Shirt, Denim Overshirt, Poplin Business Shirt, Jersey Polo, "
        "Corduroy Shirt, Henley",
    ),
    _category(
        "mens-shoes|Stradello,Tallis|48|190|0.43|0.8|1.0",
        "Canvas Sneaker, Leather Derby, Trail Runner, Suede Chukka Boot, Court Trainer, Driving Loafer, Hiking Boot",
    ),
    _category(
        "mobile-accessories|Lumeric,Pebble & Wire|9|160|0.41|1.6|1.6",
        "Wireless Earbuds, USB-C Charger 65 W, Magnetic Power Bank, Phone Grip Case, Over Ear Headphones, Car Mount, "
        "Charging Cable 2 m,"
        " Bluetooth Speaker, Screen Protector Pair, Smart Tracker, Desk Charging Stand",
    ),
    _category(
        "skin-care|Mirelle,Fernwell|8|68|0.31|1.2|1.2",
        "Daily Moisturiser, Vitamin C Serum, Gentle Cleanser, Mineral Sunscreen SPF 50, Night Repair Cream, Clay "
        "Mask, Hand Balm, Hyaluronic Toner,"
        " Lip Treatment",
    ),
    _category(
        "smartphones|Quorvex,Orbanna|190|990|0.80|0.16|1.8",
        "Orbit 7 Phone, Orbit 7 Mini, Pixelate X Phone, Slate 5G Phone, Everyday Phone 64 GB, Fold One Phone, Rugged "
        "Phone",
    ),
    _category(
        "sports-accessories||6|140|0.44|1.3|1.0",
        "Yoga Mat, Adjustable Dumbbell, Resistance Band Set, Cycling Bottle, Foam Roller, Jump Rope, Tennis Racket, "
        "Swim Goggles, Kettlebell 12 kg,"
        " Running Belt, Basketball, Badminton Set",
    ),
    _category(
        "sunglasses|Solanne|18|130|0.33|0.7|0.6",
        "Round Metal Sunglasses, Classic Square Sunglasses, Polarised Sport Sunglasses, Cat Eye Sunglasses, Folding "
        "Sunglasses, Aviator Sunglasses",
    ),
    _category(
        "womens-bags|Aubrine,Stradello|34|260|0.39|0.9|1.4",
        "Leather Tote, Quilted Shoulder Bag, Canvas Weekender, Belt Bag, Crossbody Camera Bag, Straw Beach Bag, Slim "
        "Laptop Sleeve, Evening Clutch",
    ),
    _category(
        "womens-dresses|Aubrine,Harrow & Vale|32|180|0.36|1.0|1.1",
        "Wrap Midi Dress, Cotton Shirt Dress, Knit Sweater Dress, Pleated Maxi Dress, Slip Dress, Linen Sun Dress, "
        "Velvet Party Dress, Denim Pinafore",
    ),
)

SPARE_WORDS = (
    "Classic",
    "Compact",
    "Deluxe",
    "Original",
    "Studio",
    "Travel",
    "Everyday",
    "Limited",
    "Signature",
    "Eco",
)
WARRANTIES = (
    "No warranty",
    "1 month warranty",
    "3 months warranty",
    "6 months warranty",
    "1 year warranty",
    "2 year warranty",
    "Lifetime warranty",
)
SHIPPING = (
    "Ships overnight",
    "Ships in 1-2 business days",
    "Ships in 3-5 business days",
    "Ships in 1 week",
    "Ships in 2 weeks",
    "Ships in 1 month",
)
RETURNS = (
    "No return policy",
    "7 days return policy",
    "30 days return policy",
    "30 days return policy",
    "60 days return policy",
    "90 days return policy",
)

"""How amounts, counts, rates, changes and dates are put into words: one rule for every page.

Pure text in, text out. Money arrives as Decimal and is rounded once, here, half up. Signs are U+2212 except where
`st.metric` reads them: it takes only an ASCII minus for "down" (see `Change.for_metric`).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

UNKNOWN = "—"
MINUS = "\u2212"
NO_BREAK_SPACE = "\u00a0"
NO_BREAK_HYPHEN = "\u2011"

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
# ISO 4217, minor units other than two, for currencies a shop is likely to use.
DECIMALS = {
    **dict.fromkeys(("JPY", "KRW", "VND", "CLP", "ISK", "PYG", "UGX", "XAF", "XOF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
PLATFORMS = {
    "commercetools": "commercetools",
    "dummyjson": "DummyJSON",
    "payload": "Payload",
    "shopify": "Shopify",
    "stripe": "Stripe",
    "tables": "Tables",
    "woocommerce": "WooCommerce",
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Round half up, the way a till does; Python's own rounding is half to even."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def with_currency(digits: str, currency: str) -> str:
    """Put the symbol in front or the code behind, and the sign before both."""
    sign = MINUS if digits.startswith("-") else ""
    digits = digits.removeprefix("-")
    symbol = SYMBOLS.get(currency)
    return f"{sign}{symbol}{digits}" if symbol else f"{sign}{digits}{NO_BREAK_SPACE}{currency}"


def exact(amount: Decimal | None, currency: str) -> str:
    """Every decimal the currency has: for tables, tooltips and Explain."""
    if amount is None:
        return UNKNOWN
    return with_currency(f"{rounded(amount, DECIMALS.get(currency, 2)):,}", currency)


def money(amount: Decimal | None, currency: str) -> str:
    """A headline amount: $86.99, then $18,420, then $991K, $1.28M, $2.10B."""
    return _shortened(amount, currency, whole_below=Decimal(100_000))


def money_at_mark(amount: Decimal | None, currency: str) -> str:
    """An amount beside a bar or point, compact from 10,000: $82.1K."""
    return _shortened(amount, currency, whole_below=Decimal(10_000))


def money_before(amount: Decimal | None, currency: str) -> str:
    """What an amount was, in the little room beside a headline's change: $86.99, $152, $54.8K."""
    return _shortened(amount, currency, whole_below=Decimal(10_000), exact_below=100)


def _shortened(amount: Decimal | None, currency: str, whole_below: Decimal, exact_below: int = 1000) -> str:
    if amount is None:
        return UNKNOWN
    decimals = DECIMALS.get(currency, 2)
    # Each test is made on the rounded figure, so that 999.999 reads $1,000 and 999,600 reads $1.00M.
    if abs(rounded(amount, decimals)) < exact_below:
        return with_currency(f"{rounded(amount, decimals):,}", currency)
    if abs(rounded(amount, 0)) < whole_below:
        return with_currency(f"{rounded(amount, 0):,}", currency)
    thousands = amount / 1000
    if abs(rounded(thousands, 1)) < 100:
        return with_currency(f"{rounded(thousands, 1):,}K", currency)
    if abs(rounded(thousands, 0)) < 1000:
        return with_currency(f"{rounded(thousands, 0):,}K", currency)
    millions = amount / 1_000_000
    if abs(rounded(millions, 2)) < 1000:
        return with_currency(f"{rounded(millions, 2):,}M", currency)
    return with_currency(f"{rounded(amount / 1_000_000_000, 2):,}B", currency)


def count(number: int | None) -> str:
    """A count with thousands separators."""
    return UNKNOWN if number is None else f"{number:,}".replace("-", MINUS)


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 order`, `1,204 orders`."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def decimal(number: Decimal | None, decimals: int = 2) -> str:
    """A plain figure, such as items per order."""
    return UNKNOWN if number is None else f"{rounded(number, decimals):,}".replace("-", MINUS)


def rate(share: Decimal | None, decimals: int = 1) -> str:
    """A share of one (0–1) as a percentage with one decimal."""
    return UNKNOWN if share is None else f"{rounded(share * 100, decimals):,}%".replace("-", MINUS)


def ratio(part: Decimal | int | None, whole: Decimal | int | None) -> Decimal | None:
    """Divide two numbers; a share of nothing is unknown."""
    if part is None or not whole:
        return None
    return Decimal(part) / Decimal(whole)


def platform(kind: str | None) -> str:
    """A platform's own spelling of its name."""
    return PLATFORMS.get(kind or "", kind or UNKNOWN)


def list_of(names: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


# --- change ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """A change in words, and its direction after rounding: -1, 0 or 1."""

    text: str
    direction: int

    @property
    def for_metric(self) -> str:
        """The text with the minus sign that `st.metric` understands."""
        return self.text.replace(MINUS, "-")


NO_CHANGE_KNOWN = Change(UNKNOWN, 0)


def change(now: Decimal | int | None, before: Decimal | int | None) -> Change:
    """A change in percent. From nothing it is `new`, from or to the unknown `—`, beyond +999% `×12`."""
    if now is None or before is None or before < 0:
        return NO_CHANGE_KNOWN
    if before == 0:
        return Change("new", 0) if now > 0 else Change("0.0%", 0)
    times = Decimal(now) / Decimal(before)
    if times >= Decimal("10.995"):
        return Change(f"×{rounded(times, 0):,}", 1)
    percent = (times - 1) * 100
    # From a doubling on, tenths of a percent are no information and no longer fit beside "from" on a phone.
    return _signed(rounded(percent, 0 if percent >= 100 else 1), "%")


def points(now: Decimal | None, before: Decimal | None) -> Change:
    """A change of a rate, in percentage points."""
    if now is None or before is None:
        return NO_CHANGE_KNOWN
    return _signed(rounded((now - before) * 100, 1), " pp")


def difference(now: Decimal | None, before: Decimal | None, decimals: int = 2, unit: str = "") -> Change:
    """A change of a plain figure, in its own unit."""
    if now is None or before is None:
        return NO_CHANGE_KNOWN
    return _signed(rounded(now - before, decimals), unit)


def off_by(share: Decimal) -> str:
    """How far a number was off, as a signed percentage: `+11.2%`."""
    return _signed(rounded(share * 100, 1), "%").text


def _signed(value: Decimal, unit: str) -> Change:
    if value == 0:
        return Change(f"{abs(value)}{unit}", 0)
    return Change(f"{value:+,}{unit}".replace("-", MINUS), 1 if value > 0 else -1)


# --- days and instants ----------------------------------------------------------------------------------------------


def short_day(day: date) -> str:
    """`8 Nov`."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def full_day(day: date) -> str:
    """`20 Nov 2026`."""
    return f"{short_day(day)} {day.year}"


def span(first: date, last: date) -> str:
    """`21 Oct – 19 Nov 2026`, `3–9 Mar 2026`: month and year twice only where they differ."""
    if first == last:
        return full_day(last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{full_day(last)}"
    return f"{short_day(first) if first.year == last.year else full_day(first)} – {full_day(last)}"


def from_to(first: date, last: date) -> str:
    """A span inside a sentence: `from 3 to 9 Mar 2026`, `on 3 Mar 2026`."""
    if first == last:
        return f"on {full_day(last)}"
    if (first.year, first.month) == (last.year, last.month):
        return f"from {first.day} to {full_day(last)}"
    return f"from {short_day(first) if first.year == last.year else full_day(first)} to {full_day(last)}"


def spans(first: tuple[date, date], second: tuple[date, date]) -> tuple[str, str]:
    """Two spans in one sentence; the second says its year only where the first has not."""
    one_year = {day.year for day in (*first, *second)} == {first[1].year}
    return span(*first), short_span(*second) if one_year else span(*second)


def short_span(first: date, last: date) -> str:
    """A span where the year is plain: `3–9 Mar`, `21 Oct – 19 Nov`."""
    if first == last:
        return short_day(last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{short_day(last)}"
    return f"{short_day(first)} – {short_day(last)}"


def month(day: date) -> str:
    """`Nov 2026`."""
    return f"{MONTHS[day.month - 1]} {day.year}"


def instant(at: datetime) -> str:
    """An instant stored in UTC: `20 Nov 2026, 09:40 UTC`."""
    return f"{full_day(at.date())}, {at:%H:%M} UTC"


def short_instant(at: datetime) -> str:
    """`20 Nov, 09:38`; the table says that it is UTC."""
    return f"{short_day(at.date())}, {at:%H:%M}"


def age(duration: timedelta) -> str:
    """`35 min`, `9 h`, `3 days`: whole units, rounded down."""
    minutes = int(duration.total_seconds() // 60)
    if minutes < 60:
        return f"{max(minutes, 0)} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // 1440} days"


def behind(since: datetime, now: datetime) -> str:
    """How far data lags: relative up to 48 hours, then the day it stopped."""
    lag = now - since
    return f"{age(lag)} behind" if lag <= timedelta(hours=48) else f"stopped on {short_day(since.date())}"


def unbroken(text: str) -> str:
    """Keep an id, a date or an address on one line of a table."""
    return text.replace(" ", NO_BREAK_SPACE).replace("-", NO_BREAK_HYPHEN)


def in_lines(text: str, length: int = 48) -> str:
    """Keep a long text of a table in lines of about this many letters, where a phone would break it at every word."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= length:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return " ".join(unbroken(line) for line in lines)


def plain(text: str) -> str:
    """Escape what markdown or Streamlit would read as markup in a name that came from a shop."""
    return "".join(f"\\{letter}" if letter in r"\`*_[]$:~<>#|" else letter for letter in text)


DEFINITIONS = {
    "shopify": "Shopify’s definitions",
    "woocommerce": "WooCommerce’s definitions",
    "finance": "finance definitions",
}


def definitions(chosen: str) -> str:
    """By whose words the numbers are counted."""
    return DEFINITIONS.get(chosen, f"{chosen} definitions")

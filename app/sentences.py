"""The sentence at the top of each page: computed from the page's own numbers, in at most two sentences.

Order: direction and size of the main measure, then the biggest cause and its share of the change, then the one
exception that matters. It never advises and never guesses why. Pure: numbers in, text out.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.wording import change, counted, full_day, list_of, money, off_by, plain, rate, ratio, rounded

# Changes below half a percent are noise to a reader: they read "held at".
STEADY = Decimal("0.005")
# A cause is worth its name when it makes this much of the change.
MAIN_CAUSE = Decimal("0.4")


@dataclass(frozen=True)
class Cause:
    """One part of the main measure: a store, a category."""

    name: str
    now: Decimal
    before: Decimal


def relative(now: Decimal | int | None, before: Decimal | int | None) -> Decimal | None:
    """The change as a share of what was; None where that says nothing."""
    if now is None or before is None or before <= 0:
        return None
    return Decimal(now) / Decimal(before) - 1


def movement(measure: str, now: Decimal, before: Decimal | None, currency: str) -> str:
    """`Net sales rose 14.4% to $991K`; without a comparison its level."""
    amount = money(now, currency)
    if before is not None and before == 0 and now > 0:
        return f"{measure} came to {amount}, after none in the period before"
    step = relative(now, before)
    if step is None:
        return f"{measure} came to {amount}"
    if abs(step) <= STEADY:
        return f"{measure} held at {amount}"
    size = change(now, before).text.lstrip("+\u2212")
    if size.startswith("×"):
        return f"{measure} grew {size[1:]} times to {amount}"
    return f"{measure} {'rose' if step > 0 else 'fell'} {size} to {amount}"


def main_cause(causes: list[Cause], *, one: str, many: str) -> str | None:
    """The part that made most of the change, or that it was spread; None where there is no change to explain."""
    changes = {cause.name: cause.now - cause.before for cause in causes}
    total = sum(changes.values(), Decimal(0))
    level = sum((cause.before for cause in causes), Decimal(0))
    moving = {name: part for name, part in changes.items() if part != 0}
    if len(causes) < 2 or total == 0 or level <= 0 or abs(total / level) <= STEADY:
        return None
    word = "increase" if total > 0 else "decrease"
    rising = sum(1 for part in moving.values() if part > 0)
    falling = len(moving) - rising
    if rising and falling:
        return f"{counted(rising, one, many)} rose and {falling} fell"
    name, biggest = max(moving.items(), key=lambda item: abs(item[1]))
    share = biggest / total
    if share >= MAIN_CAUSE:
        return f"{plain(name)} {'brought' if total > 0 else 'made'} {rounded(share * 100, 0)}% of the {word}"
    return f"The {word} is spread over {counted(len(moving), one, many)}"


def number_and_value(
    orders: int, orders_before: int | None, value: Decimal | None, value_before: Decimal | None
) -> str | None:
    """Whether more orders or dearer orders moved the sum; None without a comparison."""
    number, worth = relative(orders, orders_before), relative(value, value_before)
    if number is None or worth is None:
        return None
    number_moves, worth_moves = abs(number) > STEADY, abs(worth) > STEADY
    if not number_moves and not worth_moves:
        return None
    if not number_moves:
        return f"the number of orders held and their value {'rose' if worth > 0 else 'fell'}"
    if not worth_moves:
        return f"the number of orders {'rose' if number > 0 else 'fell'} and their value held"
    if (number > 0) != (worth > 0):
        return "there were more orders, each worth less" if number > 0 else "there were fewer orders, each worth more"
    verb = "grew" if number > 0 else "fell"
    return (
        f"orders {verb} faster than their value"
        if abs(number) > abs(worth)
        else f"order values {verb} faster than their number"
    )


def against_usual(sold: float, usual: float) -> str:
    """`65% less than`, `2.2 times as much as`: how an unusual stretch compares with its weekdays."""
    times = Decimal(sold) / Decimal(usual)
    if times >= 2:
        return f"{rounded(times, 1)} times as much as"
    return f"{rounded(abs(times - 1) * 100, 0)}% {'more' if times > 1 else 'less'} than"


def joined(first: str, *clauses: str | None, lead: str | None = None) -> str:
    """Two sentences at most: the first, and the clauses that apply joined into the second.

    lead  begins the second sentence as it is, because a store's name is not to be capitalised
    """
    said = [clause for clause in clauses if clause]
    if lead:
        return f"{first}. {', and '.join([lead, *said[:1]])}."
    if not said:
        return f"{first}."
    second = ", and ".join(said[:2])
    return f"{first}. {second[0].upper()}{second[1:]}."


def overview(
    *,
    net: Decimal,
    net_before: Decimal | None,
    orders: int,
    orders_before: int | None,
    currency: str,
    stores: list[Cause],
    exception: str | None = None,
) -> str:
    """Whether the business does better than before, and where that comes from."""
    value, value_before = ratio(net, orders), ratio(net_before, orders_before)
    compared = net_before is not None
    cause = main_cause(stores, one="store", many="stores") if compared else None
    return joined(
        movement("Net sales", net, net_before, currency),
        exception or number_and_value(orders, orders_before, value, value_before),
        lead=cause,
    )


def sales(
    *,
    gross: Decimal,
    discounts: Decimal,
    returns: Decimal,
    net: Decimal,
    net_before: Decimal | None,
    currency: str,
    categories: list[Cause],
) -> str:
    """What made the revenue."""
    kept = []
    if gross > 0:
        kept = [
            f"{rate(amount / gross)} {words}"
            for amount, words in ((discounts, "was given in discounts"), (returns, "came back in returns"))
            if amount > 0
        ]
    given = f"of {money(gross, currency)} gross, {list_of(kept)}" if kept else None
    cause = main_cause(categories, one="category", many="categories") if net_before is not None else None
    return joined(movement("Net sales", net, net_before, currency), given, lead=cause)


def customers(
    *,
    active: int,
    repeat_rate: Decimal | None,
    repeat_rate_before: Decimal | None,
    top_segment: str | None,
    top_share_of_customers: Decimal | None,
    top_share_of_sales: Decimal | None,
) -> str:
    """Who buys, who returns."""
    if active == 0:
        return "Nobody known by name ordered in this period."
    people = counted(active, "customer", "customers")
    if repeat_rate is None:
        first = f"{people} ordered"
    else:
        first = f"{people} ordered, {rate(repeat_rate)} of them not for the first time"
        if repeat_rate_before is not None and abs(repeat_rate - repeat_rate_before) > STEADY:
            direction = "up" if repeat_rate > repeat_rate_before else "down"
            first += f", {direction} from {rate(repeat_rate_before)}"
    share = None
    if top_segment and top_share_of_customers is not None and top_share_of_sales is not None:
        share = (
            f"{plain(top_segment)} are {rate(top_share_of_customers, 0)} of customers "
            f"and {rate(top_share_of_sales, 0)} of their sales"
        )
    return joined(first, share)


def products(*, sold: int, half: int, out_of_stock: int, sellers_out: int, running_out: int) -> str:
    """What sells, and what is running out.

    half         how few products made half of the net sales
    sellers_out  bestsellers and popular products among those out of stock
    running_out  products low or critical, but not yet out
    """
    if sold == 0:
        first = "No product was sold in this period"
    elif sold == 1:
        first = "One product made all of the net sales"
    else:
        first = f"{half} of {counted(sold, 'product sold', 'products sold')} made half of the net sales"
    stock = []
    if out_of_stock:
        among = f", {sellers_out} of them a good seller" if sellers_out == 1 else ""
        among = f", {sellers_out} of them good sellers" if sellers_out > 1 else among
        verb = "is" if out_of_stock == 1 else "are"
        stock.append(f"{counted(out_of_stock, 'product')} {verb} out of stock{among}")
    if running_out:
        stock.append(f"{counted(running_out, 'product')} {'runs' if running_out == 1 else 'run'} low")
    return joined(first, *(stock or ["nothing is out of stock"]))


def operations(
    *,
    net: Decimal | None,
    net_before: Decimal | None,
    currency: str,
    weekday: str,
    waiting: list[str],
    absent: list[str],
) -> str:
    """Whether today is normal, and what must be done now.

    net      None when no store has sent anything of today
    weekday  the day today is measured against
    waiting  the most urgent matters, each a clause with its number
    absent   the stores that have sent nothing of today
    """
    step = relative(net, net_before)
    if net is None:
        first = nothing_of_today(absent)
    elif net == 0:
        then = f", where last {weekday} had {money(net_before, currency)} by this time" if net_before else ""
        first = f"Nothing sold today so far{then}"
    elif net_before == 0 and net > 0:
        first = f"{money(net, currency)} sold today, where last {weekday} had nothing by this time"
    elif step is None:
        first = f"{money(net, currency)} sold today so far"
    elif abs(step) <= STEADY:
        first = f"Today runs level with last {weekday} at {money(net, currency)}"
    else:
        word = "ahead of" if step > 0 else "behind"
        size = change(net, net_before).text.lstrip("+\u2212")
        times = f"at {size[1:]} times last {weekday}" if size.startswith("×") else f"{size} {word} last {weekday}"
        first = f"Today runs {times} at {money(net, currency)}"
    return joined(first, *(waiting[:2] or ["nothing waits for you"]))


def nothing_of_today(stores: list[str]) -> str:
    """`shop-de has sent nothing of today yet`."""
    names = list_of([plain(name) for name in stores]) if stores else "No store"
    return f"{names} {'has' if len(stores) < 2 else 'have'} sent nothing of today yet"


def health(*, stopped_on: str | None, because: str | None, missing: list[str], warnings: int, checks: int) -> str:
    """Whether the numbers may be trusted.

    stopped_on  the day of the copy, when publishing stopped after it
    because     what the failed run said
    missing     connections that are behind
    """
    if stopped_on:
        reason = plain((because or "").strip().rstrip("."))
        return joined(f"The numbers are as of {stopped_on}: publishing stopped", reason)
    if missing:
        first = f"The numbers are complete except {list_of([plain(name) for name in missing])}"
    elif checks == 0:
        first = "The numbers were published without a check on record"
    else:
        first = "The numbers are safe to use"
    if checks == 0:
        return joined(first)
    noted = f"{counted(warnings, 'check')} found something to look at" if warnings else None
    return joined(first, noted or f"all {checks:,} checks passed" if checks > 1 else noted or "its one check passed")


@dataclass(frozen=True)
class Backtest:
    """What estimates of customers' value would have said some days ago, and what came.

    error, naive_error  shares of what came; positive is too much. The naive guess: everybody buys as before
    reason              why nothing could be compared
    current_reason      why there are no estimates today
    """

    fitted_until: date | None
    holdout_days: int | None
    customers: int
    predicted_sales: Decimal | None
    actual_sales: Decimal | None
    error: Decimal | None
    naive_error: Decimal | None
    reason: str | None
    current_reason: str | None


def estimate_and_error(tried: Backtest | None) -> str:
    """Beside a headline: that the number is an estimate, and by how much such estimates were off."""
    if tried is None or tried.current_reason is not None:
        return "no estimate yet"
    return "estimate, not tried yet" if tried.error is None else f"estimate · {off_by(tried.error)} off"


def tried_on_the_past(tried: Backtest | None, currency: str) -> str:
    """What the estimates said then, what came, and how far the simplest guess was off; begins with a space."""
    if tried is None:
        return ""
    if tried.error is None or tried.fitted_until is None:
        return f" Not tried on the past: {plain(tried.reason or 'no reason given')}."
    came, said = money(tried.actual_sales, currency), money(tried.predicted_sales, currency)
    known = f"{counted(tried.customers, 'customer')} known on {full_day(tried.fitted_until)}"
    naive = "" if tried.naive_error is None else f"; buying as before would be {off_by(tried.naive_error)}"
    return (
        f" Back-test, all stores: of {known} it expected {said} in the {tried.holdout_days} days since, {came} came: "
        f"{off_by(tried.error)}{naive}."
    )

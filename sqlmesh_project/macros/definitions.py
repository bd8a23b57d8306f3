"""The definitions a business counts by: one choice for all stores, made by the setting COUNTINGHOUSE_DEFINITIONS.

profile      a sale counts from   average order value is                           a customer returns after
shopify      being placed         gross sales less discounts, as placed            an order
woocommerce  being paid           net sales of the period                          a paid order
finance      being sent           what the orders of the period kept to this day   an order not given back whole

Sources: Shopify's ShopifyQL reference (sales, `average_order_value`); WooCommerce Analytics (documentation, "Definition
of Terms", and its default date type, `date_paid`); revenue by IFRS 15.31, when control of the goods passes.
"""

from sqlglot import exp, parse_one
from sqlmesh import macro

# SQLMesh sees which models depend on a variable by reading the macro that asks for it, not what the macro calls.
DEFAULT = "shopify"


@macro()
def counts_from(evaluator, ordered_at: exp.Expression, paid_at: exp.Expression, sent_at: exp.Expression):
    """The instant from which an order is a sale by the chosen definitions; NULL while it is none yet.

    sent_at  when its goods were sent; where a platform does not tell that, it counts as sent when it was paid
    """
    # Asked for, and no more: books that return to earlier definitions are then other models than they were.
    evaluator.var("definition_switches", 0)
    return {"shopify": ordered_at, "woocommerce": paid_at, "finance": sent_at}[evaluator.var("definitions", DEFAULT)]


@macro()
def order_value(evaluator, placed: exp.Expression, net: exp.Expression, kept: exp.Expression):
    """What is divided by the number of orders: as they were placed, the period's net sales, or what they kept."""
    chosen = {"shopify": placed, "woocommerce": net, "finance": kept}[evaluator.var("definitions", DEFAULT)]
    return exp.paren(chosen)


@macro()
def is_forgotten(evaluator, order_key: exp.Expression):
    """Whether an order does not make its customer a returning one: by the words of finance, if it was given back whole.

    Only there the ledger is asked.
    """
    if evaluator.var("definitions", DEFAULT) != "finance":
        return exp.false()
    return parse_one(
        "COALESCE((SELECT SUM(amount_native) FROM marts.fact_sales_ledger AS kept "
        f"WHERE kept.order_key = {order_key.sql()} AND kept.measure <> 'gift_cards'), 0) <= 0",
        dialect="duckdb",
    )


@macro()
def chosen_definitions(evaluator):
    """The name of the chosen definitions."""
    return exp.Literal.string(evaluator.var("definitions", DEFAULT))


@macro()
def counted_as(evaluator, shopify: exp.Expression, woocommerce: exp.Expression, finance: exp.Expression):
    """Whichever of the three says how the chosen definitions count."""
    return {"shopify": shopify, "woocommerce": woocommerce, "finance": finance}[evaluator.var("definitions", DEFAULT)]

"""Reading Shopify's payloads: global ids, and lists inside lists made flat, in DuckDB's own words.

A list of flat structs is what models can look into; what is a column and what it means stays in the models.
"""

from sqlglot import exp
from sqlmesh import macro


@macro()
def number_of_gid(evaluator, gid: exp.Expression) -> exp.Expression:
    """The number in a global id such as gid://shopify/Order/450789469, by which the admin and REST call the object."""
    return _sql(_number(gid.sql("duckdb")))


@macro()
def has_been_paid(evaluator, financial_status: exp.Expression) -> exp.Expression:
    """Whether the money of an order has come, be it gone back since; not where no status is told."""
    unpaid = "'PENDING', 'AUTHORIZED', 'VOIDED', 'EXPIRED'"
    return _sql(f"COALESCE(NOT {financial_status.sql('duckdb')} IN ({unpaid}), FALSE)")


@macro()
def order_lines(evaluator, nodes: exp.Expression) -> exp.Expression:
    """The lines of an order; `unit_price` as listed, `allocated` all discounts of the line."""
    line = f"""STRUCT_PACK(
        line_id := {_number("item.id")},
        product_id := {_number("item.product.id")},
        variant_id := {_number("item.variant.id")},
        product_name := COALESCE(item.name, item.title),
        sku := NULLIF(TRIM(item.sku), ''),
        vendor := NULLIF(TRIM(item.vendor), ''),
        quantity := item.quantity,
        is_gift_card := COALESCE(item.isGiftCard, FALSE),
        unit_price := {_money("item.originalUnitPriceSet")},
        allocated := {_total("item.discountAllocations", "allocatedAmountSet.shopMoney.amount")},
        tax := {_total("item.taxLines", "priceSet.shopMoney.amount")},
        tax_rate := {_total("item.taxLines", "rate")}
    )"""
    return _sql(_each("item", nodes.sql("duckdb"), line))


@macro()
def order_shipping(evaluator, nodes: exp.Expression) -> exp.Expression:
    """The ways an order was sent that still stand."""
    way = f"""STRUCT_PACK(
        line_id := {_number("item.id")},
        price := {_money("item.discountedPriceSet")},
        tax := {_total("item.taxLines", "priceSet.shopMoney.amount")}
    )"""
    standing = f"LIST_FILTER({nodes.sql('duckdb')}, LAMBDA item : NOT COALESCE(item.isRemoved, FALSE))"
    return _sql(_each("item", standing, way))


@macro()
def order_sales(evaluator, nodes: exp.Expression) -> exp.Expression:
    """The sales of all agreements, each with when and in which agreement it was made."""
    sale = f"""STRUCT_PACK(
        sale_id := {_number("sale.id")},
        agreement_type := agreement.__typename,
        happened_at := {_instant("agreement.happenedAt")},
        refund_id := {_number("agreement.refund.id")},
        action_type := sale.actionType,
        line_type := sale.lineType,
        line_id := {_number("sale.lineItem.id")},
        quantity := sale.quantity,
        total := {_money("sale.totalAmount")},
        tax := {_money("sale.totalTaxAmount")},
        discount := {_money("sale.totalDiscountAmountBeforeTaxes")}
    )"""
    inner = _each("sale", "agreement.sales.nodes", sale)
    return _sql(f"FLATTEN({_each('agreement', nodes.sql('duckdb'), inner)})")


@macro()
def order_transactions(evaluator, transactions: exp.Expression) -> exp.Expression:
    """The movements of an order's money, promised and failed ones too; a capture or refund names its `parent_id`."""
    movement = f"""STRUCT_PACK(
        transaction_id := {_number("item.id")},
        parent_id := {_number("item.parentTransaction.id")},
        kind := item.kind,
        status := item.status,
        gateway := NULLIF(LOWER(TRIM(item.gateway)), ''),
        is_test := COALESCE(item.test, FALSE),
        payment_id := NULLIF(TRIM(item.paymentId), ''),
        error_code := LOWER(item.errorCode),
        amount := {_money("item.amountSet")},
        processed_at := COALESCE({_instant("item.processedAt")}, {_instant("item.createdAt")})
    )"""
    return _sql(_each("item", transactions.sql("duckdb"), movement))


@macro()
def first_payment(evaluator, transactions: exp.Expression) -> exp.Expression:
    """When money was first taken for an order; NULL where none was."""
    taken = (
        f"LIST_FILTER({transactions.sql('duckdb')}, LAMBDA item : item.kind IN ('SALE', 'CAPTURE') "
        "AND item.status = 'SUCCESS' AND NOT item.is_test)"
    )
    return _sql(f"LIST_MIN({_each('item', taken, 'item.processed_at')})")


@macro()
def order_refunds(evaluator, refunds: exp.Expression) -> exp.Expression:
    """The refunds of an order; `is_failed` where money was to move and every movement failed."""
    standing = "LIST_FILTER(item.transactions.nodes, LAMBDA one : NOT one.status IN ('FAILURE', 'ERROR'))"
    refund = f"""STRUCT_PACK(
        refund_id := {_number("item.id")},
        refunded_at := COALESCE({_instant("item.createdAt")}, {_instant("item.processedAt")}),
        amount := {_money("item.totalRefundedSet")},
        reason := NULLIF(TRIM(item.note), ''),
        is_failed := COALESCE(LEN(item.transactions.nodes), 0) > 0 AND LEN({standing}) = 0
    )"""
    return _sql(_each("item", refunds.sql("duckdb"), refund))


@macro()
def order_refund_lines(evaluator, refunds: exp.Expression) -> exp.Expression:
    """What the refunds of an order gave money back for: lines and shipping."""
    given = {
        "PRODUCT": ("refundLineItems", "item.lineItem.id", "item.quantity", "subtotalSet", "totalTaxSet"),
        "SHIPPING": ("refundShippingLines", "NULL::TEXT", "NULL::INT", "subtotalAmountSet", "taxAmountSet"),
    }
    lists: list[str] = []
    for line_type, (name, line, quantity, amount, tax) in given.items():
        part = f"""STRUCT_PACK(
            refund_id := {_number("refund.id")},
            line_type := '{line_type}',
            line_id := {_number(line)},
            quantity := {quantity},
            amount := {_money(f"item.{amount}")},
            tax := {_money(f"item.{tax}")}
        )"""
        inner = _each("item", f"refund.{name}.nodes", part)
        lists.append(f"FLATTEN({_each('refund', refunds.sql('duckdb'), inner)})")
    return _sql(f"LIST_CONCAT({', '.join(lists)})")


@macro()
def last_sending(evaluator, fulfillments: exp.Expression) -> exp.Expression:
    """When the last of the goods that were sent were sent."""
    sent = f"LIST_FILTER({fulfillments.sql('duckdb')}, LAMBDA item : item.status = 'SUCCESS')"
    return _sql(f"LIST_MAX({_each('item', sent, _instant('item.createdAt'))})")


@macro()
def available_units(evaluator, levels: exp.Expression) -> exp.Expression:
    """What can be sold of an item over all places it lies at; NULL where none tells."""
    available = "LIST_FILTER(level.quantities, LAMBDA one : one.name = 'available')"
    there = f"LIST_SUM({_each('one', available, 'one.quantity')})"
    return _sql(f"LIST_SUM({_each('level', levels.sql('duckdb'), there)})")


def _sql(text: str) -> exp.Expression:
    return exp.maybe_parse(text, dialect="duckdb")


def _each(name: str, items: str, what: str) -> str:
    return f"LIST_TRANSFORM({items}, LAMBDA {name} : {what})"


def _number(gid: str) -> str:
    return rf"NULLIF(REGEXP_EXTRACT({gid}, '([0-9]+)(\?.*)?$', 1), '')"


def _money(bag: str) -> str:
    return f"TRY_CAST({bag}.shopMoney.amount AS DECIMAL(18, 9))"


def _total(items: str, path: str) -> str:
    return f"COALESCE(LIST_SUM({_each('one', items, f'TRY_CAST(one.{path} AS DECIMAL(18, 9))')}), 0)"


def _instant(text: str) -> str:
    return f"TRY_CAST({text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'"

"""What a row keeps when the person in it is redacted, for every resource that can hold one.

A list of what stays and not of what goes: a field that a platform adds tomorrow is erased without anybody knowing of
it. What stays is what numbers are made of: ids, instants, amounts, goods, the country, discount codes. A test compares
the lists with every field that the staging models parse. The fields are those of docs/sources and the platforms' own
references named there.

A path has a dot for every object on the way, and passes through lists; what stands below a path that stays, stays.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """How the rows of one raw table belong to a person, and what stays of one that does.

    kept       paths that stay as they are
    customer   paths that hold the customer's id, or the customer with an `id`
    email      paths of addresses that tell one person from another: a pseudonym takes their place, so that the accounts
               and numbers made of them stay apart, or together, as they were
    mentions   more paths of addresses, by which rows are found; they go without a trace
    parents    paths that hold the id of a row of another resource, with which this one goes
    created    path of when it came to be; without one a row counts as old as the books
    is_person  whether the row is the customer itself, its id the customer's
    entries    paths of lists of objects that belong to one person each, found by the address they hold; the row as
               a whole is nobody's
    """

    kept: frozenset[str] = frozenset()
    customer: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    parents: tuple[tuple[str, str], ...] = ()
    created: str | None = None
    is_person: bool = False
    entries: frozenset[str] = frozenset()


def _paths(text: str) -> frozenset[str]:
    return frozenset(text.split())


RULES: dict[str, Rule] = {
    "shopify__customers": Rule(
        _paths("id legacyResourceId state numberOfOrders amountSpent createdAt updatedAt defaultAddress.countryCodeV2"),
        email=("defaultEmailAddress.emailAddress",),
        created="createdAt",
        is_person=True,
    ),
    "shopify__orders": Rule(
        _paths(
            "id legacyResourceId name createdAt updatedAt processedAt closedAt cancelledAt cancelReason test "
            "sourceName discountCodes currencyCode presentmentCurrencyCode taxesIncluded displayFinancialStatus "
            "displayFulfillmentStatus returnStatus customer.id shippingAddress.countryCodeV2 "
            "billingAddress.countryCodeV2 subtotalPriceSet totalTaxSet totalDiscountsSet totalPriceSet "
            "originalTotalPriceSet totalTipReceivedSet currentTotalDutiesSet currentTotalAdditionalFeesSet "
            "fulfillments.createdAt fulfillments.status transactions.id transactions.kind transactions.status "
            "transactions.gateway transactions.test transactions.createdAt transactions.processedAt "
            "transactions.paymentId transactions.errorCode transactions.amountSet "
            "transactions.parentTransaction.id lineItems.nodes.id lineItems.nodes.name lineItems.nodes.title "
            "lineItems.nodes.sku lineItems.nodes.vendor lineItems.nodes.quantity lineItems.nodes.isGiftCard "
            "lineItems.nodes.product.id lineItems.nodes.variant.id lineItems.nodes.originalUnitPriceSet "
            "lineItems.nodes.discountAllocations.allocatedAmountSet lineItems.nodes.taxLines.rate "
            "lineItems.nodes.taxLines.priceSet shippingLines.nodes.id shippingLines.nodes.isRemoved "
            "shippingLines.nodes.discountedPriceSet shippingLines.nodes.taxLines.priceSet "
            "agreements.nodes.__typename agreements.nodes.id agreements.nodes.happenedAt "
            "agreements.nodes.refund.id agreements.nodes.sales.nodes.id agreements.nodes.sales.nodes.actionType "
            "agreements.nodes.sales.nodes.lineType agreements.nodes.sales.nodes.quantity "
            "agreements.nodes.sales.nodes.lineItem.id agreements.nodes.sales.nodes.totalAmount "
            "agreements.nodes.sales.nodes.totalTaxAmount "
            "agreements.nodes.sales.nodes.totalDiscountAmountBeforeTaxes refunds.id refunds.createdAt "
            "refunds.processedAt refunds.totalRefundedSet refunds.refundLineItems.nodes.quantity "
            "refunds.refundLineItems.nodes.lineItem.id refunds.refundLineItems.nodes.subtotalSet "
            "refunds.refundLineItems.nodes.totalTaxSet refunds.refundShippingLines.nodes.id "
            "refunds.refundShippingLines.nodes.subtotalAmountSet refunds.refundShippingLines.nodes.taxAmountSet "
            "refunds.transactions.nodes.kind refunds.transactions.nodes.status"
        ),
        customer=("customer",),
        email=("email",),
        created="createdAt",
    ),
    "shopify__abandoned_checkouts": Rule(
        _paths(
            "id createdAt updatedAt completedAt taxesIncluded discountCodes customer.id "
            "shippingAddress.countryCodeV2 totalPriceSet subtotalPriceSet totalLineItemsPriceSet totalDiscountSet "
            "totalTaxSet lineItems.nodes.id lineItems.nodes.title lineItems.nodes.sku lineItems.nodes.quantity "
            "lineItems.nodes.product.id lineItems.nodes.variant.id lineItems.nodes.originalUnitPriceSet "
            "lineItems.nodes.discountedTotalPriceSet"
        ),
        customer=("customer",),
        created="createdAt",
    ),
    "woocommerce__customers": Rule(
        _paths("id role is_paying_customer date_created_gmt date_modified_gmt billing.country"),
        email=("email",),
        mentions=("billing.email",),
        created="date_created_gmt",
        is_person=True,
    ),
    "woocommerce__orders": Rule(
        _paths(
            "id number status currency created_via customer_id total total_tax shipping_total shipping_tax "
            "payment_method transaction_id date_created_gmt date_modified_gmt date_paid_gmt date_completed_gmt "
            "billing.country shipping.country line_items.id line_items.name line_items.product_id "
            "line_items.variation_id line_items.quantity line_items.subtotal line_items.total "
            "line_items.total_tax line_items.sku line_items.cost_of_goods_sold fee_lines.id fee_lines.name "
            "fee_lines.total fee_lines.total_tax coupon_lines.id coupon_lines.code coupon_lines.discount "
            "coupon_lines.discount_tax refunds.id refunds.total"
        ),
        customer=("customer_id",),
        email=("billing.email",),
        created="date_created_gmt",
    ),
    "woocommerce__refunds": Rule(
        _paths(
            "id parent_id amount date_created_gmt refunded_payment line_items.id line_items.product_id "
            "line_items.variation_id line_items.quantity line_items.total line_items.total_tax "
            "line_items.meta_data fee_lines.id fee_lines.total fee_lines.total_tax shipping_lines.id "
            "shipping_lines.total shipping_lines.total_tax"
        ),
        parents=(("parent_id", "orders"),),
        created="date_created_gmt",
    ),
    "woocommerce__reviews": Rule(
        _paths("id product_id rating status date_created_gmt"), email=("reviewer_email",), created="date_created_gmt"
    ),
    "woocommerce__coupons": Rule(entries=_paths("email_restrictions used_by")),
    "commercetools__customers": Rule(
        _paths(
            "id createdAt lastModifiedAt addresses.id addresses.country defaultBillingAddressId "
            "defaultShippingAddressId"
        ),
        email=("email",),
        created="createdAt",
        is_person=True,
    ),
    "commercetools__orders": Rule(
        _paths(
            "id createdAt lastModifiedAt completedAt orderNumber orderState paymentState shipmentState origin "
            "country customerId anonymousId cart.id billingAddress.country shippingAddress.country totalPrice "
            "taxedPrice discountOnTotalPrice.discountedAmount lineItems.id lineItems.name lineItems.productId "
            "lineItems.price.value lineItems.quantity lineItems.taxRate lineItems.taxedPrice lineItems.totalPrice "
            "lineItems.variant.id lineItems.variant.sku customLineItems.id customLineItems.slug "
            "customLineItems.taxRate customLineItems.taxedPrice customLineItems.totalPrice discountCodes "
            "paymentInfo.payments.id returnInfo.items.lineItemId returnInfo.items.quantity "
            "shippingInfo.deliveries.createdAt shippingInfo.discountedPrice shippingInfo.price "
            "shippingInfo.taxRate shippingInfo.taxedPrice shipping.shippingInfo.deliveries.createdAt "
            "shipping.shippingInfo.discountedPrice shipping.shippingInfo.price shipping.shippingInfo.taxRate "
            "shipping.shippingInfo.taxedPrice"
        ),
        customer=("customerId",),
        email=("customerEmail",),
        created="createdAt",
    ),
    "commercetools__carts": Rule(
        _paths(
            "id cartState createdAt lastModifiedAt customerId anonymousId shippingAddress.country totalPrice "
            "lineItems.quantity lineItems.totalPrice customLineItems.totalPrice"
        ),
        customer=("customerId",),
        email=("customerEmail",),
        created="createdAt",
    ),
    "commercetools__payments": Rule(
        _paths(
            "id createdAt lastModifiedAt customer.id interfaceId amountPlanned paymentMethodInfo.method "
            "paymentMethodInfo.paymentInterface transactions.id transactions.type transactions.state "
            "transactions.timestamp transactions.amount transactions.interactionId"
        ),
        customer=("customer",),
        created="createdAt",
    ),
    "commercetools__reviews": Rule(
        _paths("id createdAt lastModifiedAt customer.id includedInStatistics rating target.id target.typeId"),
        customer=("customer",),
        created="createdAt",
    ),
    "payload__users": Rule(
        _paths("id createdAt updatedAt roles"), email=("email",), created="createdAt", is_person=True
    ),
    "payload__orders": Rule(
        _paths(
            "id createdAt updatedAt status amount currency customer.id customer items.id items.product "
            "items.variant items.quantity shippingAddress.country transactions"
        ),
        customer=("customer",),
        email=("customerEmail",),
        created="createdAt",
    ),
    "payload__transactions": Rule(
        _paths(
            "id createdAt updatedAt status amount currency customer paymentMethod cart order "
            "stripe.paymentIntentID stripe.customerID"
        ),
        customer=("customer",),
        email=("customerEmail",),
        created="createdAt",
    ),
    "payload__carts": Rule(
        _paths("id createdAt updatedAt purchasedAt subtotal currency customer items.id items.quantity"),
        customer=("customer",),
        created="createdAt",
    ),
    "payload__addresses": Rule(
        _paths("id createdAt updatedAt customer country"), customer=("customer",), created="createdAt"
    ),
    "stripe__customers": Rule(
        _paths("id object created currency livemode"), email=("email",), created="created", is_person=True
    ),
    "stripe__charges": Rule(
        _paths(
            "id object created amount amount_captured amount_refunded captured currency customer failure_code "
            "invoice livemode paid payment_intent payment_method_details.type refunded status balance_transaction"
        ),
        customer=("customer",),
        mentions=("billing_details.email", "receipt_email"),
        created="created",
    ),
    "stripe__payment_intents": Rule(
        _paths(
            "id object created amount amount_received currency customer latest_charge livemode status metadata.order_id"
        ),
        customer=("customer",),
        mentions=("receipt_email",),
        created="created",
    ),
    "stripe__refunds": Rule(
        _paths(
            "id object created amount charge currency payment_intent reason status balance_transaction "
            "metadata.line metadata.quantity metadata.order_id"
        ),
        parents=(("charge", "charges"), ("payment_intent", "payment_intents")),
        created="created",
    ),
    "stripe__disputes": Rule(
        _paths("id object created amount charge currency payment_intent reason status"),
        mentions=("evidence.customer_email_address",),
        parents=(("charge", "charges"), ("payment_intent", "payment_intents")),
        created="created",
    ),
    "stripe__invoices": Rule(
        _paths(
            "id object created amount_due amount_paid currency customer status subtotal total charge payment_intent"
        ),
        customer=("customer",),
        mentions=("customer_email",),
        created="created",
    ),
    "stripe__balance_transactions": Rule(
        _paths(
            "id object created available_on amount currency exchange_rate fee net reporting_category source status type"
        ),
        parents=(("source", "charges"), ("source", "refunds"), ("source", "disputes")),
        created="created",
    ),
    "dummyjson__users": Rule(_paths("id role address.country"), email=("email",), is_person=True),
    "dummyjson__carts": Rule(
        _paths("id userId total discountedTotal totalProducts totalQuantity products"), customer=("userId",)
    ),
    "dummyjson__products": Rule(
        _paths("reviews.rating reviews.date"), email=("reviews.reviewerEmail",), entries=_paths("reviews")
    ),
    "tables__customers": Rule(
        _paths("id country_code created_at updated_at"), email=("email",), created="created_at", is_person=True
    ),
    "tables__orders": Rule(
        _paths(
            "id order_number ordered_at updated_at status customer_id channel payment_method country_code "
            "currency_code discount_code shipping tax total is_test"
        ),
        customer=("customer_id",),
        email=("customer_email",),
        created="ordered_at",
    ),
    "tables__reviews": Rule(
        _paths("id product_id customer_id rating created_at updated_at"),
        customer=("customer_id",),
        created="created_at",
    ),
}

# Of WooCommerce's free `meta_data`, the one entry that says which line of the order a refund is of.
META_KEYS = frozenset({"_refunded_item_id"})

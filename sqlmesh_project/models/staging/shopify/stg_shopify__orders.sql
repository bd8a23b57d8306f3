MODEL (
  name staging.stg_shopify__orders,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key order_key
  ),
  signals (
    news()
  ),
  grain order_key,
  audits (
    not_null(
      columns := (
        order_key,
        store,
        order_id,
        order_number,
        ordered_at,
        created_at,
        total_price_native,
        loaded_at
      ),
      condition := NOT is_deleted
    )
  ),
  description 'One row per order a Shopify shop has ever had, with its lines, the sales of its agreements, the movements of its money and its refunds inside, each a flat list; deleted ones are marked. Money is the shop''s own (shopMoney); what the customer saw in another currency stays in raw.'
);

WITH payloads AS (
  SELECT
    connection,
    id,
    is_deleted,
    loaded_at,
    @parsed(
      payload,
      '{
      "name": "VARCHAR", "createdAt": "VARCHAR", "updatedAt": "VARCHAR", "processedAt": "VARCHAR", "closedAt": "VARCHAR",
      "cancelledAt": "VARCHAR", "cancelReason": "VARCHAR", "test": "BOOLEAN", "email": "VARCHAR", "sourceName": "VARCHAR",
      "landingPageUrl": "VARCHAR", "referrerUrl": "VARCHAR", "tags": ["VARCHAR"], "discountCodes": ["VARCHAR"],
      "currencyCode": "VARCHAR", "presentmentCurrencyCode": "VARCHAR", "taxesIncluded": "BOOLEAN",
      "displayFinancialStatus": "VARCHAR", "displayFulfillmentStatus": "VARCHAR", "returnStatus": "VARCHAR",
      "customer": {"id": "VARCHAR"},
      "shippingAddress": {"countryCodeV2": "VARCHAR"}, "billingAddress": {"countryCodeV2": "VARCHAR"},
      "subtotalPriceSet": {"shopMoney": {"amount": "VARCHAR"}}, "totalTaxSet": {"shopMoney": {"amount": "VARCHAR"}},
      "totalDiscountsSet": {"shopMoney": {"amount": "VARCHAR"}}, "totalPriceSet": {"shopMoney": {"amount": "VARCHAR"}},
      "originalTotalPriceSet": {"shopMoney": {"amount": "VARCHAR"}}, "totalTipReceivedSet": {"shopMoney": {"amount": "VARCHAR"}},
      "currentTotalDutiesSet": {"shopMoney": {"amount": "VARCHAR"}},
      "currentTotalAdditionalFeesSet": {"shopMoney": {"amount": "VARCHAR"}},
      "fulfillments": [{"createdAt": "VARCHAR", "status": "VARCHAR"}],
      "transactions": [{
        "id": "VARCHAR", "kind": "VARCHAR", "status": "VARCHAR", "gateway": "VARCHAR", "test": "BOOLEAN",
        "createdAt": "VARCHAR", "processedAt": "VARCHAR", "paymentId": "VARCHAR", "errorCode": "VARCHAR",
        "amountSet": {"shopMoney": {"amount": "VARCHAR"}}, "parentTransaction": {"id": "VARCHAR"}
      }],
      "lineItems": {"nodes": [{
        "id": "VARCHAR", "name": "VARCHAR", "title": "VARCHAR", "sku": "VARCHAR", "vendor": "VARCHAR", "quantity": "INTEGER", "isGiftCard": "BOOLEAN",
        "product": {"id": "VARCHAR"}, "variant": {"id": "VARCHAR"},
        "originalUnitPriceSet": {"shopMoney": {"amount": "VARCHAR"}},
        "discountAllocations": [{"allocatedAmountSet": {"shopMoney": {"amount": "VARCHAR"}}}],
        "taxLines": [{"rate": "VARCHAR", "priceSet": {"shopMoney": {"amount": "VARCHAR"}}}]
      }]},
      "shippingLines": {"nodes": [{
        "id": "VARCHAR", "isRemoved": "BOOLEAN", "discountedPriceSet": {"shopMoney": {"amount": "VARCHAR"}},
        "taxLines": [{"priceSet": {"shopMoney": {"amount": "VARCHAR"}}}]
      }]},
      "agreements": {"nodes": [{
        "__typename": "VARCHAR", "id": "VARCHAR", "happenedAt": "VARCHAR", "refund": {"id": "VARCHAR"},
        "sales": {"nodes": [{
          "id": "VARCHAR", "actionType": "VARCHAR", "lineType": "VARCHAR", "quantity": "INTEGER", "lineItem": {"id": "VARCHAR"},
          "totalAmount": {"shopMoney": {"amount": "VARCHAR"}}, "totalTaxAmount": {"shopMoney": {"amount": "VARCHAR"}},
          "totalDiscountAmountBeforeTaxes": {"shopMoney": {"amount": "VARCHAR"}}
        }]}
      }]},
      "refunds": [{
        "id": "VARCHAR", "createdAt": "VARCHAR", "processedAt": "VARCHAR", "note": "VARCHAR",
        "totalRefundedSet": {"shopMoney": {"amount": "VARCHAR"}},
        "refundLineItems": {"nodes": [{
          "quantity": "INTEGER", "lineItem": {"id": "VARCHAR"},
          "subtotalSet": {"shopMoney": {"amount": "VARCHAR"}}, "totalTaxSet": {"shopMoney": {"amount": "VARCHAR"}}
        }]},
        "refundShippingLines": {"nodes": [{
          "id": "VARCHAR", "subtotalAmountSet": {"shopMoney": {"amount": "VARCHAR"}}, "taxAmountSet": {"shopMoney": {"amount": "VARCHAR"}}
        }]},
        "transactions": {"nodes": [{"kind": "VARCHAR", "status": "VARCHAR"}]}
      }]
    }'
    ) AS placed
  FROM raw.shopify__orders
  WHERE
    @is_new(loaded_at)
)
SELECT
  @surrogate_key(connection, @number_of_gid(id))::TEXT AS order_key,
  connection::TEXT AS store,
  @number_of_gid(id)::TEXT AS order_id,
  placed.name::TEXT AS order_number,
  @number_of_gid(placed.customer.id)::TEXT AS customer_id,
  NULLIF(LOWER(TRIM(placed.email)), '')::TEXT AS email,
  @at_utc(COALESCE(placed.processedAt, placed.createdAt))::TIMESTAMP AS ordered_at,
  @at_utc(placed.createdAt)::TIMESTAMP AS created_at,
  @at_utc(placed.closedAt)::TIMESTAMP AS closed_at,
  @at_utc(placed.cancelledAt)::TIMESTAMP AS cancelled_at,
  placed.cancelReason::TEXT AS cancel_reason,
  COALESCE(placed.test, FALSE)::BOOLEAN AS is_test,
  placed.displayFinancialStatus::TEXT AS financial_status,
  placed.displayFulfillmentStatus::TEXT AS fulfillment_status,
  placed.returnStatus::TEXT AS return_status,
  CASE
    WHEN placed.displayFulfillmentStatus = 'FULFILLED'
    THEN @last_sending(placed.fulfillments)
  END::TIMESTAMP AS fulfilled_at,
  placed.sourceName::TEXT AS source_name,
  placed.landingPageUrl::TEXT AS landing_page,
  placed.referrerUrl::TEXT AS referring_site,
  COALESCE(placed.shippingAddress.countryCodeV2, placed.billingAddress.countryCodeV2)::TEXT AS country_code,
  placed.currencyCode::TEXT AS currency_code,
  placed.presentmentCurrencyCode::TEXT AS presentment_currency_code,
  COALESCE(placed.taxesIncluded, FALSE)::BOOLEAN AS has_taxes_included,
  @amount(placed.totalPriceSet.shopMoney.amount)::DECIMAL(18, 3) AS total_price_native,
  @amount(placed.originalTotalPriceSet.shopMoney.amount)::DECIMAL(18, 3) AS original_total_native,
  @amount(placed.subtotalPriceSet.shopMoney.amount)::DECIMAL(18, 3) AS subtotal_native,
  @amount(placed.totalTaxSet.shopMoney.amount)::DECIMAL(18, 3) AS tax_native,
  @amount(placed.totalDiscountsSet.shopMoney.amount)::DECIMAL(18, 3) AS discounts_native,
  @amount(placed.totalTipReceivedSet.shopMoney.amount)::DECIMAL(18, 3) AS tips_native,
  @amount(placed.currentTotalDutiesSet.shopMoney.amount)::DECIMAL(18, 3) AS duties_native,
  @amount(placed.currentTotalAdditionalFeesSet.shopMoney.amount)::DECIMAL(18, 3) AS fees_native,
  placed.tags::TEXT[] AS tags,
  placed.discountCodes::TEXT[] AS discount_codes,
  @order_lines(placed.lineItems.nodes)::STRUCT(
    line_id TEXT,
    product_id TEXT,
    variant_id TEXT,
    product_name TEXT,
    sku TEXT,
    vendor TEXT,
    quantity INT,
    is_gift_card BOOLEAN,
    unit_price DECIMAL(18, 3),
    allocated DECIMAL(18, 3),
    tax DECIMAL(18, 3),
    tax_rate DECIMAL(9, 6)
  )[] AS lines,
  @order_shipping(placed.shippingLines.nodes)::STRUCT(line_id TEXT, price DECIMAL(18, 3), tax DECIMAL(18, 3))[] AS shipping_lines,
  @order_sales(placed.agreements.nodes)::STRUCT(
    sale_id TEXT,
    agreement_type TEXT,
    happened_at TIMESTAMP,
    refund_id TEXT,
    action_type TEXT,
    line_type TEXT,
    line_id TEXT,
    quantity INT,
    total DECIMAL(18, 3),
    tax DECIMAL(18, 3),
    discount DECIMAL(18, 3)
  )[] AS sales,
  @order_transactions(placed.transactions)::STRUCT(
    transaction_id TEXT,
    parent_id TEXT,
    kind TEXT,
    status TEXT,
    gateway TEXT,
    is_test BOOLEAN,
    payment_id TEXT,
    error_code TEXT,
    amount DECIMAL(18, 3),
    processed_at TIMESTAMP
  )[] AS transactions,
  @order_refunds(placed.refunds)::STRUCT(
    refund_id TEXT,
    refunded_at TIMESTAMP,
    amount DECIMAL(18, 3),
    reason TEXT,
    is_failed BOOLEAN
  )[] AS refunds,
  @order_refund_lines(placed.refunds)::STRUCT(
    refund_id TEXT,
    line_type TEXT,
    line_id TEXT,
    quantity INT,
    amount DECIMAL(18, 3),
    tax DECIMAL(18, 3)
  )[] AS refund_lines,
  @at_utc(placed.updatedAt)::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM payloads

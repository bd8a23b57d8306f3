MODEL (
  name staging.stg_commercetools__orders,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key order_key
  ),
  signals (
    news()
  ),
  grain order_key,
  audits (
    not_null(
      columns := (order_key, store, order_id, currency_code, total_units, created_at, loaded_at),
      condition := NOT is_deleted
    )
  ),
  columns (
    order_key TEXT,
    store TEXT,
    order_id TEXT,
    order_number TEXT,
    cart_id TEXT,
    customer_id TEXT,
    email TEXT,
    order_state TEXT,
    payment_state TEXT,
    shipment_state TEXT,
    origin TEXT,
    country_code TEXT,
    currency_code TEXT,
    digits INT,
    total_units BIGINT,
    net_units BIGINT,
    gross_units BIGINT,
    discount_units BIGINT,
    lines STRUCT(
      id TEXT,
      productId TEXT,
      name MAP(TEXT, TEXT),
      variant STRUCT(id TEXT, sku TEXT),
      price STRUCT(value STRUCT(centAmount BIGINT, preciseAmount BIGINT, fractionDigits INT)),
      quantity INT,
      totalPrice STRUCT(centAmount BIGINT),
      taxedPrice STRUCT(totalNet STRUCT(centAmount BIGINT), totalGross STRUCT(centAmount BIGINT)),
      taxRate STRUCT(amount TEXT, includedInPrice BOOLEAN)
    )[],
    custom_lines STRUCT(
      id TEXT,
      slug TEXT,
      totalPrice STRUCT(centAmount BIGINT),
      taxedPrice STRUCT(totalNet STRUCT(centAmount BIGINT), totalGross STRUCT(centAmount BIGINT)),
      taxRate STRUCT(amount TEXT, includedInPrice BOOLEAN)
    )[],
    shippings STRUCT(
      price STRUCT(centAmount BIGINT),
      discountedPrice STRUCT(value STRUCT(centAmount BIGINT)),
      taxedPrice STRUCT(totalNet STRUCT(centAmount BIGINT), totalGross STRUCT(centAmount BIGINT)),
      taxRate STRUCT(amount TEXT, includedInPrice BOOLEAN),
      deliveries STRUCT(createdAt TEXT)[]
    )[],
    codes STRUCT(discountCode STRUCT(id TEXT, obj STRUCT(code TEXT)), state TEXT)[],
    payments STRUCT(id TEXT)[],
    returns STRUCT(items STRUCT(lineItemId TEXT, quantity INT)[])[],
    ordered_at TIMESTAMP,
    cancelled_at TIMESTAMP,
    created_at TIMESTAMP,
    updated_at TIMESTAMP,
    is_deleted BOOLEAN,
    loaded_at TIMESTAMP
  ),
  description 'One row per order a commercetools project has ever shown, its lines inside; deleted ones are marked. Amounts named units are whole minor units of the order''s currency. An order does not say when it was cancelled: cancelled_at is its last change as of the first time it was seen cancelled, and stays.'
);

WITH payloads AS (
  SELECT
    @surrogate_key(connection, id)::TEXT AS order_key,
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    @parsed(
      payload,
      '{
      "orderNumber": "VARCHAR", "cart": {"id": "VARCHAR"}, "customerId": "VARCHAR", "customerEmail": "VARCHAR", "country": "VARCHAR", "origin": "VARCHAR",
      "orderState": "VARCHAR", "paymentState": "VARCHAR", "shipmentState": "VARCHAR",
      "createdAt": "VARCHAR", "lastModifiedAt": "VARCHAR", "completedAt": "VARCHAR",
      "shippingAddress": {"country": "VARCHAR"}, "billingAddress": {"country": "VARCHAR"},
      "totalPrice": {"centAmount": "BIGINT", "fractionDigits": "INTEGER", "currencyCode": "VARCHAR"},
      "taxedPrice": {"totalNet": {"centAmount": "BIGINT"}, "totalGross": {"centAmount": "BIGINT"}},
      "discountOnTotalPrice": {"discountedAmount": {"centAmount": "BIGINT"}},
      "lineItems": [{
        "id": "VARCHAR", "productId": "VARCHAR", "name": "MAP(VARCHAR, VARCHAR)", "variant": {"id": "VARCHAR", "sku": "VARCHAR"},
        "price": {"value": {"centAmount": "BIGINT", "preciseAmount": "BIGINT", "fractionDigits": "INTEGER"}}, "quantity": "INTEGER",
        "totalPrice": {"centAmount": "BIGINT"},
        "taxedPrice": {"totalNet": {"centAmount": "BIGINT"}, "totalGross": {"centAmount": "BIGINT"}},
        "taxRate": {"amount": "VARCHAR", "includedInPrice": "BOOLEAN"}
      }],
      "customLineItems": [{
        "id": "VARCHAR", "slug": "VARCHAR", "totalPrice": {"centAmount": "BIGINT"},
        "taxedPrice": {"totalNet": {"centAmount": "BIGINT"}, "totalGross": {"centAmount": "BIGINT"}},
        "taxRate": {"amount": "VARCHAR", "includedInPrice": "BOOLEAN"}
      }],
      "shippingInfo": {
        "price": {"centAmount": "BIGINT"}, "discountedPrice": {"value": {"centAmount": "BIGINT"}},
        "taxedPrice": {"totalNet": {"centAmount": "BIGINT"}, "totalGross": {"centAmount": "BIGINT"}},
        "taxRate": {"amount": "VARCHAR", "includedInPrice": "BOOLEAN"}, "deliveries": [{"createdAt": "VARCHAR"}]
      },
      "shipping": [{"shippingInfo": {
        "price": {"centAmount": "BIGINT"}, "discountedPrice": {"value": {"centAmount": "BIGINT"}},
        "taxedPrice": {"totalNet": {"centAmount": "BIGINT"}, "totalGross": {"centAmount": "BIGINT"}},
        "taxRate": {"amount": "VARCHAR", "includedInPrice": "BOOLEAN"}, "deliveries": [{"createdAt": "VARCHAR"}]
      }}],
      "discountCodes": [{"discountCode": {"id": "VARCHAR", "obj": {"code": "VARCHAR"}}, "state": "VARCHAR"}],
      "paymentInfo": {"payments": [{"id": "VARCHAR"}]},
      "returnInfo": [{"items": [{"lineItemId": "VARCHAR", "quantity": "INTEGER"}]}]
    }'
    ) AS placed
  FROM raw.commercetools__orders
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    order_key,
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    placed.orderNumber AS order_number,
    placed.cart.id AS cart_id,
    placed.customerId AS customer_id,
    placed.customerEmail AS email,
    placed.orderState AS order_state,
    placed.paymentState AS payment_state,
    placed.shipmentState AS shipment_state,
    placed.origin AS origin,
    COALESCE(placed.shippingAddress.country, placed.country, placed.billingAddress.country) AS country_code,
    placed.totalPrice.currencyCode AS currency_code,
    placed.totalPrice.fractionDigits AS digits,
    placed.totalPrice.centAmount AS total_units,
    placed.taxedPrice.totalNet.centAmount AS net_units,
    placed.taxedPrice.totalGross.centAmount AS gross_units,
    placed.discountOnTotalPrice.discountedAmount.centAmount AS discount_units,
    placed.lineItems AS lines,
    placed.customLineItems AS custom_lines,
    CASE
      WHEN NOT placed.shippingInfo.price IS NULL
      THEN [placed.shippingInfo]
      ELSE LIST_TRANSFORM(placed.shipping, LAMBDA method : method.shippingInfo)
    END AS shippings,
    placed.discountCodes AS codes,
    placed.paymentInfo.payments AS payments,
    placed.returnInfo AS returns,
    placed.createdAt AS created,
    placed.lastModifiedAt AS modified,
    placed.completedAt AS completed
  FROM payloads
)
SELECT
  fields.order_key::TEXT AS order_key,
  fields.connection::TEXT AS store,
  fields.id::TEXT AS order_id,
  fields.order_number::TEXT AS order_number,
  fields.cart_id::TEXT AS cart_id,
  fields.customer_id::TEXT AS customer_id,
  fields.email::TEXT AS email,
  fields.order_state::TEXT AS order_state,
  fields.payment_state::TEXT AS payment_state,
  fields.shipment_state::TEXT AS shipment_state,
  fields.origin::TEXT AS origin,
  fields.country_code::TEXT AS country_code,
  fields.currency_code::TEXT AS currency_code,
  fields.digits::INT AS digits,
  fields.total_units::BIGINT AS total_units,
  fields.net_units::BIGINT AS net_units,
  fields.gross_units::BIGINT AS gross_units,
  fields.discount_units::BIGINT AS discount_units,
  fields.lines AS lines,
  fields.custom_lines AS custom_lines,
  fields.shippings AS shippings,
  fields.codes AS codes,
  fields.payments AS payments,
  fields.returns AS returns,
  COALESCE(@at_utc(fields.completed), @at_utc(fields.created)) /* Only an imported order has been completed at a time of its own; its creation is the import. */::TIMESTAMP AS ordered_at,
  CASE
    WHEN fields.order_state = 'Cancelled'
    THEN COALESCE(before.cancelled_at, @at_utc(fields.modified))
  END::TIMESTAMP AS cancelled_at,
  @at_utc(fields.created)::TIMESTAMP AS created_at,
  COALESCE(fields.updated_at, @at_utc(fields.modified))::TIMESTAMP AS updated_at,
  fields.is_deleted::BOOLEAN AS is_deleted,
  fields.loaded_at::TIMESTAMP AS loaded_at
FROM fields
LEFT JOIN staging.stg_commercetools__orders AS before
  ON before.order_key = fields.order_key

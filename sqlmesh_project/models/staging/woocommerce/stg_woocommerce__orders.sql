MODEL (
  name staging.stg_woocommerce__orders,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key order_key
  ),
  signals (
    news()
  ),
  grain order_key,
  audits (
    not_null(
      columns := (order_key, store, order_id, status, created_at, order_total_native, loaded_at),
      condition := NOT is_deleted
    )
  ),
  description 'One row per order a WooCommerce shop has ever shown, drafts and the trash among them; its lines, fees, coupons and the ids of its refunds inside. Amounts are without tax unless they say so.'
);

WITH payloads AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    @parsed(
      payload,
      '{
      "number": "VARCHAR", "status": "VARCHAR", "currency": "VARCHAR", "created_via": "VARCHAR",
      "customer_id": "VARCHAR", "total": "VARCHAR", "total_tax": "VARCHAR", "shipping_total": "VARCHAR", "shipping_tax": "VARCHAR",
      "payment_method": "VARCHAR", "transaction_id": "VARCHAR",
      "date_created_gmt": "VARCHAR", "date_modified_gmt": "VARCHAR", "date_paid_gmt": "VARCHAR", "date_completed_gmt": "VARCHAR",
      "billing": {"email": "VARCHAR", "country": "VARCHAR"}, "shipping": {"country": "VARCHAR"},
      "line_items": [{"id": "VARCHAR", "name": "VARCHAR", "product_id": "VARCHAR", "variation_id": "VARCHAR", "quantity": "VARCHAR", "subtotal": "VARCHAR", "total": "VARCHAR", "total_tax": "VARCHAR", "sku": "VARCHAR", "cost_of_goods_sold": {"total_value": "VARCHAR"}}],
      "fee_lines": [{"id": "VARCHAR", "name": "VARCHAR", "total": "VARCHAR", "total_tax": "VARCHAR"}],
      "coupon_lines": "JSON", "refunds": "JSON"
    }'
    ) AS doc
  FROM raw.woocommerce__orders
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    doc.number AS number,
    doc.status AS status,
    doc.currency AS currency,
    doc.created_via AS created_via,
    doc.customer_id AS customer_id,
    doc.total AS total,
    doc.total_tax AS total_tax,
    doc.shipping_total AS shipping_total,
    doc.shipping_tax AS shipping_tax,
    doc.payment_method AS payment_method,
    doc.transaction_id AS transaction_id,
    doc.date_created_gmt AS created,
    doc.date_modified_gmt AS modified,
    doc.date_paid_gmt AS paid,
    doc.date_completed_gmt AS completed,
    doc.billing.email AS email,
    doc.billing.country AS billing_country,
    doc.shipping.country AS shipping_country,
    LIST_TRANSFORM(
      doc.line_items,
      LAMBDA line : {'id': line.id, 'name': line.name, 'product_id': line.product_id, 'variation_id': line.variation_id, 'quantity': line.quantity, 'subtotal': line.subtotal, 'total': line.total, 'total_tax': line.total_tax, 'sku': line.sku, 'cost': line.cost_of_goods_sold.total_value}
    ) AS lines,
    doc.fee_lines AS fees,
    doc.coupon_lines AS coupons,
    doc.refunds AS refunds
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS order_key,
  connection::TEXT AS store,
  id::TEXT AS order_id,
  NULLIF(number, '')::TEXT AS order_number,
  status::TEXT AS status,
  UPPER(NULLIF(currency, ''))::TEXT AS currency_code,
  NULLIF(customer_id, '0') /* 0 stands for a guest. */::TEXT AS customer_id,
  NULLIF(LOWER(TRIM(email)), '')::TEXT AS email,
  COALESCE(NULLIF(shipping_country, ''), NULLIF(billing_country, ''))::TEXT AS country_code,
  NULLIF(created_via, '')::TEXT AS created_via,
  NULLIF(payment_method, '')::TEXT AS payment_method,
  NULLIF(transaction_id, '')::TEXT AS transaction_id,
  @amount(total)::DECIMAL(18, 3) AS order_total_native,
  @amount(total_tax)::DECIMAL(18, 3) AS tax_native,
  COALESCE(@amount(shipping_total), 0)::DECIMAL(18, 3) AS shipping_native,
  COALESCE(@amount(shipping_tax), 0)::DECIMAL(18, 3) AS shipping_tax_native,
  lines::STRUCT(
    id TEXT,
    name TEXT,
    product_id TEXT,
    variation_id TEXT,
    quantity TEXT,
    subtotal TEXT,
    total TEXT,
    total_tax TEXT,
    sku TEXT,
    cost TEXT
  )[] AS lines,
  fees::STRUCT(id TEXT, name TEXT, total TEXT, total_tax TEXT)[] AS fees,
  @texts_at(coupons, '$[*].code')::TEXT[] AS coupon_codes,
  @texts_at(refunds, '$[*].id')::TEXT[] AS refund_ids,
  @at_naive_utc(created)::TIMESTAMP AS created_at,
  @at_naive_utc(paid)::TIMESTAMP AS paid_at,
  @at_naive_utc(completed)::TIMESTAMP AS completed_at,
  COALESCE(updated_at, @at_naive_utc(modified))::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields

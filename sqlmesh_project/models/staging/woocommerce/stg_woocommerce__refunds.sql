MODEL (
  name staging.stg_woocommerce__refunds,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key refund_key
  ),
  signals (
    news()
  ),
  grain refund_key,
  audits (
    not_null(
      columns := (
        refund_key,
        order_key,
        store,
        refund_id,
        order_id,
        amount_native,
        created_at,
        loaded_at
      )
    )
  ),
  description 'One row per refund of a WooCommerce shop: its amount positive, with tax; the lines, shipping and fees it gives back negative and without tax, as WooCommerce writes them.'
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
      "parent_id": "VARCHAR", "amount": "VARCHAR", "reason": "VARCHAR", "date_created_gmt": "VARCHAR",
      "refunded_payment": "BOOLEAN",
      "line_items": [{"id": "VARCHAR", "product_id": "VARCHAR", "variation_id": "VARCHAR", "quantity": "VARCHAR", "total": "VARCHAR", "total_tax": "VARCHAR", "meta_data": "JSON"}],
      "shipping_lines": [{"id": "VARCHAR", "total": "VARCHAR", "total_tax": "VARCHAR"}],
      "fee_lines": [{"id": "VARCHAR", "total": "VARCHAR", "total_tax": "VARCHAR"}]
    }'
    ) AS doc
  FROM raw.woocommerce__refunds
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    doc.parent_id AS order_id,
    doc.amount AS amount,
    doc.reason AS reason,
    doc.refunded_payment AS is_by_provider,
    doc.date_created_gmt AS created,
    doc.line_items AS lines,
    doc.shipping_lines AS shipping_lines,
    doc.fee_lines AS fees
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS refund_key,
  @surrogate_key(connection, order_id)::TEXT AS order_key,
  connection::TEXT AS store,
  id::TEXT AS refund_id,
  order_id::TEXT AS order_id,
  @amount(amount)::DECIMAL(18, 3) AS amount_native,
  NULLIF(TRIM(reason), '')::TEXT AS reason,
  COALESCE(is_by_provider, FALSE)::BOOLEAN AS is_by_provider,
  lines::STRUCT(
    id TEXT,
    product_id TEXT,
    variation_id TEXT,
    quantity TEXT,
    total TEXT,
    total_tax TEXT,
    meta_data JSON
  )[] AS lines,
  shipping_lines::STRUCT(id TEXT, total TEXT, total_tax TEXT)[] AS shipping_lines,
  fees::STRUCT(id TEXT, total TEXT, total_tax TEXT)[] AS fees,
  COALESCE(updated_at, @at_naive_utc(created))::TIMESTAMP AS created_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields

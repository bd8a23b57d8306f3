MODEL (
  name intermediate.int_commercetools__amounts,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key part_key
  ),
  grain part_key,
  audits (
    not_null(
      columns := (
        part_key,
        order_key,
        part,
        part_id,
        gross_units,
        discount_units,
        net_units,
        tax_units,
        loaded_at
      )
    )
  ),
  description 'One row per part of an order that costs something: a line, a fee or tip (a custom line, which is of no product; a tip has the slug tip) or shipping; with what it comes to without tax and its tax, in whole minor units of the order''s currency. Discounts on the whole order, among them negative custom lines, are shared over the lines. is_estimated: the platform tells no tax, so the amount is taken as it is.'
);

WITH orders AS (
  SELECT
    order_key,
    store,
    order_id,
    digits,
    total_units,
    net_units,
    gross_units,
    discount_units,
    lines,
    custom_lines,
    shippings,
    loaded_at
  FROM staging.stg_commercetools__orders
  WHERE
    @is_new(loaded_at) AND NOT is_deleted
), unnested_lines AS (
  SELECT
    order_key,
    digits,
    @rows_of(lines) AS line,
    @positions_of(lines) AS position
  FROM orders
), unnested_custom AS (
  SELECT
    order_key,
    @rows_of(custom_lines) AS line
  FROM orders
), unnested_shipping AS (
  SELECT
    order_key,
    @rows_of(shippings) AS method,
    @positions_of(shippings) AS position
  FROM orders
), on_the_whole AS (
  SELECT
    order_key,
    -SUM(line.totalPrice.centAmount) AS units
  FROM unnested_custom
  WHERE
    line.totalPrice.centAmount < 0
  GROUP BY
    order_key
), goods AS (
  SELECT
    order_key,
    position,
    line.id AS part_id,
    line.productId AS product_id,
    line.variant.id AS variant,
    line.variant.sku AS sku,
    @localized(line.name) AS product_name,
    line.quantity AS quantity,
    line.totalPrice.centAmount AS total_units,
    COALESCE(
      GREATEST(
        @in_minor_units(line.price.value, line.quantity, digits),
        line.totalPrice.centAmount
      ),
      line.totalPrice.centAmount
    ) AS listed_units, /* The line's total is what counts: an external total need not be price times quantity. */
    line.taxedPrice.totalNet.centAmount AS given_net,
    line.taxedPrice.totalGross.centAmount AS given_gross,
    @amount(line.taxRate.amount) AS rate,
    line.taxRate.includedInPrice AS is_inside
  FROM unnested_lines
), summed AS (
  SELECT
    goods.order_key,
    goods.part_id,
    goods.position,
    SUM(goods.total_units) OVER (
      PARTITION BY goods.order_key
      ORDER BY goods.position
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS up_to_here,
    SUM(goods.total_units) OVER (PARTITION BY goods.order_key) AS of_all,
    COALESCE(orders.discount_units, 0) + COALESCE(on_the_whole.units, 0) AS discount
  FROM goods
  JOIN orders
    ON orders.order_key = goods.order_key
  LEFT JOIN on_the_whole
    ON on_the_whole.order_key = goods.order_key
), parts AS (
  SELECT
    goods.order_key,
    'line' AS part,
    goods.part_id,
    goods.position,
    goods.product_id,
    goods.variant,
    goods.sku,
    goods.product_name,
    goods.quantity,
    goods.listed_units,
    goods.total_units,
    COALESCE(
      @rounded_quotient(
        LEAST(summed.discount, summed.of_all)::INT128 * summed.up_to_here::INT128,
        summed.of_all::INT128
      ) - @rounded_quotient(
        LEAST(summed.discount, summed.of_all)::INT128 * (
          summed.up_to_here - goods.total_units
        )::INT128,
        summed.of_all::INT128
      ),
      0
    ) AS share_units,
    goods.given_net,
    goods.given_gross,
    goods.rate,
    goods.is_inside
  FROM goods
  JOIN summed
    ON summed.order_key = goods.order_key AND summed.position = goods.position
  UNION ALL
  SELECT
    order_key,
    CASE WHEN LOWER(line.slug) = 'tip' THEN 'tip' ELSE 'fee' END AS part,
    line.id AS part_id,
    NULL::BIGINT AS position,
    NULL::TEXT AS product_id,
    NULL::TEXT AS variant,
    NULL::TEXT AS sku,
    NULL::TEXT AS product_name,
    NULL::INT AS quantity,
    line.totalPrice.centAmount AS listed_units,
    line.totalPrice.centAmount AS total_units,
    0 AS share_units,
    line.taxedPrice.totalNet.centAmount AS given_net,
    line.taxedPrice.totalGross.centAmount AS given_gross,
    @amount(line.taxRate.amount) AS rate,
    line.taxRate.includedInPrice AS is_inside
  FROM unnested_custom
  WHERE
    line.totalPrice.centAmount > 0
  UNION ALL
  SELECT
    order_key,
    'shipping' AS part,
    position::TEXT AS part_id,
    NULL::BIGINT AS position,
    NULL::TEXT AS product_id,
    NULL::TEXT AS variant,
    NULL::TEXT AS sku,
    NULL::TEXT AS product_name,
    NULL::INT AS quantity,
    COALESCE(method.discountedPrice.value.centAmount, method.price.centAmount) AS listed_units,
    COALESCE(method.discountedPrice.value.centAmount, method.price.centAmount) AS total_units,
    0 AS share_units,
    method.taxedPrice.totalNet.centAmount AS given_net,
    method.taxedPrice.totalGross.centAmount AS given_gross,
    @amount(method.taxRate.amount) AS rate,
    method.taxRate.includedInPrice AS is_inside
  FROM unnested_shipping
  WHERE
    COALESCE(method.discountedPrice.value.centAmount, method.price.centAmount) > 0
), rated AS (
  SELECT
    parts.order_key,
    parts.part,
    parts.part_id,
    parts.position,
    parts.product_id,
    parts.variant,
    parts.sku,
    parts.product_name,
    parts.quantity,
    parts.listed_units,
    parts.total_units,
    parts.total_units - parts.share_units AS paid_units,
    parts.given_net,
    parts.given_gross,
    orders.store,
    orders.order_id,
    orders.digits,
    orders.loaded_at,
    parts.rate IS NULL AND parts.given_net IS NULL AS is_estimated,
    CASE
      WHEN NOT parts.rate IS NULL
      THEN ROUND(parts.rate * 1000000)::BIGINT
      WHEN parts.given_net > 0
      THEN parts.given_gross - parts.given_net
      WHEN orders.net_units > 0
      THEN orders.gross_units - orders.net_units
      ELSE 0
    END AS tax_part, /* The tax is `tax_part` per `tax_whole`: the line's own rate, else what its taxes come to, else what the order's do. */
    CASE
      WHEN NOT parts.rate IS NULL
      THEN 1000000
      WHEN parts.given_net > 0
      THEN parts.given_net
      WHEN orders.net_units > 0
      THEN orders.net_units
      ELSE 1
    END AS tax_whole,
    COALESCE(
      parts.is_inside,
      parts.given_gross = parts.total_units,
      orders.gross_units = orders.total_units,
      FALSE
    ) AS is_inside
  FROM parts
  JOIN orders
    ON orders.order_key = parts.order_key
), taxed AS (
  SELECT
    order_key,
    part,
    part_id,
    position,
    product_id,
    variant,
    sku,
    product_name,
    quantity,
    listed_units,
    total_units,
    paid_units,
    given_net,
    store,
    order_id,
    digits,
    loaded_at,
    is_estimated,
    is_inside,
    CASE
      WHEN paid_units = total_units AND NOT given_net IS NULL
      THEN given_gross - given_net
      ELSE @tax_of(paid_units, tax_part, tax_whole, is_inside)
    END AS tax_units,
    CASE
      WHEN is_inside
      THEN @tax_of(listed_units, tax_part, tax_whole, is_inside)
      ELSE 0
    END AS tax_inside_listed
  FROM rated
), netted AS (
  SELECT
    order_key,
    part,
    part_id,
    position,
    product_id,
    variant,
    sku,
    product_name,
    quantity,
    store,
    order_id,
    digits,
    loaded_at,
    is_estimated,
    is_inside,
    tax_units,
    paid_units,
    paid_units <> total_units AS has_share,
    CASE
      WHEN paid_units = total_units AND NOT given_net IS NULL
      THEN given_net
      WHEN is_inside
      THEN paid_units - tax_units
      ELSE paid_units
    END AS net_units,
    CASE
      WHEN listed_units = total_units AND NOT given_net IS NULL
      THEN given_net
      ELSE listed_units - tax_inside_listed
    END AS gross_units
  FROM taxed
), differing AS (
  /* The order's own tax knows how a discount on the whole was rounded; our shares of it do not. */
  SELECT
    netted.order_key,
    ARG_MAX(netted.part_id, netted.paid_units) FILTER(WHERE
      netted.part = 'line') AS part_id,
    orders.gross_units - orders.net_units - SUM(netted.tax_units) AS units
  FROM netted
  JOIN orders
    ON orders.order_key = netted.order_key
  GROUP BY
    netted.order_key,
    orders.gross_units,
    orders.net_units
  HAVING
    BOOL_OR(netted.has_share::BOOLEAN)
    AND ABS(orders.gross_units - orders.net_units - SUM(netted.tax_units)) <= COUNT(*)
), corrected AS (
  SELECT
    netted.order_key,
    netted.part,
    netted.part_id,
    netted.position,
    netted.product_id,
    netted.variant,
    netted.sku,
    netted.product_name,
    netted.quantity,
    netted.store,
    netted.order_id,
    netted.digits,
    netted.loaded_at,
    netted.is_estimated,
    netted.is_inside,
    netted.gross_units,
    netted.tax_units + COALESCE(differing.units, 0) AS tax_units,
    netted.net_units - CASE WHEN netted.is_inside THEN COALESCE(differing.units, 0) ELSE 0 END AS net_units
  FROM netted
  LEFT JOIN differing
    ON differing.order_key = netted.order_key
    AND netted.part = 'line'
    AND differing.part_id = netted.part_id
)
SELECT
  @surrogate_key(order_key, part, part_id)::TEXT AS part_key,
  order_key::TEXT AS order_key,
  store::TEXT AS store,
  order_id::TEXT AS order_id,
  part::TEXT AS part,
  part_id::TEXT AS part_id,
  position::INT AS line_position,
  product_id::TEXT AS product_id,
  (
    product_id || '/' || variant
  )::TEXT AS variant_id,
  product_name::TEXT AS product_name,
  sku::TEXT AS sku,
  quantity::INT AS quantity,
  digits::INT AS digits,
  GREATEST(gross_units, net_units)::BIGINT AS gross_units,
  (
    GREATEST(gross_units, net_units) - net_units
  )::BIGINT AS discount_units,
  net_units::BIGINT AS net_units,
  tax_units::BIGINT AS tax_units,
  CASE WHEN is_inside THEN 0 ELSE tax_units END::BIGINT AS tax_on_top_units,
  is_estimated::BOOLEAN AS is_estimated,
  loaded_at::TIMESTAMP AS loaded_at
FROM corrected;

@forget_vanished(staging.stg_commercetools__orders, order_key)

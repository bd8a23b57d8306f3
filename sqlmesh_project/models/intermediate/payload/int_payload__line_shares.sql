MODEL (
  name intermediate.int_payload__line_shares,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain order_item_key,
  audits (
    not_null(columns := (order_item_key, order_key, share_units))
  ),
  description 'One row per line of a Payload order with its share of the order''s amount, in the smallest unit. Lines weigh their first known price times their quantity; one without a price weighs the average unit price of the others, and where no price is known all units weigh the same. The shares of an order add up to its amount; without an amount a line comes to its own price.'
);

WITH lines AS (
  SELECT
    lines.order_item_key,
    lines.order_key,
    lines.line_position,
    lines.quantity,
    lines.unit_price_units,
    orders.amount_units,
    orders.currency_code,
    SUM(lines.quantity) FILTER(WHERE
      NOT lines.unit_price_units IS NULL) OVER (PARTITION BY lines.order_key) AS priced_quantity,
    SUM(lines.quantity * lines.unit_price_units) OVER (PARTITION BY lines.order_key) AS priced_units
  FROM staging.stg_payload__order_lines AS lines
  JOIN staging.stg_payload__orders AS orders
    ON orders.order_key = lines.order_key
), weighed AS (
  SELECT
    order_item_key,
    order_key,
    line_position,
    quantity,
    unit_price_units,
    amount_units,
    currency_code,
    CASE
      WHEN COALESCE(priced_units, 0) <= 0
      THEN quantity
      WHEN unit_price_units IS NULL
      THEN quantity * priced_units
      ELSE quantity * unit_price_units * priced_quantity
    END AS weight /* All weights are taken times the quantity that has a price: the average stays whole. */
  FROM lines
), summed AS (
  SELECT
    order_item_key,
    order_key,
    quantity,
    unit_price_units,
    amount_units,
    currency_code,
    weight,
    SUM(weight) OVER (PARTITION BY order_key ORDER BY line_position) AS weight_so_far,
    SUM(weight) OVER (PARTITION BY order_key) AS whole_weight
  FROM weighed
)
SELECT
  order_item_key::TEXT AS order_item_key,
  order_key::TEXT AS order_key,
  quantity::INT AS quantity,
  currency_code::TEXT AS currency_code,
  CASE
    WHEN amount_units IS NULL
    THEN COALESCE(unit_price_units * quantity, 0)
    WHEN whole_weight > 0
    THEN @share_up_to(amount_units, weight_so_far, whole_weight) - @share_up_to(amount_units, weight_so_far - weight, whole_weight)
    ELSE 0
  END::BIGINT AS share_units
FROM summed

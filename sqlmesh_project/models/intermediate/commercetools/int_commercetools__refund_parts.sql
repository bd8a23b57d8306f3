MODEL (
  name intermediate.int_commercetools__refund_parts,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain (refund_key, part, part_id),
  audits (
    not_null(
      columns := (refund_key, order_key, refunded_at, part, part_id, net_units, tax_units)
    )
  ),
  description 'One row per refund and part of the order it gives back, in minor units; part is line, fee, tip, shipping or, where the platform does not tell what the money is for, goods. A refund says only how much. One that comes to exactly what a return of goods was worth, or to that and shipping, is for these goods, so that what was free stays with the customer; one that comes to the whole order gives back all of it; one that comes to exactly the shipping is for that; one that completes the order gives back whatever is left of each measure; any other is goods without a line and without tax. is_last: with it, all of the order has been given back.'
);

WITH totals AS (
  SELECT
    order_key,
    digits,
    asked_units AS asked,
    shipping_units AS shipping,
    shipping_tax_units AS shipping_tax,
    fee_units AS fees,
    tax_units AS taxes
  FROM intermediate.int_commercetools__totals
), refunds AS (
  SELECT
    movements.movement_key AS refund_key,
    movements.order_key,
    movements.transaction_id AS refund_id,
    movements.moved_at AS refunded_at,
    movements.units,
    movements.is_estimated,
    SUM(movements.units) OVER (
      PARTITION BY movements.order_key
      ORDER BY movements.moved_at, movements.transaction_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS units_so_far,
    ROW_NUMBER() OVER (
      PARTITION BY movements.order_key, movements.units
      ORDER BY movements.moved_at, movements.transaction_id
    ) AS turn
  FROM intermediate.int_commercetools__movements AS movements
  WHERE
    movements.kind = 'Refund' AND movements.state = 'Success' AND movements.units > 0
), returns AS (
  SELECT
    order_key,
    @rows_of(returns) AS return,
    @positions_of(returns) AS position
  FROM staging.stg_commercetools__orders
  WHERE
    order_key IN (
      SELECT
        order_key
      FROM refunds
    )
), return_items AS (
  SELECT
    order_key,
    position,
    @rows_of(return.items) AS item
  FROM returns
), returned AS (
  SELECT
    return_items.order_key,
    return_items.position,
    amounts.part_id,
    SUM(return_items.item.quantity) AS quantity,
    @rounded_quotient(
      ANY_VALUE(amounts.net_units)::INT128 * SUM(return_items.item.quantity)::INT128,
      ANY_VALUE(amounts.quantity)::INT128
    ) AS net_units,
    @rounded_quotient(
      ANY_VALUE(amounts.tax_units)::INT128 * SUM(return_items.item.quantity)::INT128,
      ANY_VALUE(amounts.quantity)::INT128
    ) AS tax_units
  FROM return_items
  JOIN intermediate.int_commercetools__amounts AS amounts
    ON amounts.order_key = return_items.order_key
    AND amounts.part = 'line'
    AND amounts.part_id = return_items.item.lineItemId
  GROUP BY
    return_items.order_key,
    return_items.position,
    amounts.part_id
), worths AS (
  SELECT
    returned.order_key,
    returned.position,
    FALSE AS has_shipping,
    SUM(returned.net_units + returned.tax_units) AS units
  FROM returned
  GROUP BY
    returned.order_key,
    returned.position
  UNION ALL
  SELECT
    returned.order_key,
    returned.position,
    TRUE AS has_shipping,
    SUM(returned.net_units + returned.tax_units) + totals.shipping + totals.shipping_tax AS units
  FROM returned
  JOIN totals
    ON totals.order_key = returned.order_key
  WHERE
    totals.shipping > 0
  GROUP BY
    returned.order_key,
    returned.position,
    totals.shipping,
    totals.shipping_tax
), queued AS (
  SELECT
    order_key,
    position,
    has_shipping,
    units,
    ROW_NUMBER() OVER (PARTITION BY order_key, units ORDER BY position, has_shipping) AS turn
  FROM worths
), explained AS (
  SELECT
    refunds.refund_key,
    refunds.order_key,
    refunds.refund_id,
    refunds.refunded_at,
    refunds.units,
    refunds.units_so_far,
    refunds.is_estimated,
    totals.digits,
    refunds.units_so_far >= totals.asked AS is_last,
    queued.position,
    COALESCE(queued.has_shipping, FALSE) AS has_shipping,
    CASE
      WHEN NOT queued.position IS NULL
      THEN 'return'
      WHEN refunds.units = totals.asked AND refunds.units_so_far = refunds.units
      THEN 'whole'
      WHEN refunds.units = totals.shipping + totals.shipping_tax AND refunds.turn = 1
      THEN 'shipping'
      WHEN refunds.units_so_far >= totals.asked
      AND refunds.units_so_far - refunds.units < totals.asked
      THEN 'rest'
      ELSE 'goods'
    END AS reading
  FROM refunds
  JOIN totals
    ON totals.order_key = refunds.order_key
  LEFT JOIN queued
    ON queued.order_key = refunds.order_key
    AND queued.units = refunds.units
    AND queued.turn = refunds.turn
), told AS (
  SELECT
    explained.refund_key,
    amounts.part,
    amounts.part_id,
    amounts.quantity,
    amounts.net_units,
    amounts.tax_units
  FROM explained
  JOIN intermediate.int_commercetools__amounts AS amounts
    ON amounts.order_key = explained.order_key
    AND (
      explained.reading = 'whole'
      OR amounts.part = 'shipping'
      AND (
        explained.reading = 'shipping'
        OR explained.reading = 'return'
        AND explained.has_shipping
      )
    )
  UNION ALL
  SELECT
    explained.refund_key,
    'line' AS part,
    returned.part_id,
    returned.quantity,
    returned.net_units,
    returned.tax_units
  FROM explained
  JOIN returned
    ON returned.order_key = explained.order_key
    AND returned.position = explained.position
  WHERE
    explained.reading = 'return'
), told_before AS (
  SELECT
    explained.order_key,
    COALESCE(SUM(told.tax_units), 0) AS taxes,
    COALESCE(SUM(told.net_units) FILTER(WHERE
      told.part = 'shipping'), 0) AS shipping,
    COALESCE(SUM(told.net_units) FILTER(WHERE
      told.part = 'fee'), 0) AS fees
  FROM explained
  LEFT JOIN told
    ON told.refund_key = explained.refund_key
  GROUP BY
    explained.order_key
), rests AS (
  SELECT
    explained.refund_key,
    explained.units,
    LEAST(explained.units, GREATEST(totals.taxes - told_before.taxes, 0)) AS tax_units,
    GREATEST(totals.shipping - told_before.shipping, 0) AS shipping,
    GREATEST(totals.fees - told_before.fees, 0) AS fees
  FROM explained
  JOIN totals
    ON totals.order_key = explained.order_key
  JOIN told_before
    ON told_before.order_key = explained.order_key
  WHERE
    explained.reading = 'rest'
), filled AS (
  SELECT
    refund_key,
    part,
    part_id,
    quantity,
    net_units,
    tax_units
  FROM told
  UNION ALL
  SELECT
    refund_key,
    'shipping' AS part,
    'rest' AS part_id,
    NULL AS quantity,
    LEAST(shipping, units - tax_units) AS net_units,
    0 AS tax_units
  FROM rests
  WHERE
    shipping > 0
  UNION ALL
  SELECT
    refund_key,
    'fee' AS part,
    'rest' AS part_id,
    NULL AS quantity,
    LEAST(fees, units - tax_units - LEAST(shipping, units - tax_units)) AS net_units,
    0 AS tax_units
  FROM rests
  WHERE
    fees > 0
), summed AS (
  SELECT
    refund_key,
    SUM(net_units + tax_units) AS units
  FROM filled
  GROUP BY
    refund_key
), parts AS (
  SELECT
    refund_key,
    part,
    part_id,
    quantity,
    net_units,
    tax_units
  FROM filled
  UNION ALL
  /* Whatever the parts do not come to is money without a line, so that a refund is always worth what was paid. */
  SELECT
    explained.refund_key,
    'goods' AS part,
    'rest' AS part_id,
    NULL AS quantity,
    explained.units - COALESCE(summed.units, 0) - COALESCE(rests.tax_units, 0) AS net_units,
    COALESCE(rests.tax_units, 0) AS tax_units
  FROM explained
  LEFT JOIN summed
    ON summed.refund_key = explained.refund_key
  LEFT JOIN rests
    ON rests.refund_key = explained.refund_key
  WHERE
    explained.units <> COALESCE(summed.units, 0)
)
SELECT
  explained.refund_key::TEXT AS refund_key,
  explained.order_key::TEXT AS order_key,
  explained.refund_id::TEXT AS refund_id,
  explained.refunded_at::TIMESTAMP AS refunded_at,
  explained.units::BIGINT AS refund_units,
  explained.digits::INT AS digits,
  explained.is_last::BOOLEAN AS is_last,
  parts.part::TEXT AS part,
  parts.part_id::TEXT AS part_id,
  parts.quantity::INT AS quantity,
  parts.net_units::BIGINT AS net_units,
  parts.tax_units::BIGINT AS tax_units,
  (
    explained.is_estimated OR NOT explained.reading IN ('whole', 'return')
  )::BOOLEAN AS is_estimated
FROM explained
JOIN parts
  ON parts.refund_key = explained.refund_key

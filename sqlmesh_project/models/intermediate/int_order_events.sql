MODEL (
  name intermediate.int_order_events,
  kind INCREMENTAL_UNMANAGED (
    forward_only FALSE,
    disable_restatement FALSE
  ),
  signals (
    news()
  ),
  grain event_key,
  audits (
    not_null(
      columns := (
        event_key,
        order_key,
        store,
        action,
        measure,
        event_at,
        event_date,
        amount_native,
        currency_code,
        is_estimated,
        loaded_at
      )
    )
  ),
  description 'One row per economic event that a platform tells of an order which is a sale, in the store''s currency and on the store''s day; none before the order counts as a sale by the chosen definitions. Where untold_tax_rate is set, the tax it stands for is taken out of what platforms tell that tell none. Kept apart from the ledger because orders must know their days before they can know which exchange rates shape them. loaded_at is that of the platform''s order (told_at of int_orders).'
);

@make_room(
  (
    SELECT
      order_key,
      loaded_at
    FROM intermediate.int_platform_orders
    UNION ALL
    SELECT
      orders.order_key,
      stores.loaded_at
    FROM intermediate.int_platform_orders AS orders
    JOIN intermediate.int_stores AS stores
      ON stores.store = orders.store
  ),
  order_key
);

WITH due AS (
  SELECT
    order_key,
    loaded_at AS told_at
  FROM intermediate.int_platform_orders
  WHERE
    @is_new(loaded_at)
  UNION ALL
  SELECT
    orders.order_key,
    orders.loaded_at AS told_at
  FROM intermediate.int_platform_orders AS orders
  JOIN intermediate.int_stores AS stores
    ON stores.store = orders.store
  WHERE
    @is_new(stores.loaded_at) AND NOT @is_new(orders.loaded_at)
), orders AS (
  SELECT
    orders.platform,
    orders.order_key,
    orders.store,
    orders.sold_at,
    stores.timezone,
    COALESCE(orders.currency_code, stores.currency_code) AS currency_code,
    due.told_at
  FROM due
  JOIN intermediate.int_platform_orders AS orders
    ON orders.order_key = due.order_key
    AND orders.loaded_at = due.told_at /* DuckDB then passes over all rows that are older. */
  JOIN intermediate.int_stores AS stores
    ON stores.store = orders.store
  WHERE
    orders.is_sale AND NOT orders.is_gone AND NOT orders.is_test
), told AS (
  @each_platform(order_events, orders)
), taxed AS (
  SELECT
    told.*,
    CASE
      WHEN told.measure IN ('gross_sales', 'discounts', 'returns')
      THEN @untold_tax(orders.platform, told.amount_native, orders.currency_code)
      ELSE 0
    END AS tax_native
  FROM told
  JOIN orders
    ON orders.order_key = told.order_key
), events AS (
  SELECT
    order_key,
    action,
    measure,
    cause,
    order_item_key,
    product_id,
    event_at,
    quantity,
    amount_native - tax_native AS amount_native,
    is_estimated OR tax_native <> 0 AS is_estimated
  FROM taxed
  UNION ALL
  SELECT
    order_key,
    action,
    'taxes' AS measure,
    cause,
    order_item_key,
    product_id,
    event_at,
    NULL::INT AS quantity,
    tax_native AS amount_native,
    TRUE AS is_estimated
  FROM taxed
  WHERE
    tax_native <> 0
)
SELECT
  @surrogate_key(events.order_key, events.action, events.measure, events.cause)::TEXT AS event_key,
  events.order_key::TEXT AS order_key,
  orders.store::TEXT AS store,
  events.action::TEXT AS action,
  events.measure::TEXT AS measure,
  events.order_item_key::TEXT AS order_item_key,
  @surrogate_key(orders.store, events.product_id)::TEXT AS product_key,
  GREATEST(events.event_at, orders.sold_at)::TIMESTAMP AS event_at,
  @local_date(GREATEST(events.event_at, orders.sold_at), orders.timezone) AS event_date,
  events.quantity::INT AS quantity,
  events.amount_native::DECIMAL(18, 3) AS amount_native,
  orders.currency_code::TEXT AS currency_code,
  events.is_estimated::BOOLEAN AS is_estimated,
  orders.told_at::TIMESTAMP AS loaded_at
FROM events
JOIN orders
  ON orders.order_key = events.order_key

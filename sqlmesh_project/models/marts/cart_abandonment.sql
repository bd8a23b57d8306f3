MODEL (
  name marts.cart_abandonment,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain (store, cart_date),
  audits (
    not_null(
      columns := (
        cart_date,
        store,
        total_carts,
        completed_purchases,
        abandoned_carts,
        open_carts,
        abandonment_rate
      )
    ),
    unique_combination_of_columns(columns := (store, cart_date))
  ),
  description 'One row per store and day on which a cart was opened: what became of the day''s carts, by now. A past day changes when one of its carts is bought late. Only the stores that tell carts; for Shopify these are checkouts.',
  column_descriptions (
    cart_date = 'Day the carts were opened, in the store''s time zone; joins dim_date.',
    store = 'Name of the connection that sells.',
    currency_code = 'The store''s currency.',
    total_carts = 'Carts opened on the day.',
    completed_purchases = 'Those of them that were bought, on whatever day.',
    abandoned_carts = 'Those of them that were not bought and have been left for abandoned_after_hours.',
    open_carts = 'Those of them of which that cannot be said yet: total_carts − completed_purchases − abandoned_carts.',
    recovered_carts = 'Those of completed_purchases that were bought more than abandoned_after_hours after they were opened.',
    abandonment_rate = 'abandoned_carts divided by total_carts, 0 to 1.',
    median_hours_to_purchase = 'Hours from opening to purchase of those bought, the middle one. Null where none was or the platform does not tell when they were opened: Shopify checkouts bought within ten minutes.',
    value_left_behind = 'Goods in the abandoned carts, reporting currency. Null where the worth of one of them is not known.',
    value_left_behind_native = 'The same in the store''s currency. Null also where one of them is in another currency.'
  )
);

SELECT
  days.cart_date::DATE AS cart_date,
  days.store::TEXT AS store,
  stores.currency_code::TEXT AS currency_code,
  days.carts::INT AS total_carts,
  days.purchased::INT AS completed_purchases,
  days.abandoned::INT AS abandoned_carts,
  (
    days.carts - days.purchased - days.abandoned
  )::INT AS open_carts,
  days.recovered::INT AS recovered_carts,
  (
    days.abandoned / days.carts
  )::DOUBLE AS abandonment_rate,
  days.median_hours_to_purchase::DOUBLE AS median_hours_to_purchase,
  days.left_behind::DECIMAL(18, 3) AS value_left_behind,
  days.left_behind_native::DECIMAL(18, 3) AS value_left_behind_native
FROM intermediate.int_daily_carts AS days
JOIN intermediate.int_stores AS stores
  ON stores.store = days.store
WHERE
  days.carts > 0

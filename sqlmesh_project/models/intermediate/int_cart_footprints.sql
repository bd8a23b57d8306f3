MODEL (
  name intermediate.int_cart_footprints,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key footprint_key
  ),
  grain footprint_key,
  audits (
    not_null(columns := (footprint_key, cart_key, store, cart_date))
  ),
  description 'One row per cart and day it has ever counted on. A log: rows are added and never taken away, so that a day a cart has left is still known and can be computed again.'
);

SELECT
  @surrogate_key(cart_key, cart_date)::TEXT AS footprint_key,
  cart_key::TEXT AS cart_key,
  store::TEXT AS store,
  cart_date::DATE AS cart_date
FROM intermediate.int_carts
WHERE
  @is_new(loaded_at) AND NOT is_gone

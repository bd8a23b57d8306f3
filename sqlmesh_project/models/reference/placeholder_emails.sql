MODEL (
  name reference.placeholder_emails,
  kind SEED (
    path '../../seeds/placeholder_emails.csv',
    csv_settings (keep_default_na = FALSE, na_values = (
        ''
    ))
  ),
  columns (
    mailbox TEXT,
    host TEXT,
    is_relay BOOLEAN
  ),
  grain (mailbox, host),
  audits (
    not_null(columns := is_relay),
    unique_combination_of_columns(columns := (mailbox, host))
  ),
  description 'One row per mailbox (of any host) or host (with any mailbox) whose addresses never link two accounts: what is typed where somebody leaves no address, and the relays of marketplaces (is_relay), which stand for one buyer each but hide who it is.'
)

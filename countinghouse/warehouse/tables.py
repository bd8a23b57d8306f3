"""The tables the pipeline writes itself: raw rows as they came, and the books about its own work.

Every TIMESTAMP is UTC. Raw tables carry no primary key: the merge of `load.py` keeps `(connection, id)` unique, a
check proves it, and an index over every row would make each load pay for history.
"""


def raw_name(kind: str, resource: str) -> str:
    """The table of one resource, as in `raw.dummyjson__carts`."""
    return f"raw.{kind}__{resource}"


def raw_table(kind: str, resource: str) -> str:
    """The statement that creates a raw table."""
    return f"""
        CREATE TABLE IF NOT EXISTS {raw_name(kind, resource)} (
            connection TEXT NOT NULL,
            id TEXT NOT NULL,
            updated_at TIMESTAMP,
            payload JSON NOT NULL,
            payload_hash TEXT NOT NULL,
            batch_id TEXT NOT NULL,
            extracted_at TIMESTAMP NOT NULL,
            loaded_at TIMESTAMP NOT NULL,
            is_deleted BOOLEAN NOT NULL DEFAULT false
        )"""


OPS = (
    """
    CREATE TABLE IF NOT EXISTS ops.connections (
        connection TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        timezone TEXT NOT NULL,
        currency_code TEXT NOT NULL,
        settles TEXT,
        synthetic_start DATE,
        synthetic_days INTEGER,
        is_enabled BOOLEAN NOT NULL,
        first_seen_at TIMESTAMP
    )""",
    # Order statuses of a shop's own that its connection says are no sale. One taken back stays, so that its orders are
    # made anew.
    """
    CREATE TABLE IF NOT EXISTS ops.excluded_statuses (
        connection TEXT NOT NULL,
        status TEXT NOT NULL,
        is_excluded BOOLEAN NOT NULL,
        changed_at TIMESTAMP NOT NULL,
        PRIMARY KEY (connection, status)
    )""",
    # The merchant's own rules about who is who: a row for each account a rule names, or for an address of nobody. One
    # that was taken back stays, so that people are put together, or parted, anew.
    """
    CREATE TABLE IF NOT EXISTS ops.customer_links (
        link_id TEXT NOT NULL,
        side INTEGER NOT NULL,
        rule TEXT NOT NULL,
        store TEXT,
        customer_id TEXT,
        email TEXT,
        is_removed BOOLEAN NOT NULL,
        changed_at TIMESTAMP NOT NULL,
        PRIMARY KEY (link_id, side)
    )""",
    # Where the rows of a connection came from: two shops must not be mixed under one name.
    "CREATE TABLE IF NOT EXISTS ops.addresses (connection TEXT PRIMARY KEY, url TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS ops.settings (reporting_currency TEXT NOT NULL)",
    """
    CREATE TABLE IF NOT EXISTS ops.batches (
        batch_id TEXT PRIMARY KEY,
        run_id TEXT NOT NULL,
        connection TEXT NOT NULL,
        kind TEXT NOT NULL,
        resource TEXT NOT NULL,
        mode TEXT NOT NULL,
        row_count BIGINT NOT NULL,
        byte_count BIGINT NOT NULL,
        checksum TEXT NOT NULL,
        cursor_from TEXT,
        cursor_to TEXT,
        started_at TIMESTAMP NOT NULL,
        extracted_at TIMESTAMP NOT NULL,
        loaded_at TIMESTAMP NOT NULL,
        rows_inserted BIGINT NOT NULL,
        rows_updated BIGINT NOT NULL,
        rows_unchanged BIGINT NOT NULL,
        rows_deleted BIGINT NOT NULL,
        rows_rejected BIGINT NOT NULL
    )""",
    """
    CREATE TABLE IF NOT EXISTS ops.cursors (
        connection TEXT NOT NULL,
        resource TEXT NOT NULL,
        cursor TEXT NOT NULL,
        batch_id TEXT NOT NULL,
        updated_at TIMESTAMP NOT NULL,
        PRIMARY KEY (connection, resource)
    )""",
    """
    CREATE TABLE IF NOT EXISTS ops.extractions (
        run_id TEXT NOT NULL,
        connection TEXT NOT NULL,
        resource TEXT NOT NULL,
        status TEXT NOT NULL,
        rows BIGINT,
        error TEXT,
        started_at TIMESTAMP NOT NULL,
        finished_at TIMESTAMP NOT NULL
    )""",
    """
    CREATE TABLE IF NOT EXISTS ops.pipeline_runs (
        run_id TEXT PRIMARY KEY,
        environment TEXT NOT NULL,
        status TEXT NOT NULL,
        started_at TIMESTAMP NOT NULL,
        finished_at TIMESTAMP,
        rows_extracted BIGINT,
        rows_loaded BIGINT,
        rows_transformed BIGINT,
        checks_passed INTEGER,
        checks_failed INTEGER,
        checks_warned INTEGER,
        published_version INTEGER,
        error TEXT,
        as_of_at TIMESTAMP,
        sources_failed INTEGER
    )""",
    """
    CREATE TABLE IF NOT EXISTS ops.validation_results (
        run_id TEXT NOT NULL,
        layer TEXT NOT NULL,
        table_name TEXT NOT NULL,
        rule TEXT NOT NULL,
        expectation TEXT NOT NULL,
        severity TEXT NOT NULL,
        is_success BOOLEAN NOT NULL,
        checked_rows BIGINT,
        failing_rows BIGINT,
        examples TEXT,
        checked_at TIMESTAMP NOT NULL
    )""",
    # What is known of the shape of each resource, and every time it was found to be another.
    """
    CREATE TABLE IF NOT EXISTS ops.schema_fields (
        connection TEXT NOT NULL,
        resource TEXT NOT NULL,
        path TEXT NOT NULL,
        type TEXT NOT NULL,
        first_seen_at TIMESTAMP NOT NULL,
        PRIMARY KEY (connection, resource, path)
    )""",
    """
    CREATE TABLE IF NOT EXISTS ops.schema_drift (
        run_id TEXT NOT NULL,
        batch_id TEXT NOT NULL,
        connection TEXT NOT NULL,
        resource TEXT NOT NULL,
        path TEXT NOT NULL,
        change TEXT NOT NULL,
        type_before TEXT,
        type_after TEXT,
        is_used BOOLEAN NOT NULL,
        noticed_at TIMESTAMP NOT NULL
    )""",
    """
    CREATE TABLE IF NOT EXISTS ops.rejects (
        batch_id TEXT NOT NULL,
        connection TEXT NOT NULL,
        resource TEXT NOT NULL,
        row_text TEXT,
        reason TEXT NOT NULL,
        rejected_at TIMESTAMP NOT NULL
    )""",
    # Past days whose amounts a run changed under its readers' eyes, order by order; `restatements.py` fills it.
    """
    CREATE TABLE IF NOT EXISTS ops.restatements (
        run_id TEXT NOT NULL,
        environment TEXT NOT NULL,
        store TEXT NOT NULL,
        date_key DATE NOT NULL,
        order_key TEXT,
        order_number TEXT,
        reason TEXT NOT NULL,
        order_count BIGINT NOT NULL,
        net_sales_before DECIMAL(18, 3),
        net_sales_after DECIMAL(18, 3),
        total_sales_before DECIMAL(18, 3),
        total_sales_after DECIMAL(18, 3),
        net_sales_native_before DECIMAL(18, 3),
        net_sales_native_after DECIMAL(18, 3),
        noticed_at TIMESTAMP NOT NULL
    )""",
    # How the events that platforms pushed stand, as of the last run; those that are done are counted for thirty days.
    """
    CREATE TABLE IF NOT EXISTS ops.webhooks (
        connection TEXT NOT NULL,
        topic TEXT NOT NULL,
        waiting_count BIGINT NOT NULL,
        done_count BIGINT NOT NULL,
        set_aside_count BIGINT NOT NULL,
        oldest_waiting_at TIMESTAMP,
        last_received_at TIMESTAMP NOT NULL,
        noted_at TIMESTAMP NOT NULL,
        PRIMARY KEY (connection, topic)
    )""",
    # Events that were tried as often as they are; the objects they name are still read by the daily run.
    """
    CREATE TABLE IF NOT EXISTS ops.webhooks_set_aside (
        connection TEXT NOT NULL,
        topic TEXT NOT NULL,
        event_id TEXT NOT NULL,
        received_at TIMESTAMP NOT NULL,
        tries INTEGER NOT NULL,
        error TEXT NOT NULL
    )""",
    # Requests of people about their own data, and what was done: how many rows and files of each place, and nobody's
    # name. `places` and what is left are JSON.
    """
    CREATE TABLE IF NOT EXISTS ops.privacy_requests (
        request_id TEXT PRIMARY KEY,
        connection TEXT NOT NULL,
        kind TEXT NOT NULL,
        origin TEXT NOT NULL,
        requested_at TIMESTAMP NOT NULL,
        started_at TIMESTAMP,
        done_at TIMESTAMP,
        status TEXT NOT NULL,
        row_count BIGINT,
        places TEXT,
        error TEXT
    )""",
    # Whom later loads erase again: ids, and addresses as keyed hashes.
    """
    CREATE TABLE IF NOT EXISTS ops.privacy_tombstones (
        connection TEXT NOT NULL,
        kind TEXT NOT NULL,
        resource TEXT NOT NULL,
        value TEXT NOT NULL,
        before_at TIMESTAMP NOT NULL,
        request_id TEXT NOT NULL,
        PRIMARY KEY (connection, kind, resource, value)
    )""",
    # A store is as fresh as its stalest resource; an error counts until the same resource has been read again. Reading
    # a few rows by their names makes no resource fresh: what nobody named has not been looked at.
    """
    CREATE OR REPLACE VIEW ops.freshness AS
    WITH loads AS (
        SELECT connection, max(last_loaded_at) AS last_loaded_at, min(last_extracted_at) AS as_of_at
        FROM (
            SELECT
                connection, resource, max(loaded_at) AS last_loaded_at,
                max(extracted_at) FILTER (mode IS DISTINCT FROM 'named') AS last_extracted_at
            FROM ops.batches
            GROUP BY ALL
        )
        GROUP BY connection
    ), last_tries AS (
        SELECT * FROM ops.extractions
        QUALIFY row_number() OVER (PARTITION BY connection, resource ORDER BY finished_at DESC, started_at DESC) = 1
    ), failures AS (
        SELECT connection, arg_max(error, finished_at) AS last_error, max(finished_at) AS last_error_at
        FROM last_tries
        WHERE status = 'failed'
        GROUP BY connection
    )
    SELECT
        connections.connection AS store,
        connections.kind AS platform,
        loads.last_loaded_at,
        loads.as_of_at,
        CASE
            WHEN loads.last_loaded_at IS NULL THEN 'never loaded'
            WHEN failures.last_error_at IS NOT NULL THEN 'behind'
            ELSE 'current'
        END AS status,
        failures.last_error,
        failures.last_error_at
    FROM ops.connections
    LEFT JOIN loads USING (connection)
    LEFT JOIN failures USING (connection)
    """,
)

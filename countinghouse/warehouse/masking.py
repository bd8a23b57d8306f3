"""What the published copy hides: personal data, by the column's name.

The warehouse keeps what was sent. Readers get enough to recognise a customer they already know (`j…@example.com`,
`E… J…`) and not enough to learn one they do not. Age, gender, city and country stay: the dashboards count by them.
"""

INITIALS = """
    array_to_string(list_transform(string_split_regex(trim({column}), '\\s+'), lambda word: word[1] || '…'), ' ')
"""
MAILBOX = "left(trim({column}), 1) || '…@' || coalesce(nullif(regexp_extract({column}, '@([^@]*)$', 1), ''), '…')"
NOTHING = "CAST(NULL AS {type})"

MASKS: dict[str, str] = {
    "email": MAILBOX,
    "full_name": INITIALS,
    "first_name": INITIALS,
    "last_name": INITIALS,
    "customer_name": INITIALS,
    "username": INITIALS,
    "phone": NOTHING,
    "address": NOTHING,
    "street": NOTHING,
    "postal_code": NOTHING,
    "birth_date": NOTHING,
    "ip_address": NOTHING,
    "row_text": NOTHING,  # a rejected row as it was sent, whoever it is about
}


def masked(column: str, type_name: str) -> str:
    """SQL that reads one column as the published copy shows it."""
    quoted = f'"{column}"'
    mask = MASKS.get(column)
    return f"{mask.format(column=quoted, type=type_name).strip()} AS {quoted}" if mask else quoted

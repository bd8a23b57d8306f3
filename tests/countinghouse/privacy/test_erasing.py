"""What a row keeps of a person: nothing that says who they are, everything that numbers are made of."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from countinghouse.privacy.erasing import erased, telling, without
from countinghouse.privacy.kept import RULES, Rule
from countinghouse.sources import SOURCES
from countinghouse.warehouse.drift import used_fields

STAGING = Path(__file__).resolve().parents[3] / "sqlmesh_project" / "models" / "staging"

# What models parse and a redacted row no longer has, decided one by one. A field that a model begins to parse is in
# neither list, and this test asks for the decision.
PERSONAL = {
    "shopify__customers": "firstName lastName locale tags tags[] defaultAddress.city defaultAddress.province "
    "defaultEmailAddress.marketingState defaultPhoneNumber defaultPhoneNumber.phoneNumber",
    "shopify__orders": "landingPageUrl referrerUrl tags tags[] refunds[].note",
    "woocommerce__customers": "first_name last_name billing.city billing.first_name billing.last_name billing.phone "
    "billing.state",
    "woocommerce__refunds": "reason",
    "commercetools__customers": "addresses[].city addresses[].mobile addresses[].phone addresses[].region "
    "addresses[].state companyName customerNumber dateOfBirth firstName lastName locale middleName",
    "payload__users": "name",
    "payload__addresses": "city phone state",
    "dummyjson__users": "address.city address.state address.stateCode age firstName gender lastName",
    "tables__customers": "birth_date city first_name full_name gender last_name phone state",
}
# Lines hang on an order that stays and say nothing about anybody.
NOBODYS = {"products", "categories", "inventory", "variants", "product_variants", "product_variations", "rates"}
NOBODYS |= {"product_categories", "order_items"}


def is_kept(rule: Rule, path: str) -> bool:
    plain = path.replace("[]", "")
    addresses = (*rule.email, *rule.kept)
    return any(plain == one or plain.startswith(f"{one}.") or one.startswith(f"{plain}.") for one in addresses)


@pytest.mark.parametrize("table", sorted(used_fields(STAGING)))
def test_every_field_that_models_parse_is_kept_or_known_to_be_personal(table: str) -> None:
    if table.partition("__")[2] in NOBODYS:
        return
    lost = {path for path in used_fields(STAGING)[table] if not is_kept(RULES[table], path)}
    assert lost == set(PERSONAL.get(table, "").split())


def test_every_rule_is_of_a_resource_that_is_read() -> None:
    read = {f"{kind}__{resource.name}" for kind, source in SOURCES.items() for resource in source.resources}
    assert set(RULES) <= read
    for table, rule in RULES.items():
        kind = table.partition("__")[0]
        assert {parent for _, parent in rule.parents} <= {one.name for one in SOURCES[kind].resources}


def pseudonym(email: str) -> str | None:
    return "p@redacted.invalid" if email == "ann@x.example" else None


def test_order_keeps_its_money_and_loses_its_buyer() -> None:
    order: dict[str, Any] = {
        "id": 7,
        "total": "10.10",
        "customer_id": 5,
        "customer_note": "Ring twice, Ann lives upstairs",
        "customer_ip_address": "203.0.113.7",
        "billing": {"first_name": "Ann", "email": "ann@x.example", "address_1": "12 Elm Street", "country": "DE"},
        "shipping": {"first_name": "Ann", "country": "AT"},
        "line_items": [
            {"id": 1, "total": Decimal("9.0000000000000000001"), "name": "Mug", "meta_data": [{"value": "For Ann"}]}
        ],
        "fee_lines": [],
        "a_field_of_tomorrow": "Ann",
    }
    assert erased(RULES["woocommerce__orders"], order, pseudonym) == {
        "id": 7,
        "total": "10.10",
        "customer_id": 5,
        "billing": {"email": "p@redacted.invalid", "country": "DE"},
        "shipping": {"country": "AT"},
        "line_items": [{"id": 1, "total": Decimal("9.0000000000000000001"), "name": "Mug"}],
        "fee_lines": [],
    }


def test_refund_keeps_of_free_entries_the_line_it_is_of() -> None:
    line = {
        "id": 3,
        "total": "-5.00",
        "meta_data": [{"id": 1, "key": "_refunded_item_id", "value": "1"}, {"key": "Gift note", "value": "Ann"}],
    }
    refund = {"id": 2, "reason": "Ann was unhappy", "amount": "5.00", "line_items": [line]}
    assert erased(RULES["woocommerce__refunds"], refund, pseudonym) == {
        "id": 2,
        "amount": "5.00",
        "line_items": [{"id": 3, "total": "-5.00", "meta_data": [{"key": "_refunded_item_id", "value": "1"}]}],
    }


def test_reference_sent_as_the_whole_object_keeps_its_id() -> None:
    customer = {"id": "cus_1", "email": "ann@x.example", "name": "Ann"}
    charge = {"id": "ch_1", "amount": 5, "customer": customer, "billing_details": {"name": "Ann"}}
    kept = erased(RULES["stripe__charges"], charge, pseudonym)
    assert kept == {"id": "ch_1", "amount": 5, "customer": {"id": "cus_1"}}


def test_row_of_another_loses_the_address_and_nothing_else() -> None:
    coupon = {"id": 1, "code": "SPRING", "email_restrictions": ["Ann@x.example", "bo@x.example"], "used_by": ["5"]}
    cleaned = without(RULES["woocommerce__coupons"], coupon, lambda text: text.lower() == "ann@x.example", pseudonym)
    assert cleaned == {"id": 1, "code": "SPRING", "email_restrictions": ["bo@x.example"], "used_by": ["5"]}


def test_review_within_a_product_keeps_its_rating() -> None:
    ann = {"rating": 4, "date": "2026-01-01", "reviewerName": "Ann", "reviewerEmail": "ann@x.example", "comment": "Hm"}
    bo = {**ann, "reviewerName": "Bo", "reviewerEmail": "bo@x.example"}
    product = {"id": 1, "title": "Mug", "reviews": [ann, bo]}
    cleaned = without(RULES["dummyjson__products"], product, lambda text: text == "ann@x.example", pseudonym)
    assert cleaned == {
        "id": 1,
        "title": "Mug",
        "reviews": [{"rating": 4, "date": "2026-01-01", "reviewerEmail": "p@redacted.invalid"}, bo],
    }


def test_what_is_looked_for_says_by_itself_who_it_is() -> None:
    before = {
        "email": "ann@x.example",
        "phone": "+49 30 901820",
        "street": "Hauptstraße 4a",
        "us": "12 Elm Street",
        "name": "Ann Lee",
        "total": "10.00",
        "at": "2026-01-01T00:00:00",
        "number": "1234567",
        "born": "01/02/1990",
        "postal_code": "060-1234",
    }
    assert telling(before, {}) == {"ann@x.example", "+49 30 901820", "Hauptstraße 4a", "12 Elm Street"}

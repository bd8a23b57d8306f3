"""The merchant's rules about who is who: what is read, and what is said of a file that is wrong."""

from pathlib import Path

import pytest

from countinghouse.customer_links import CustomerLinks, LinkedAccount, LinkRule, read_customer_links
from countinghouse.errors import SettingsError
from countinghouse.settings import load_settings

STORES = ("shop-us", "shop-eu")
ROOT = Path(__file__).resolve().parent.parent.parent
SAME = '{ store = "shop-us", customer_id = "1" }'
PAIR = 'accounts = [{ store = "shop-us", customer_id = "1" }, { store = "shop-eu", email = "ann@x.example" }]\n'


def read(folder: Path, text: str) -> CustomerLinks:
    path = folder / "customer_links.toml"
    path.write_text(text)
    return read_customer_links(path, STORES, is_named=False)


def test_rules_are_read_with_addresses_as_the_models_have_them(tmp_path: Path) -> None:
    links = read(
        tmp_path,
        'placeholders = [" Till@X.example"]\n'
        '[[never]]\nnote = "father and son"\n'
        'accounts = [{ store = "shop-us", customer_id = 7 }, { store = "shop-eu", email = " Ann@X.example " }]\n'
        f"[[always]]\n{PAIR}",
    )
    never, always = links.rules
    ann = LinkedAccount("shop-eu", email="ann@x.example")
    assert links.placeholders == ("till@x.example",)
    assert never == LinkRule("never", (LinkedAccount("shop-us", "7"), ann))
    assert always == LinkRule("always", (LinkedAccount("shop-us", "1"), ann))
    assert never.id != always.id
    assert LinkRule("never", tuple(reversed(never.accounts))).id == never.id


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nevr = []", "'nevr' is not known here (did you mean 'never'?); it may have placeholders, never, always."),
        ("[never]\n" + PAIR, "begin each rule with [[never]], in double brackets."),
        ("[[never]]\n", "never 1: name at least two accounts"),
        ('[[never]]\naccounts = [{ store = "shop-us", customer_id = "1" }]', "never 1: name at least two accounts"),
        ("[[never]]\nwhy = 1\n" + PAIR, "never 1: 'why' is not known; a rule has accounts, and a note if you like."),
        ("[[always]]\n" + PAIR.replace("shop-eu", "shop-e"), "there is no store 'shop-e' (did you mean 'shop-eu'?)"),
        ("[[always]]\n" + PAIR.replace('customer_id = "1"', 'id = "1"'), "either a customer_id or an email."),
        ("[[always]]\n" + PAIR.replace('customer_id = "1"', "customer_id = true"), "customer_id is the shop's own id"),
        ("[[always]]\n" + PAIR.replace("ann@x.example", "ann"), "email is an address, as in email = "),
        ("[[always]]\naccounts = [1, 2]", "an account has a store, and either a customer_id or an email."),
        (f"[[always]]\naccounts = [{SAME}, {SAME}]", "named twice."),
        ("placeholders = 'till@x.example'", "placeholders is a list of email addresses"),
        ("placeholders = ['till']", "placeholders is a list of email addresses"),
        (f"[[always]]\n{PAIR}[[never]]\n{PAIR}", "are said to be one person always and never; keep one rule."),
        ("= 1", "is not valid TOML"),
    ],
)
def test_a_mistake_is_one_sentence_that_says_how_to_mend_it(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text)
    assert sentence in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_named_must_exist_and_one_that_is_not_may_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings({}).customer_links == CustomerLinks()
    with pytest.raises(SettingsError, match=r"COUNTINGHOUSE_CUSTOMER_LINKS names .*, which does not exist"):
        load_settings({"COUNTINGHOUSE_CUSTOMER_LINKS": str(tmp_path / "links.toml")})
    (tmp_path / "customer_links.toml").write_text('placeholders = ["till@x.example"]')
    assert load_settings({}).customer_links.placeholders == ("till@x.example",)


def test_the_example_is_valid() -> None:
    links = read_customer_links(ROOT / "customer_links.example.toml", ("shop-us", "shop-ca"), is_named=True)
    assert [rule.kind for rule in links.rules] == ["never", "always"]

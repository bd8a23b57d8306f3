"""Addresses of the web and of databases: what may be one, and whether it is on this machine."""

import ipaddress
import re
from urllib.parse import urlsplit


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def checked_url(url: str) -> str:
    """The address without a slash at its end."""
    try:
        parts = urlsplit(url)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_valid = urlsplit(""), False
    if parts.username or parts.password:
        raise ValueError("the address holds a name or password (not repeated here); take it out and use auth")
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_valid or re.search(r"\s", url):
        raise ValueError(f"'{url}' is no web address; write it as https://host/path")
    if parts.query or parts.fragment:
        raise ValueError("the address ends in a query or fragment ('?' or '#'); give the part before it")
    return url.rstrip("/")


def checked_place(place: str) -> str:
    """A path, or the address of a database, without credentials in it."""
    if "://" not in place:
        return place
    try:
        parts = urlsplit(place)
    except ValueError:
        parts = urlsplit("")
    if parts.username or parts.password or re.search(r"password|user=", parts.query):
        raise ValueError("the address holds a name or password (not repeated here); take it out and use auth")
    if not parts.scheme or re.search(r"\s", place):
        raise ValueError(f"'{place}' is no address; write it as postgresql://host:port/database")
    return place

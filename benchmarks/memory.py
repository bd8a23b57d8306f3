"""Does reading a source take more memory when it has more rows? 1,000,000 rows have to fit into 300 MB.

For each kind of source an endless list is served in its platform's manner from one process, and read in another, whose
largest resident size is taken from the system. The pace kept towards real platforms is switched off: at three requests
a second this would take an hour. Results: `benchmarks/results/memory.json`.

    python -m benchmarks.memory [--rows 1000000] [kind ...]
"""

import argparse
import json
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import duckdb

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "memory.json"
LIMIT_MB = 300
FIRST = datetime(2000, 1, 1, tzinfo=UTC)
TEXT = "x" * 400


@dataclass(frozen=True)
class Endless:
    """How a platform shows a list of `rows` rows, as far as reading it needs.

    answer  path and query to (headers, body)
    """

    resource: str
    answer: Callable[[str, dict[str, str], int], tuple[dict[str, str], Any]]
    auth: tuple[str, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()


def order(number: int, **own: Any) -> dict[str, Any]:
    """A row of some size."""
    return {"id": number, "note": TEXT, "lines": [{"id": number, "quantity": 1, "total": "9.90"}]} | own


def changed(number: int) -> str:
    """When a row was changed: 300 rows in a second, so that some page always ends inside one."""
    return (FIRST + timedelta(seconds=number // 300)).isoformat()[:19]


def dummyjson(path: str, query: dict[str, str], rows: int) -> tuple[dict[str, str], Any]:
    """Skip and limit."""
    skip = int(query.get("skip", 0))
    page = range(skip, min(rows, skip + int(query["limit"])))
    return {}, {"carts": [order(number) for number in page], "total": rows, "skip": skip, "limit": len(page)}


def stripe(path: str, query: dict[str, str], rows: int) -> tuple[dict[str, str], Any]:
    """An id cursor, newest first, and no events."""
    if path.endswith("/events"):
        return {}, {"object": "list", "data": [], "has_more": False}
    after = int(query["starting_after"][3:]) if "starting_after" in query else rows
    first = max(0, after - int(query["limit"]))
    data = [order(number, id=f"ch_{number}", created=1767225600) for number in range(after - 1, first - 1, -1)]
    return {}, {"object": "list", "data": data, "has_more": first > 0}


def woocommerce(path: str, query: dict[str, str], rows: int) -> tuple[dict[str, str], Any]:
    """Page numbers and totals in headers; nothing in the trash."""
    if query.get("status") == "trash":
        rows = 0
    size = int(query.get("per_page", 10))
    first = (int(query.get("page", 1)) - 1) * size
    page = [
        order(number, date_modified_gmt=changed(number), date_created_gmt=changed(number))
        for number in range(first + 1, min(rows, first + size) + 1)
    ]
    return {"X-WP-Total": str(rows), "X-WP-TotalPages": str(-(-rows // size))}, page


def payload(path: str, query: dict[str, str], rows: int) -> tuple[dict[str, str], Any]:
    """Behind the last row, by updatedAt and id."""
    if path.endswith("/login"):
        return {}, {"token": "t", "exp": int(time.time()) + 7200, "user": {"id": 1}}
    if path.endswith("/me"):
        return {}, {"user": {"id": 1, "roles": ["admin"]}, "exp": int(time.time()) + 7200, "token": "t"}
    after = next((int(value) for key, value in query.items() if key.endswith("[id][greater_than]")), 0)
    last = min(rows, after + int(query["limit"]))
    docs = [order(number, updatedAt=f"{changed(number)}.000Z") for number in range(after + 1, last + 1)]
    return {}, {"docs": docs, "hasNextPage": last < rows, "totalDocs": rows, "limit": len(docs), "page": 1}


def commercetools(path: str, query: dict[str, str], rows: int) -> tuple[dict[str, str], Any]:
    """Behind the last row, by lastModifiedAt and id."""
    if path.endswith("/token"):
        return {}, {
            "access_token": "t",
            "token_type": "Bearer",
            "expires_in": 172800,
            "scope": "manage_project:endless",
        }
    found = re.findall(r'id > "(\d+)"', query.get("where", ""))
    after = int(found[-1]) if found else 0
    last = min(rows, after + int(query.get("limit", 20)))
    results = [
        order(n, id=f"{n:09d}", lastModifiedAt=f"{changed(n)}.000Z", version=1) for n in range(after + 1, last + 1)
    ]
    return {}, {"limit": 500, "offset": 0, "count": len(results), "results": results}


def shopify(path: str, query: dict[str, str], rows: int) -> tuple[dict[str, str], Any]:
    """An export of orders, their lines behind all of them, as a file may have it."""
    if path.startswith("/storage"):
        return {}, exported(rows)
    asked = query["query"]
    operation = {"id": "gid://shopify/BulkOperation/1", "status": "COMPLETED", "createdAt": "2026-01-01T00:00:00Z"}
    if "accessScopes" in asked:
        data: Any = {"currentAppInstallation": {"accessScopes": [{"handle": "read_orders"}]}}
    elif "ordersCount" in asked:
        data = {"ordersCount": {"count": rows, "precision": "EXACT"}}
    elif "bulkOperationRunQuery" in asked:
        data = {"bulkOperationRunQuery": {"bulkOperation": operation, "userErrors": []}}
    else:
        data = {"bulkOperation": operation | {"objectCount": str(2 * rows), "url": f"{query['host']}/storage/file"}}
    return {"X-Shopify-API-Version": "2026-10"}, {"data": data}


def exported(rows: int) -> Iterator[bytes]:
    """The file of an export in pieces: every order, then every line."""
    for first in range(0, rows, 500):
        numbers = range(first + 1, min(rows, first + 500) + 1)
        orders = [
            {"id": f"gid://shopify/Order/{n}", "updatedAt": f"{changed(n)}Z", "note": TEXT, "returnStatus": "NO_RETURN"}
            for n in numbers
        ]
        yield "".join(json.dumps(one | {"refunds": []}) + "\n" for one in orders).encode()
    for first in range(0, rows, 500):
        numbers = range(first + 1, min(rows, first + 500) + 1)
        lines = [
            {"__typename": "LineItem", "id": f"gid://shopify/LineItem/{n}", "__parentId": f"gid://shopify/Order/{n}"}
            for n in numbers
        ]
        yield "".join(json.dumps(one) + "\n" for one in lines).encode()


KINDS = {
    "dummyjson": Endless("carts", dummyjson),
    "stripe": Endless("charges", stripe, ("api_key",)),
    "woocommerce": Endless("orders", woocommerce, ("consumer_key", "consumer_secret")),
    "payload": Endless("orders", payload, ("email", "password")),
    "commercetools": Endless("orders", commercetools, ("client_id", "client_secret"), (("project_key", "endless"),)),
    "shopify": Endless("orders", shopify, ("access_token",)),
}


def serve(kind: str, rows: int, port: int) -> None:
    """Serve one endless list until the process is ended."""
    import uvicorn

    endless = KINDS[kind]

    async def app(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]):
        if scope["type"] != "http":
            return
        query = dict(parse_qsl(scope["query_string"].decode()))
        if (asked := (await receive()).get("body", b"")).startswith(b"{"):
            # A question in GraphQL stands in the body.
            query |= {"host": f"http://127.0.0.1:{port}"} | json.loads(asked)
        headers, body = endless.answer(scope["path"], query, rows)
        named = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", b"application/json"), *named],
            }
        )
        if isinstance(body, Iterator):
            for piece in body:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send(
            {"type": "http.response.body", "body": b"" if isinstance(body, Iterator) else json.dumps(body).encode()}
        )

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical", lifespan="off", ws="none")


def read(kind: str, url: str, folder: Path) -> None:
    """Read it whole, and say how many rows came and how large the process has been."""
    from countinghouse.connections import SIMULATOR, connection_of
    from countinghouse.extraction import extract
    from countinghouse.sources import session

    session.throttles = lambda url, rates, what: []  # type: ignore[assignment]
    entry: dict[str, Any] = {"name": "endless", "kind": kind, "url": url}
    if kind == "tables":
        name = "orders"
    else:
        endless = KINDS[kind]
        name = endless.resource
        entry |= {"auth": dict.fromkeys(endless.auth, SIMULATOR), **dict(endless.options)}
        if kind == "commercetools":
            entry["auth_url"] = url
    began = time.monotonic()
    manifest = extract(connection_of("the benchmark", 1, entry), name, None, folder, "run")
    seconds = time.monotonic() - began
    print(json.dumps({"rows": manifest.rows, "largest_mb": largest_mb(), "seconds": round(seconds, 1)}))


def largest_mb() -> int:
    """How large this process has been. `ru_maxrss` would count the process that started it, too, which makes tables."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) // 1024


def measure(kind: str, rows: int) -> dict[str, Any]:
    """Serve and read one kind, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        server = None
        if kind == "tables":
            url = f"{folder}/shop.duckdb"
            with duckdb.connect(url) as con:
                con.execute(
                    "CREATE TABLE orders AS SELECT range AS id, TIMESTAMP '2026-01-01' AS ordered_at, ordered_at + "
                    "INTERVAL 1 SECOND * (range // 300) AS updated_at, 9.90::DECIMAL(18, 2) AS total, "
                    f"repeat(md5(range::TEXT), 12) AS order_number FROM range({rows})"
                )
        else:
            port = 8796
            url = f"http://127.0.0.1:{port}"
            command = [sys.executable, "-m", "benchmarks.memory", "--serve", kind, "--rows", str(rows)]
            server = subprocess.Popen([*command, "--port", str(port)], cwd=ROOT)
            time.sleep(3)
        try:
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.memory", "--read", kind, "--url", url, "--folder", folder],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            if server is not None:
                server.terminate()
                server.wait(10)
    if done.returncode:
        raise SystemExit(f"{kind} could not be read:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout)


def main() -> None:
    """Measure every kind, or those that are named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kinds", nargs="*", default=[*KINDS, "tables"])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--serve")
    parser.add_argument("--read")
    parser.add_argument("--port", type=int)
    parser.add_argument("--url")
    parser.add_argument("--folder", type=Path)
    chosen = parser.parse_args()
    if chosen.serve:
        serve(chosen.serve, chosen.rows, chosen.port)
    elif chosen.read:
        read(chosen.read, chosen.url, chosen.folder)
    else:
        kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        for kind in chosen.kinds:
            kept[kind] = measure(kind, chosen.rows)
            print(kind, kept[kind], flush=True)
            assert kept[kind]["rows"] == chosen.rows
        kept["machine"] = f"{platform.machine()}, Python {platform.python_version()}, limit {LIMIT_MB} MB"
        RESULTS.write_text(json.dumps(kept, indent=2) + "\n")


if __name__ == "__main__":
    main()

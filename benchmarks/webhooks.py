"""How many webhooks does the receiver take, each on disk before it is answered, and how long does a sender wait?

Starts the receiver as a process of its own on 127.0.0.1 and sends signed deliveries of all three platforms over open
connections from this one: as fast as they are answered, and then at 500 a second, where a delivery's wait counts from
the moment at which it was due. Every event is a new one. Counted are answers of 200 whose event is in the inbox
afterwards. Results: `benchmarks/results/webhooks.json`.

`python -m benchmarks.webhooks`
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import platform
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "webhooks.json"
DELIVERIES = 10_000
# Connections, and deliveries offered a second; None: each connection sends its next one as soon as it is answered.
RUNS: tuple[tuple[int, int | None], ...] = ((1, None), (8, None), (16, None), (8, 500))
SECRET = "whsec_simulator"


def serve(port: int) -> None:
    """Be the receiver."""
    import uvicorn
    from fastapi import FastAPI

    from api.webhooks import webhooks
    from countinghouse.settings import load_settings

    app = FastAPI()
    app.include_router(webhooks(load_settings()))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)


def signed(number: int) -> bytes:
    """One delivery as it goes over the wire, its body of the size of a real one."""
    kind = number % 3
    order = {"id": 10_000_000 + number, "line_items": [{"id": item, "title": "x" * 80} for item in range(20)]}
    content: Any = order
    if kind == 2:
        charge = {"id": f"ch_{number}", "object": "charge", "metadata": order}
        content = {"id": f"evt_{number}", "type": "charge.succeeded", "created": 0, "data": {"object": charge}}
    body = json.dumps(content).encode()

    def digest(signed: bytes) -> bytes:
        return hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()

    at = int(time.time())
    text = base64.b64encode(digest(body)).decode()
    path, headers = (
        ("shopify/shop-us", f"X-Shopify-Topic: orders/updated\r\nX-Shopify-Hmac-Sha256: {text}\r\n"
         f"X-Shopify-Webhook-Id: b{number}"),
        ("woocommerce/shop-eu", f"X-WC-Webhook-Topic: order.updated\r\nX-WC-Webhook-Signature: {text}\r\n"
         f"X-WC-Webhook-Delivery-ID: {number:032x}"),
        ("stripe/payments", f"Stripe-Signature: t={at},v1={digest(f'{at}.'.encode() + body).hex()}"),
    )[kind]  # fmt: skip
    head = f"POST /webhooks/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def load(port: int, deliveries: list[bytes], connections: int, rate: int | None) -> list[float]:
    """Send everything; the seconds each waited for its answer."""
    waited: list[float] = []
    left = iter(enumerate(deliveries))
    start = time.perf_counter()

    async def sender() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number, delivery in left:
            began = start + number / rate if rate else time.perf_counter()
            await asyncio.sleep(max(began - time.perf_counter(), 0))
            writer.write(delivery)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            size = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(size)
            waited.append(time.perf_counter() - began)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    await asyncio.gather(*(sender() for _ in range(connections)))
    return waited


def syncs_a_second(folder: Path) -> float:
    """What the disk does by itself: the same write, synced, one after another."""
    count, began = 200, time.perf_counter()
    with (folder / "sync").open("wb") as file:
        for _ in range(count):
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
    return count / (time.perf_counter() - began)


def measured(port: int, inbox: Path, connections: int, rate: int | None, first: int) -> dict[str, Any]:
    deliveries = [signed(number) for number in range(first, first + DELIVERIES)]
    before = events(inbox)
    began = time.perf_counter()
    waited = sorted(asyncio.run(load(port, deliveries, connections, rate)))
    seconds = time.perf_counter() - began
    assert events(inbox) - before == len(waited) == DELIVERIES, "every answer of 200 is an event on disk"
    return {
        "connections": connections,
        "offered_per_second": rate or "as fast as answered",
        "durable_per_second": round(DELIVERIES / seconds),
        "p50_ms": round(waited[len(waited) // 2] * 1000, 1),
        "p99_ms": round(waited[int(len(waited) * 0.99)] * 1000, 1),
        "longest_ms": round(waited[-1] * 1000, 1),
    }


def events(inbox: Path) -> int:
    with closing(sqlite3.connect(inbox)) as con:
        return con.execute("SELECT count(*) FROM events").fetchone()[0]


def main() -> None:
    load_before = os.getloadavg()[0]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Not in memory: many a machine's /tmp is, and a sync there costs nothing.
    with tempfile.TemporaryDirectory(dir=ROOT) as folder:
        environment = {**os.environ, "COUNTINGHOUSE_DATA_DIR": folder}
        environment.pop("COUNTINGHOUSE_SOURCES", None)
        process = subprocess.Popen([sys.executable, "-m", "benchmarks.webhooks", str(port)], cwd=ROOT, env=environment)
        try:
            while process.poll() is None:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                time.sleep(0.05)
            inbox = Path(folder) / "inbox.sqlite"
            runs = [
                measured(port, inbox, connections, rate, place * DELIVERIES)
                for place, (connections, rate) in enumerate(RUNS)
            ]
            disk = syncs_a_second(Path(folder))
        finally:
            process.terminate()
            process.wait(20)
    result = {
        "command": "python -m benchmarks.webhooks",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load_before": round(load_before, 1),  # processes that wanted the processors already, on average of a minute
        "deliveries_each": DELIVERIES,
        "syncs_per_second_of_the_disk": round(disk),
        "runs": runs,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    serve(int(sys.argv[1])) if len(sys.argv) > 1 else main()

"""How many read requests a second, and how long does the slowest hundredth take, over a million orders?

The server runs as its users run it (`python -m api`), in a process of its own; the client keeps some connections busy,
each with one request at a time, so both share the machine. Asked is, one after another: the first answer to each
question of a version, which nobody has asked before; *warm*, what other systems ask again and again; *mixed*, the same
with one new question in ten; *drill-downs*, pages, orders and people of which hardly two are the same, so that no
answer is known. The server's processor time is kept beside the clock's, since it stays the same on a busy machine.
Results: `benchmarks/results/api.json`.

    python -m benchmarks.api [--orders 1000000] [--folder /tmp/copy] [--seconds 12] [--connections 8]
"""

import argparse
import asyncio
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.published import fill

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "api.json"
HOST = "127.0.0.1"
WARM = (
    *("/api/sales/summary?days=30", "/api/sales/summary?days=90&store=shop-us", "/api/sales/trends?months=6"),
    *("/api/sales/daily", "/api/customers/top-customers?limit=10", "/api/customers/segments/VIP?limit=50"),
    *("/api/customers/cohorts", "/api/products/best-sellers?limit=10", "/api/products/low-stock", "/api/ledger"),
    *("/api/stores", "/api/metrics", "/api/freshness", "/api/quality", "/api/sales/by/category", "/api/sales/by/store"),
    *("/api/sales/by/channel", "/api/sales/by/country", "/api/sales/by/month", "/api/sales/by/product?limit=20"),
)


def build(folder: Path, orders: int) -> None:
    """A data folder with one published version; nothing where it is there already."""
    path = folder / "published" / "versions" / "prod-000000000001.duckdb"
    link = folder / "published" / "prod.duckdb"
    if link.exists():
        return
    path.parent.mkdir(parents=True)
    with duckdb.connect(str(path)) as con:
        fill(con, orders)
    link.symlink_to(Path("versions") / path.name)


def some_keys(folder: Path) -> tuple[list[str], list[str]]:
    """Keys of a thousand orders and people, to ask for."""
    with duckdb.connect(str(folder / "published" / "prod.duckdb"), read_only=True) as con:
        return tuple(
            [key for (key,) in con.execute(f"SELECT {column} FROM marts.{table} LIMIT 5000").fetchall()[::5]]
            for table, column in (("fact_orders", "order_key"), ("dim_customers", "customer_key"))
        )  # type: ignore[return-value]


@contextmanager
def server(folder: Path, port: int) -> Iterator[int]:
    """The API over a folder; its process's id."""
    environment = {
        **os.environ,
        "COUNTINGHOUSE_DATA_DIR": str(folder),
        "COUNTINGHOUSE_API_PORT": str(port),
        "COUNTINGHOUSE_API_HOST": HOST,
    }
    process = subprocess.Popen([sys.executable, "-m", "api"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(f"http://{HOST}:{port}/ready", timeout=2):
                break
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)


def processor_seconds(process: int) -> float:
    """What a process has used of processors so far, by Linux' own book."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> tuple[int, bytes]:
    """One request over a connection that stays open. Lean, because the client takes its part of the machine."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept-Encoding: gzip\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    body = await reader.readexactly(length)
    return int(head[9:12]), body


async def load(port: int, connections: int, seconds: float, path_of: Callable[[], str]) -> dict[str, Any]:
    """Keep connections busy for some seconds."""
    took: list[float] = []
    wrong: list[tuple[int, str]] = []
    ends = time.perf_counter() + seconds

    async def one() -> None:
        reader, writer = await asyncio.open_connection(HOST, port)
        while time.perf_counter() < ends:
            path = path_of()
            began = time.perf_counter()
            status, _ = await ask(reader, writer, path)
            took.append(time.perf_counter() - began)
            if status != 200:
                wrong.append((status, path))
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    return figures(took, time.perf_counter() - began) | {"not_200": len(wrong)}


def figures(took: list[float], seconds: float) -> dict[str, Any]:
    """Requests a second, and milliseconds at some percentiles."""
    ordered = sorted(took)
    at = {
        f"p{share}_ms": round(1000 * ordered[min(int(len(ordered) * share / 100), len(ordered) - 1)], 1)
        for share in (50, 99)
    }
    return {"requests": len(took), "requests_per_second": round(len(took) / seconds), **at}


async def cold(port: int) -> dict[str, float]:
    """The first answer to each question of a version, one after another: milliseconds."""
    reader, writer = await asyncio.open_connection(HOST, port)
    told: dict[str, float] = {}
    for path in WARM:
        began = time.perf_counter()
        await ask(reader, writer, path)
        told[path] = round(1000 * (time.perf_counter() - began), 1)
    writer.close()
    return told


def drill_downs(folder: Path) -> Callable[[], str]:
    """Questions of which hardly two are the same."""
    orders, people = some_keys(folder)
    chance = random.Random(7)

    def path() -> str:
        kind = chance.randrange(4)
        if kind == 0:
            return f"/api/ledger?order_key={chance.choice(orders)}&limit={chance.randrange(50, 150)}"
        if kind == 1:
            return f"/api/customers/{chance.choice(people)}"
        month = f"{chance.choice((2024, 2025))}-{chance.randrange(1, 13):02d}"
        if kind == 2:
            return f"/api/ledger?to={month}-{chance.randrange(1, 29):02d}&limit={chance.randrange(50, 100)}"
        return f"/api/sales/summary?days={chance.randrange(1, 1000)}"

    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--port", type=int, default=8797)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary)
        build(folder, chosen.orders)
        chance = random.Random(3)
        with server(folder, chosen.port) as process:
            first = asyncio.run(cold(chosen.port))
            new = drill_downs(folder)
            mixes: dict[str, Callable[[], str]] = {
                "warm": lambda: chance.choice(WARM),
                "mixed": lambda: new() if chance.random() < 0.1 else chance.choice(WARM),
                "drill_downs": new,
            }
            measured: dict[str, Any] = {}
            for name, path_of in mixes.items():
                before = processor_seconds(process)
                told = asyncio.run(load(chosen.port, chosen.connections, chosen.seconds, path_of))
                spent = 1000 * (processor_seconds(process) - before) / told["requests"]
                measured[name] = told | {"server_processor_ms_per_request": round(spent, 2)}
    result = {
        "command": "python -m benchmarks.api",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load_average": [round(number, 1) for number in os.getloadavg()],
        "orders": chosen.orders,
        "connections": chosen.connections,
        **measured,
        "first_answers_ms": first,
    }
    RESULTS.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()

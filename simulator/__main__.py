"""`python -m simulator`: serve the invented shops until interrupted."""

import argparse
import sys
from pathlib import Path

from simulator.app import (
    COMMERCETOOLS,
    COMMERCETOOLS_AUTH,
    CONTROL,
    DUMMYJSON,
    FX,
    PAYLOAD,
    SHOPIFY,
    STRIPE,
    STRIPE_CARDS,
    WOOCOMMERCE,
    Simulator,
)
from simulator.clock import ClockError, parse_instant
from simulator.server import HOST, Server, listen
from simulator.shop import RESOURCES
from simulator.stripe_query import SECRET_KEY

_EPILOG = f"""\
the same seed and scale make the same world, whatever the clock

what is served
  {SHOPIFY}          shop-us, Shopify's Admin API; the token is shpat_simulator
  {WOOCOMMERCE}      shop-eu, WooCommerce's REST API; the keys are ck_simulator and cs_simulator
  {COMMERCETOOLS}    shop-jp, commercetools' HTTP API, project simulator; tokens at {COMMERCETOOLS_AUTH}
                    for simulator_client and simulator_secret
  {PAYLOAD}          studio, Payload's REST API; books@countinghouse.example and simulator, or simulator_key
  {DUMMYJSON}        practice, DummyJSON's API: {DUMMYJSON}/products, /users, /carts
  {STRIPE}/v1        the payments of practice, Stripe's API; the key is {SECRET_KEY}
  {STRIPE_CARDS}/v1  the cards of studio and shop-eu, the same key
  {FX}               daily reference rates
  --tables FOLDER   legacy, which has nothing but CSV and Parquet files
  {CONTROL}       GET health, GET/POST clock, GET truth?timezone=America/New_York or ?shop=shop-eu,
                    GET/DELETE requests, GET/POST/DELETE faults, GET/POST limits

examples
  python -m simulator
  python -m simulator --now 2026-11-20T09:40:00Z --scale 0.05
  curl -X POST 127.0.0.1:8787{CONTROL}/clock -H 'content-type: application/json' -d '{{"advance_days": 1}}'
"""


def main() -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="Serves the shops of one invented merchant as the HTTP APIs of their platforms, on 127.0.0.1 only.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=8787, help="port to listen on (default 8787)")
    parser.add_argument("--seed", type=int, default=7, help="which world (default 7)")
    parser.add_argument(
        "--scale",
        type=float,
        default=1.0,
        help="size of the world; 1 is about 14,000 orders by November 2026 (default 1)",
    )
    parser.add_argument(
        "--now",
        help="freeze the clock at this instant, such as 2026-11-20T09:40:00Z (default: it runs)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="serve this folder's products.json, users.json and carts.json as the practice shop",
    )
    parser.add_argument(
        "--tables",
        type=Path,
        metavar="FOLDER",
        help="write the tables of the shop that has nothing else here, now and whenever the clock is moved",
    )
    parser.add_argument("--no-rate-limit", action="store_true", help="answer however many requests come")
    arguments = parser.parse_args()
    if not 0 < arguments.scale <= 50:
        return _fail(f"The scale is {arguments.scale}; choose one above 0 and not above 50.")
    if arguments.data is not None:
        missing = [f"{name}.json" for name in RESOURCES if not (arguments.data / f"{name}.json").is_file()]
        if missing:
            return _fail(f"The folder {arguments.data} has no {', '.join(missing)}; --data needs all three files.")
    try:
        listener = listen(arguments.port)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        return _fail(
            f"Port {arguments.port} cannot be used ({reason}). Stop what listens there, or choose another with --port."
        )
    try:
        simulator = Simulator(
            seed=arguments.seed,
            scale=arguments.scale,
            now=parse_instant(arguments.now) if arguments.now else None,
            data=arguments.data,
            tables=arguments.tables,
            is_limited=not arguments.no_rate_limit,
        )
    except ClockError as error:
        return _fail(str(error))
    server = Server(simulator, lambda: _say(f"Simulator ready at http://{HOST}:{listener.getsockname()[1]}"))
    try:
        server.run([listener])
    except KeyboardInterrupt:
        return 0
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _fail(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())

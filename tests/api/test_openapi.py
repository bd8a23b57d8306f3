"""The OpenAPI against the API itself: every documented question, good and bad, gets a documented answer."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
import uvicorn
from api_client import Api, settings_of
from schemathesis.generation import GenerationMode

from api.main import create_app
from countinghouse.api_keys import KeyRing

# What was asked for by those who had such an API before: path, parameters, fields of an entry.
ASKED_FOR = {
    "/api/customers/top-customers": "limit",
    "/api/customers/segments/{segment}": "limit",
    "/api/products/best-sellers": "limit",
    "/api/products/low-stock": None,
    "/api/sales/summary": "days",
    "/api/sales/trends": "months",
}


@pytest.fixture(scope="module")
def schema(trio_copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """What a real server says of itself, on a port of the system's choosing; it wants a key, and tells it in `key`."""
    folder = tmp_path_factory.mktemp("keyed") / "data"
    shutil.copytree(trio_copy, folder, symlinks=True)
    settings = settings_of(folder, api_requests_per_minute="999999")
    key = KeyRing(settings.api_keys_path).make("tester")
    config = uvicorn.Config(create_app(settings), port=0, log_level="critical", lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server ended before it had begun"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    told = schemathesis.openapi.from_url(f"http://127.0.0.1:{port}/openapi.json")
    told.key = key
    yield told
    server.should_exit = True
    thread.join(10)


@schemathesis.hook
def map_query(context: Any, query: dict[str, Any]) -> dict[str, Any]:
    """Days in their order and not too many of them: what OpenAPI cannot say of two parameters."""
    days = [name for name in ("from", "to") if isinstance((query or {}).get(name), str)]
    try:
        found = sorted(date.fromisoformat(query[name]).replace(year=2026) for name in days)
    except ValueError:
        return query
    return {**(query or {}), **{name: day.isoformat() for name, day in zip(days, found, strict=True)}}


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_is_as_documented(schema: Any, mode: GenerationMode) -> None:
    """Good questions and bad ones of every operation: no 5xx, no undocumented status, header, type or field."""
    asked: list[str] = []
    for found in schema.get_all_operations():
        operation = found.ok()

        @hypothesis.settings(max_examples=20, suppress_health_check=list(hypothesis.HealthCheck), database=None)
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def validate(case: Any) -> None:
            asked.append(case.operation.label)
            case.call_and_validate(headers={"Authorization": f"Bearer {schema.key}"})

        with suppress(hypothesis.errors.Unsatisfiable):  # nothing can be asked wrongly where there is no parameter
            validate()
    assert len(set(asked)) >= (20 if mode is GenerationMode.POSITIVE else 10)


def test_the_addresses_and_parameters_asked_for_exist(api: Api) -> None:
    paths = api.get("/openapi.json").json()["paths"]
    for path, parameter in ASKED_FOR.items():
        names = {told["name"] for told in paths[path]["get"].get("parameters", [])}
        assert parameter is None or parameter in names, path


def test_every_answer_and_error_is_documented(api: Api) -> None:
    for path, operations in api.get("/openapi.json").json()["paths"].items():
        if not path.startswith("/api"):
            continue
        told = operations["get"]
        assert told["description"], path
        assert {"200", "304", "401", "403", "422", "429", "500", "503"} <= told["responses"].keys(), path
        for status, answer in told["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], (path, status)


def test_documentation_has_examples(api: Api) -> None:
    schemas = api.get("/openapi.json").json()["components"]["schemas"]
    assert schemas["Problem"]["properties"]["detail"]["examples"]
    assert schemas["Customer"]["examples"]


def test_a_key_is_documented_in_both_headers(api_of: Callable[..., Api], trio_copy: Path) -> None:
    schemes = api_of(trio_copy).get("/openapi.json").json()["components"]["securitySchemes"]
    assert {scheme["type"] for scheme in schemes.values()} == {"http", "apiKey"}

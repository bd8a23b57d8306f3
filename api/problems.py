"""Errors as RFC 9457 problem details: what was found, and what to do next, never a traceback."""

import http
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from countinghouse.errors import CountinghouseError, WarehouseError

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An answer that is no data. `kind` is the last part of its `type`, which does not change with the wording."""

    def __init__(self, status: int, kind: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail, self.headers = status, kind, detail, dict(headers or {})


def problem_response(
    status: int, kind: str, detail: str, path: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """A problem as an answer, which nobody is to remember."""
    body = {
        "type": f"urn:countinghouse:problem:{kind}",
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": path,
        **more,
    }
    kept = {"Cache-Control": "no-store", **(headers or {})}
    return Response(msgspec.json.encode(body), status, kept, MEDIA_TYPE)


def add_handlers(app: FastAPI) -> None:
    """Turn what a caller or the data can cause into a problem; failures of our own are the frame's."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(CountinghouseError, _known)


async def _problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return problem_response(problem.status, problem.kind, problem.detail, request.url.path, problem.headers)


async def _http(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    path = request.url.path
    if problem.status_code == 404:
        return problem_response(404, "not-found", f"There is nothing at {path}; /docs lists every address.", path)
    if problem.status_code == 405:
        detail = f"{path} cannot be asked with {request.method}; the header Allow says with what."
        return problem_response(405, "method-not-allowed", detail, path, problem.headers)
    return problem_response(problem.status_code, "request", str(problem.detail), path, problem.headers)


async def _invalid(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestValidationError)
    errors = [_told(error) for error in problem.errors()]
    detail = " ".join(f"{error['parameter']}: {error['message']}" for error in errors)
    return problem_response(422, "parameters", detail, request.url.path, errors=errors)


def _told(error: Mapping[str, Any]) -> dict[str, str]:
    """One of pydantic's errors for the caller. What was sent is not repeated: it may be a key in the wrong place."""
    place: Sequence[Any] = error["loc"]
    parameter = str(place[1]) if len(place) > 1 else "the request"
    if error["type"] == "extra_forbidden":
        return {"parameter": parameter[:100], "message": "there is no such parameter here; /docs lists them."}
    message = re.sub(r"^(Value error, |Input )", "", str(error["msg"])).rstrip(".")
    return {"parameter": parameter[:100], "message": f"{message}."}


async def _known(request: Request, problem: Exception) -> Response:
    if isinstance(problem, WarehouseError):
        return problem_response(503, "not-published", str(problem), request.url.path, {"Retry-After": "10"})
    return problem_response(500, "settings", str(problem), request.url.path)


def unexpected(path: str, number: str) -> Response:
    """What a failure of our own looks like from outside: a number by which the log is found."""
    detail = f"The answer could not be made, through no fault of yours. The server's log tells why, under {number}."
    return problem_response(500, "unexpected", detail, path)

"""The API as one ASGI application."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from warehouse.home import Home
from warehouse.serving.front import Front
from warehouse.serving.problems import PROBLEM_MEDIA_TYPE, Problem
from warehouse.serving.queries import QueryRunner
from warehouse.serving.releases import ReleaseKeeper
from warehouse.serving.routes import invalid, router
from warehouse.serving.settings import ServingSettings


def create_app(home: Home | None = None, settings: ServingSettings | None = None) -> ASGIApp:
    """The application over the current release of `home`, both from the environment when not given.

    Raises:
        EnvironmentBroken: there is no whole release.
        Misused: a setting is wrong.
    """
    settings = settings or ServingSettings.from_environment()
    keeper = ReleaseKeeper(home or Home.from_environment(), settings)
    runner = QueryRunner(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.create_task(keeper.watch())
        yield
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        runner.close()
        keeper.close()

    # Pages with scripts from elsewhere (docs_url, redoc_url) have no place here, nor redirects made of a Host header.
    api = FastAPI(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    api.state.runner = runner
    api.include_router(router)
    api.add_exception_handler(Problem, _problem)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _http)
    front = Front(api, lambda: keeper)
    if not settings.cors_origins:
        return front
    return CORSMiddleware(
        front,
        allow_origins=settings.cors_origins,
        allow_methods=("GET", "HEAD"),
        expose_headers=("ETag", "Link", "X-Release-Id"),
    )


def create_process_app() -> ASGIApp:
    """The application of a process that does nothing else, over the home of the environment.

    What is loaded until here stays until the end. The garbage collector is told so: walking through it all again and
    again held up every request of that moment by 0.1 s.

    Raises:
        EnvironmentBroken: there is no whole release.
        Misused: a setting is wrong.
    """
    app = create_app()
    gc.collect()
    gc.freeze()
    return app


async def _problem(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    headers = {"Cache-Control": "no-store", **problem.headers}
    return Response(problem.body(), problem.status, headers, PROBLEM_MEDIA_TYPE)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return await _problem(request, invalid(error.errors()))


async def _http(request: Request, error: Exception) -> Response:
    # Starlette raises these for addresses without a route; the front has refused other methods before.
    return await _problem(
        request, Problem("not_found", "The description of all is at /openapi.json.", "Xem /openapi.json.")
    )

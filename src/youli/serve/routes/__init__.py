"""One file per resource; a new one is registered here."""

from __future__ import annotations

from fastapi import APIRouter

from youli.serve.routes import (
    events,
    explain,
    health,
    how,
    ignore,
    item,
    page,
    recommend,
    rules,
    shop,
    user,
)

__all__ = ["ROUTERS"]

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    shop.router,
    how.router,
    recommend.router,
    explain.router,
    item.router,
    rules.router,
    user.router,
    events.router,
    ignore.router,
    page.router,
)

"""One file per resource; a new one is registered here."""

from __future__ import annotations

from fastapi import APIRouter

from youli.serve.routes import (
    chat,
    compare,
    console,
    events,
    explain,
    feedback,
    health,
    how,
    ignore,
    item,
    keys,
    lists,
    merchant_rules,
    metrics,
    page,
    profile,
    recommend,
    rules,
    search,
    shop,
    trust,
    user,
)

__all__ = ["ROUTERS"]

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    metrics.router,
    keys.router,
    shop.router,
    how.router,
    recommend.router,
    lists.router,
    explain.router,
    compare.router,
    item.router,
    rules.router,
    merchant_rules.router,
    search.router,
    chat.router,
    feedback.router,
    trust.router,
    user.router,
    events.router,
    ignore.router,
    profile.router,
    console.router,
    page.router,
)

"""What others call our events: GA4's names are ours, usual names of other systems are known."""

from __future__ import annotations

import re
from typing import Final

from youli.data.schema import EVENTS

__all__ = ["USUAL_EVENT_NAMES", "canonical_event"]

#: Segment, Google Retail, Gorse and common names → GA4, spelt as `_folded` leaves them.
USUAL_EVENT_NAMES: Final[dict[str, str]] = {
    **{name: name for name in EVENTS},
    **dict.fromkeys(
        ("buy", "bought", "order", "ordered", "transaction", "order_completed", "sale", "checkout",
         "purchase_complete", "completed_order", "purchased", "购买", "下单"), "purchase"),
    **dict.fromkeys(
        ("view", "viewed", "pv", "page_view_product", "product_viewed", "detail_page_view",
         "detail_page", "read", "item_view", "product_view", "浏览"), "view_item"),
    **dict.fromkeys(
        ("click", "clicked", "product_clicked", "select_content", "item_click", "点击"),
        "select_item"),
    **dict.fromkeys(
        ("cart", "addtocart", "add_cart", "product_added", "add_to_basket", "basket", "加购"),
        "add_to_cart"),
    **dict.fromkeys(
        ("fav", "favorite", "favourite", "like", "star", "wishlist", "collect", "save",
         "product_added_to_wishlist", "收藏"), "add_to_wishlist"),
    **dict.fromkeys(("rating", "rated", "review", "reviewed", "product_reviewed"), "rate"),
    **dict.fromkeys(("products_searched", "view_search_results", "searched"), "search"),
    **dict.fromkeys(("product_removed", "removefromcart", "remove_cart"), "remove_from_cart"),
    **dict.fromkeys(
        ("return", "returned", "refunded", "order_refunded", "cancel", "cancelled",
         "order_cancelled", "退货"), "refund"),
}  # fmt: skip


def canonical_event(name: str) -> str | None:
    """GA4 name of an event, or None when the name is unknown."""
    return USUAL_EVENT_NAMES.get(re.sub(r"[\s\-./]+", "_", name.strip().lower()))

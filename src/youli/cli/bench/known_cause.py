"""`youli bench known-cause`: write a simulated shop whose every purchase has a known cause."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from youli.testing.known_cause.config import CAUSES, KnownCauseConfig
from youli.testing.known_cause.simulate import simulate
from youli.testing.known_cause.tables import write_known_cause

__all__ = ["known_cause"]


def known_cause(
    out: Annotated[Path, typer.Option(help="Folder to write the tables and the truth to.")],
    shoppers: Annotated[int, typer.Option(min=1, help="How many shoppers.")] = 2000,
    products: Annotated[int, typer.Option(min=40, help="How many products.")] = 400,
    noise: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of purchases made by chance.")
    ] = 0.1,
    confounding: Annotated[
        float,
        typer.Option(
            min=0.0, max=1.0, help="How far brands, titles and popularity follow hidden tastes."
        ),
    ] = 0.3,
    photos: Annotated[
        bool, typer.Option("--photos", help="Draw a picture of 32 × 32 points of each product.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of everything that is drawn.")] = 0,
) -> None:
    """Write a simulated shop whose purchases record why they were made, for any explainer."""
    config = KnownCauseConfig(
        n_shoppers=shoppers, n_products=products, noise=noise, confounding=confounding, seed=seed
    )
    made = simulate(config)
    written = write_known_cause(made, out, photos=photos)
    typer.echo(f"{len(made):,} simulated purchases of {shoppers:,} shoppers", err=True)
    for cause in CAUSES:
        typer.echo(f"  {cause.value}: {int(made.of_cause(cause).sum()):,}", err=True)
    for path in written:
        typer.echo(path)

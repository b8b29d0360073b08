"""How a shop is searched."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["IndexConfig", "SearchConfig"]


class IndexConfig(BaseModel):
    """What is kept of the texts; another value makes the index anew."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    saturation: float = Field(default=1.2, ge=0.0, le=10.0)
    """k1 of BM25: how much a word that stands twice counts more than one that stands once."""
    length: float = Field(default=0.4, ge=0.0, le=1.0)
    """b of BM25: how much a long text counts less than a short one."""
    n_dims: int = Field(default=128, ge=8, le=512)
    """Numbers kept of a product's meaning: the directions in which products differ most."""


class SearchConfig(BaseModel):
    """What the parts of a search score weigh."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: float = Field(default=1.0, ge=0.0)
    """Weight of a word in the title."""
    brand: float = Field(default=0.6, ge=0.0)
    """Weight of a word in the brand's name."""
    category: float = Field(default=0.5, ge=0.0)
    """Weight of a word in the category's path."""
    details: float = Field(default=0.4, ge=0.0)
    """Weight of a word in tags and other attributes, such as a colour."""
    text: float = Field(default=0.3, ge=0.0)
    """Weight of a word in descriptions and reviews."""
    meaning: float = Field(default=5.0, ge=0.0)
    """Weight of the likeness of meaning, which is from 0 to 1."""
    least_cosine: float = Field(default=0.3, ge=0.0, lt=1.0)
    """Meanings less alike than this are not alike."""
    personal: float = Field(default=0.5, ge=0.0)
    """Weight of the shopper's own ledger; nothing of it is there for somebody unknown. Tuned on
    Online Retail: what a shopper bought next, searched by two words of its title."""
    least_share: float = Field(default=0.3, ge=0.0, le=1.0)
    """What the query gives a product that is found, at least, as a share of what it gives the
    product that it suits best."""
    least_said_cosine: float = Field(default=0.5, ge=0.0, lt=1.0)
    """A reason speaks of likeness of meaning only from here."""

    def of_field(self, name: str) -> float:
        """The weight of one of the fields that are searched."""
        return float(getattr(self, name))

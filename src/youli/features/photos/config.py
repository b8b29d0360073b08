"""What may be set about photos."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from youli.errors import ConfigError

__all__ = ["PhotosConfig", "check_folder"]


class PhotosConfig(BaseModel):
    """Settings of reading and encoding photos; without `folder` and `fetch` no photo is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path | None = None
    """Folder of the photos: files that the column `image_url` names are looked for here first,
    then beside the catalogue. A path that leads out of these folders is refused."""

    fetch: bool = False
    """Whether http(s) addresses in the column are fetched; nothing is without it."""

    strict: bool = False
    """Whether a photo that cannot be used is an error instead of a line in the report."""

    tune_on: str | None = None
    """Attribute of the catalogue, such as articleType, on which the network's last layers are
    trained; None takes the network as it is."""

    n_dims: int = Field(default=64, ge=2, le=1280)
    """Numbers that are kept of each of a photo's 49 cells."""

    thumbnail_px: int = Field(default=160, ge=32, le=512)
    """Side of the small square pictures that pages show."""

    max_bytes: int = Field(default=20_000_000, gt=0)
    """A longer file is refused; of a longer answer no more is read."""

    max_pixels: int = Field(default=50_000_000, gt=0)
    """A larger picture is refused by what its header says, before it is unpacked."""

    min_side_px: int = Field(default=16, ge=1)
    """A picture with a shorter side (a counting pixel, a spacer) is no photo."""

    most_products: int = Field(default=25, ge=1)
    """A photo of more products than this stands for "no picture" and is left out."""

    timeout_s: float = Field(default=10.0, gt=0)
    """Longest wait for a connection or for a next piece of an answer."""

    deadline_s: float = Field(default=30.0, gt=0)
    """Longest time for one photo, however steadily it trickles in."""

    n_connections: int = Field(default=4, ge=1, le=16)
    """Photos fetched at the same time."""

    cache: Path | None = None
    """Folder in which fetched and encoded photos are kept from one fit to the next; None is
    `YOULI_CACHE`, else `~/.cache/youli`."""

    seed: int = 0
    """Seed of the training."""

    @property
    def wanted(self) -> bool:
        """Whether photos are asked for at all."""
        return self.folder is not None or self.fetch


def check_folder(config: PhotosConfig) -> None:
    """Raise `ConfigError` where a folder of photos is named that is not there."""
    if config.folder is not None and not config.folder.is_dir():
        raise ConfigError(
            "there is no such folder of photos",
            where=str(config.folder),
            value=str(config.folder),
            hint="name the folder that the addresses in image_url start from",
        )

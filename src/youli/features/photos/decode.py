"""From the bytes of a file to a square of pixels; nothing is unpacked before it was measured.

What a file is called does not matter: its first bytes say what it is. Only JPEG, PNG and WebP are
read. A picture is turned upright (EXIF), laid on white where it is transparent, reduced to grey or
RGB, and set into a square on the colour of its border, so that nothing is cut off or stretched and
a cell of the square is the same place in the network's map and in the thumbnail.
"""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from youli.features.photos.problem import PhotoProblem

__all__ = ["DECODER", "SIDE", "Decoded", "decode"]

#: Side of the square that the network sees, in pixels (EfficientNet-Lite0).
SIDE = 224
#: Counted up whenever the same bytes would give other pixels.
DECODER = "square-1"

_ORIENTATION = 0x0112  # EXIF tag
#: EXIF orientation → how to turn the picture upright.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_JPEG_QUALITY = 82
#: What Pillow raises on files that are damaged in all the ways that files are.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    KeyError,
    IndexError,
    TypeError,
    struct.error,
)


@dataclass(frozen=True)
class Decoded:
    """A photo as the network and the pages see it."""

    pixels: npt.NDArray[np.uint8]  # [224, 224, 3]
    thumbnail: bytes  # JPEG, square


def decode(
    data: bytes, *, max_pixels: int = 50_000_000, min_side_px: int = 16, thumbnail_px: int = 160
) -> Decoded:
    """The photo in `data`; of an animation the first picture.

    Raises `PhotoProblem`. Not for several threads at once: Pillow's warnings are hushed meanwhile.
    """
    if not data:
        raise PhotoProblem("empty file")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd metadata, which is not used
        try:
            image = _opened(data, max_pixels)
            _check_size(image.size, max_pixels, min_side_px)
            turn = _turn(image)
            if isinstance(image, JpegImageFile):
                image.draft(None, (2 * SIDE, 2 * SIDE))  # unpack only as finely as is needed
            rgb = _rgb(image)
        except _BROKEN as error:
            raise PhotoProblem("damaged picture", type(error).__name__) from error
        except MemoryError as error:
            raise PhotoProblem("too many pixels", "no memory for it") from error
    if turn is not None:
        rgb = rgb.transpose(turn)
    return Decoded(np.array(_square(rgb, SIDE)), _jpeg(_square(rgb, thumbnail_px)))


def _opened(data: bytes, max_pixels: int) -> ImageFile:
    """The picture's header, read by the one reader that fits its first bytes."""
    if data.startswith(b"\xff\xd8\xff"):
        return JpegImageFile(io.BytesIO(data))
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PngImageFile(io.BytesIO(data))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        # The reader makes room for the whole canvas as soon as it is opened.
        _check_size(_webp_size(data), max_pixels, 1)
        return WebPImageFile(io.BytesIO(data))
    raise PhotoProblem("no JPEG, PNG or WebP", f"starts with {data[:8]!r}")


def _webp_size(data: bytes) -> tuple[int, int]:
    """Width and height from the first chunk (RFC 9649, §2.5 to §2.7)."""
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        raise ValueError("a WebP file without a picture")
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError("a WebP file of an unknown kind")


def _check_size(size: tuple[int, int], max_pixels: int, min_side_px: int) -> None:
    width, height = size
    if width * height > max_pixels:
        raise PhotoProblem("too many pixels", f"{width} × {height}")
    if min(size) < min_side_px:
        raise PhotoProblem("too small", f"{width} × {height}")


def _turn(image: ImageFile) -> Image.Transpose | None:
    """How to turn the picture upright; damaged metadata turns nothing."""
    try:
        return _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    except _BROKEN:
        return None


def _rgb(image: ImageFile) -> Image.Image:
    """Unpack to RGB: transparency on white, 16 bits cut to eight, CMYK and grey turned."""
    image.load()
    if image.mode.startswith("I"):  # 16-bit grey, which `convert` would clip
        deep = np.asarray(image).astype(np.int64)
        return Image.fromarray((deep >> 8).clip(0, 255).astype(np.uint8)).convert("RGB")
    if "A" in image.getbands() or "transparency" in image.info:
        clear = image.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(white, clear).convert("RGB")
    return image.convert("RGB")


def _square(image: Image.Image, side: int) -> Image.Image:
    """The whole picture in the middle of a square of the colour of its border."""
    scale = side / max(image.size)
    width, height = (max(1, round(scale * length)) for length in image.size)
    small = image.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=2.0)
    if (width, height) == (side, side):
        return small
    square = Image.new("RGB", (side, side), _border(small))
    square.paste(small, ((side - width) // 2, (side - height) // 2))
    return square


def _border(image: Image.Image) -> tuple[int, int, int]:
    """The median colour of the outermost pixels."""
    pixels = np.asarray(image)
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    red, green, blue = np.median(edge, axis=0).astype(int).tolist()
    return red, green, blue


def _jpeg(image: Image.Image) -> bytes:
    """Written anew, so that no metadata of the original (a place, a name) is passed on."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return out.getvalue()

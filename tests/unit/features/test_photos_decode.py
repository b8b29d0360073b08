"""Every kind of picture file, and what only looks like one."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from youli.features.photos.decode import SIDE, decode
from youli.features.photos.problem import PhotoProblem

RED, BLUE = (220, 30, 30), (30, 30, 220)


def halves(width: int = 120, height: int = 80) -> Image.Image:
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (width // 2, 0, width, height))
    return picture


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def problem(data: bytes, **options: Any) -> PhotoProblem:
    with pytest.raises(PhotoProblem) as caught:
        decode(data, **options)
    return caught.value


def near(pixel: Any, colour: tuple[int, int, int], by: int = 30) -> bool:
    return bool((np.abs(np.asarray(pixel).astype(int) - colour) <= by).all())


def png_of_size(width: int, height: int) -> bytes:
    """A PNG whose header claims a size; a few bytes that unpack to many."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(bytes(1_000_000), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


class TestGoodFiles:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_each_format_gives_the_square_and_the_thumbnail(self, kind):
        found = decode(saved(halves(), kind))
        assert (found.pixels.shape, found.pixels.dtype) == ((SIDE, SIDE, 3), np.uint8)
        assert near(found.pixels[112, 40], RED)
        assert near(found.pixels[112, 180], BLUE)
        with Image.open(io.BytesIO(found.thumbnail)) as small:
            assert (small.format, small.size, small.mode) == ("JPEG", (160, 160), "RGB")

    def test_the_whole_picture_lies_in_the_middle_on_the_colour_of_its_border(self):
        picture = Image.new("RGB", (200, 100), (0, 200, 0))
        picture.paste(RED, (80, 30, 120, 70))
        pixels = decode(saved(picture, "PNG")).pixels
        assert near(pixels[5, 5], (0, 200, 0), 5)  # above the picture: 112 of 224 rows are its own
        assert near(pixels[112, 112], RED, 5)
        assert near(pixels[112, 70], (0, 200, 0), 5)

    @pytest.mark.parametrize(
        ("mode", "made"),
        [
            ("L", lambda: Image.new("L", (64, 64), 128)),
            ("1", lambda: Image.new("1", (64, 64), 1)),
            ("LA", lambda: Image.new("LA", (64, 64), (128, 255))),
            ("P", lambda: halves(64, 64).quantize(4)),
            ("I;16", lambda: Image.fromarray(np.full((64, 64), 128 << 8, np.uint16))),
        ],
    )
    def test_grey_palette_and_deep_pictures(self, mode, made):
        picture = made()
        assert picture.mode == mode
        pixels = decode(saved(picture, "PNG")).pixels
        if mode in {"L", "LA", "I;16"}:
            assert near(pixels[112, 112], (128, 128, 128), 2)
        if mode == "P":
            assert near(pixels[112, 40], RED)

    def test_cmyk(self):
        pixels = decode(saved(halves().convert("CMYK"), "JPEG")).pixels
        assert near(pixels[112, 40], RED, 60)
        assert near(pixels[112, 180], BLUE, 60)

    @pytest.mark.parametrize("kind", ["PNG", "WEBP"])
    def test_what_is_transparent_is_white(self, kind):
        picture = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
        picture.paste((*RED, 255), (24, 24, 40, 40))
        pixels = decode(saved(picture, kind)).pixels
        assert near(pixels[10, 10], (255, 255, 255), 6)
        assert near(pixels[112, 112], RED)

    def test_a_palette_with_a_transparent_colour(self):
        picture = halves(64, 64).quantize(2)
        red = picture.getpixel((3, 3))
        pixels = decode(saved(picture, "PNG", transparency=red)).pixels
        assert near(pixels[112, 40], (255, 255, 255), 6)
        assert near(pixels[112, 180], BLUE)

    @pytest.mark.parametrize(
        ("orientation", "at"),  # where red is after turning: row, column
        [(1, (112, 40)), (2, (112, 180)), (3, (112, 180)), (6, (40, 112)), (8, (180, 112))],
    )
    def test_a_turned_camera(self, orientation, at):
        exif = Image.Exif()
        exif[0x0112] = orientation
        assert near(decode(saved(halves(80, 80), "JPEG", exif=exif)).pixels[at], RED)

    def test_damaged_metadata_turns_nothing(self):
        exif = b"Exif\x00\x00II*\x00\xff\xff\xff\xff"
        assert near(decode(saved(halves(), "JPEG", exif=exif)).pixels[112, 40], RED)

    @pytest.mark.parametrize("kind", ["PNG", "WEBP"])
    def test_of_an_animation_the_first_picture(self, kind):
        frames = [Image.new("RGB", (64, 64), colour) for colour in (RED, BLUE)]
        data = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        assert near(decode(data).pixels[112, 112], RED)

    def test_metadata_is_not_passed_on(self):
        exif = Image.Exif()
        exif[0x013B] = "somebody at home"  # artist
        found = decode(saved(halves(), "JPEG", exif=exif))
        assert b"somebody" not in found.thumbnail

    def test_the_same_bytes_give_the_same_pixels(self):
        data = saved(halves(1000, 700), "JPEG")
        one, other = decode(data), decode(data)
        np.testing.assert_array_equal(one.pixels, other.pixels)
        assert one.thumbnail == other.thumbnail


class TestBadFiles:
    def test_an_empty_file(self):
        assert problem(b"").kind == "empty file"

    @pytest.mark.parametrize(
        "data",
        [b"<html>404</html>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a" + bytes(40),
         b"BM" + bytes(60), b"%PDF-1.7", b"\x00\x00\x00 ftypheic", b"RIFF\x00\x00\x00\x00WAVE",
         b"x"],
    )  # fmt: skip
    def test_what_is_no_jpeg_png_or_webp_whatever_it_is_called(self, data):
        assert problem(data).kind == "no JPEG, PNG or WebP"

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_a_truncated_file_at_any_place(self, kind):
        noise = np.random.default_rng(0).integers(0, 255, (90, 90, 3), dtype=np.uint8)
        data = saved(Image.fromarray(noise), kind)
        for share in (0.01, 0.1, 0.5, 0.9):
            found = problem(data[: max(12, int(share * len(data)))])
            assert found.kind == "damaged picture", share

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_garbage_behind_a_true_beginning(self, kind):
        start = saved(halves(), kind)[:16]
        garbage = np.random.default_rng(1).integers(0, 255, 4000, dtype=np.uint8).tobytes()
        assert problem(start + garbage).kind in {"damaged picture", "too many pixels", "too small"}

    def test_a_bomb_is_refused_by_its_header(self, monkeypatch):
        def unpacked(_self):
            raise AssertionError("it was unpacked")

        monkeypatch.setattr("PIL.ImageFile.ImageFile.load", unpacked)
        found = problem(png_of_size(10_000, 10_000))
        assert (found.kind, found.detail) == ("too many pixels", "10000 × 10000")

    @pytest.mark.parametrize("lossless", [False, True])
    def test_a_webp_is_measured_before_its_reader_makes_room_for_it(self, lossless, monkeypatch):
        plain = saved(Image.new("RGB", (300, 200)), "WEBP", lossless=lossless)
        clear = saved(Image.new("RGBA", (300, 200), (1, 2, 3, 4)), "WEBP", lossless=lossless)

        def opened(_stream):
            raise AssertionError("its reader was called")

        monkeypatch.setattr("youli.features.photos.decode.WebPImageFile", opened)
        for data in (plain, clear):
            assert problem(data, max_pixels=59_999).detail == "300 × 200"
            with pytest.raises(AssertionError, match="reader"):
                decode(data, max_pixels=60_000)

    @pytest.mark.parametrize("size", [(1, 1), (15, 400), (400, 15)])
    def test_a_counting_pixel_is_no_photo(self, size):
        assert problem(saved(Image.new("RGB", size), "PNG")).kind == "too small"

    def test_a_very_long_picture_is_shown_whole(self):
        pixels = decode(saved(Image.new("RGB", (4000, 16), RED), "PNG")).pixels
        assert near(pixels[112, 112], RED, 5)

"""A picture: a Matplotlib figure with a title, words for those who cannot see it, and two formats.

Design choices:

- Text stays text in an SVG (`svg.fonttype` none), so it can be read aloud, searched and copied, and
  the viewer's fonts draw it. A PNG is drawn here and needs a font for every letter.
- The ground belongs to the picture: white, or dark where the viewer asks for dark colours.
- Blue speaks for, orange against (Okabe & Ito 2008), and hatching says it again without colour.
- A title is never read as a formula, is on one line, and is cut with "…" where it is long.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text

from youli.errors import ConfigError, StorageError
from youli.markup import escaped, shortened, width_of

__all__ = [
    "AGAINST",
    "COLOURS",
    "FOR",
    "GROUND",
    "HATCHES",
    "INK",
    "RULE",
    "SOFT",
    "Picture",
    "bare",
    "draw",
    "signed",
    "wrapped",
]

INK: Final = "#1f2933"
SOFT: Final = "#66727f"
RULE: Final = "#dfe5ea"
GROUND: Final = "#ffffff"
FOR: Final = "#0072b2"
AGAINST: Final = "#d55e00"
#: Told apart by people with any colour vision; hatches say it again.
COLOURS: Final = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999",
)  # fmt: skip
HATCHES: Final = ("", "//", "..", "xx", "--", "\\\\", "++", "oo")
#: Light → dark, for viewers that ask for dark colours.
_DARK: Final[Mapping[str, str]] = {
    INK: "#e6edf3", SOFT: "#9aa7b4", RULE: "#303a45", GROUND: "#161b22", FOR: "#56b4e9",
    AGAINST: "#e69f00",
}  # fmt: skip
#: Fonts with Chinese letters, the first that is installed is taken.
_CHINESE: Final = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Noto Sans CJK TC",
    "Noto Sans CJK JP", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Microsoft YaHei",
    "PingFang SC", "Hiragino Sans GB", "SimHei", "Droid Sans Fallback",
)  # fmt: skip
_TITLE_COLUMNS: Final = 90


@dataclass(frozen=True)
class Picture:
    """What was drawn, its title, and the same in words (`alt`)."""

    figure: Figure
    title: str
    alt: str

    @property
    def lacking(self) -> str:
        """Letters for which no font is installed here; a PNG would show boxes for them."""
        texts = (one.get_text() for one in self.figure.findobj(Text))
        return "".join(sorted({one for text in texts for one in text if not _can_draw(one)}))

    @property
    def note(self) -> str:
        """What to know before showing it; empty where there is nothing."""
        wide = _wide(self.lacking)
        if not wide:
            return ""
        return (
            f"no font on this machine draws {shortened(wide, 20)}: an SVG shows it where the "
            "viewer has one, a PNG cannot; install fonts-noto-cjk (tools/system_packages.sh)"
        )

    def svg(self) -> str:
        """One `<svg>` element with title, description and its own colours for light and dark."""
        return self._text

    @cached_property
    def _text(self) -> str:
        """Made once: drawing a figure again may move its layout by a hair."""
        out = io.StringIO()
        with _styled():
            canvas = FigureCanvasSVG(self.figure)
            canvas.print_svg(out, metadata={"Date": None, "Creator": None})
        text = out.getvalue()
        text = text[text.index("<svg") :]
        # Two pictures on one page must not share names, for clips and hatches refer to them.
        name = f"p{hashlib.sha256((self.title + self.alt + text).encode()).hexdigest()[:10]}"
        text = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", text)
        head, rest = text.split(">", 1)
        style = "".join(
            f'#{name} [style*="{kind}: {light}"]{{{kind}:{dark}!important}}'
            for light, dark in _DARK.items()
            for kind in ("fill", "stroke")
        )
        return (
            f'{head} id="{name}" role="img" aria-labelledby="{name}-t {name}-d">'
            f'<title id="{name}-t">{escaped(self.title)}</title>'
            f'<desc id="{name}-d">{escaped(self.alt)}</desc>'
            f"<style>@media(prefers-color-scheme:dark){{{style}}}</style>{rest}"
        )

    def png(self, *, dpi: int = 144) -> bytes:
        """The picture in pixels; `ConfigError` where no font has its Chinese letters."""
        if self.note:
            raise ConfigError(
                f"this picture has letters that no font here draws: {_wide(self.lacking)[:20]}",
                value=self.title,
                hint="install fonts-noto-cjk (tools/system_packages.sh), or write an SVG",
            )
        out = io.BytesIO()
        with _styled():
            canvas = FigureCanvasAgg(self.figure)
            before = self.figure.dpi
            self.figure.set_dpi(dpi)
            canvas.print_png(out, metadata={"Title": self.title, "Description": self.alt})
            self.figure.set_dpi(before)
        return out.getvalue()

    def save(self, path: Path) -> None:
        """Write it; the suffix says how. `ConfigError` for another than .svg and .png."""
        suffix = path.suffix.lower()
        if suffix not in (".svg", ".png"):
            raise ConfigError(
                f"a picture cannot be written as {suffix or 'a file without a suffix'}",
                value=str(path),
                hint="name a file that ends in .svg or .png",
            )
        data = self.svg().encode() if suffix == ".svg" else self.png()
        try:
            path.write_bytes(data)
        except OSError as error:
            raise StorageError(
                f"the picture could not be written ({error.strerror})",
                where=str(path),
                hint="name a file in a folder that exists and may be written to",
            ) from error

    def _repr_html_(self) -> str:
        return self.svg()


def draw(
    title: str,
    alt: str,
    size: tuple[float, float],
    paint: Callable[[Figure], None],
    *,
    subtitle: str = "",
    warn: bool = False,
) -> Picture:
    """Make a picture of `size` inches; `paint` fills the figure below the title.

    `warn` sets the subtitle in the colour that speaks against.
    """
    with _styled():
        figure = Figure(figsize=size, facecolor=GROUND)
        paint(figure)
        columns = max(24, int(size[0] * 9))  # bold letters of some fonts are a tenth wider
        lines = [*wrapped(title, min(columns, _TITLE_COLUMNS)), *wrapped(subtitle, columns + 12)]
        n_title = len(wrapped(title, min(columns, _TITLE_COLUMNS)))
        room = 0.1 + 0.24 * n_title + 0.19 * (len(lines) - n_title)
        figure.set_layout_engine(ConstrainedLayoutEngine(rect=(0, 0, 1, 1 - room / size[1])))
        y, small = size[1] - 0.08, AGAINST if warn else SOFT
        for number, line in enumerate(lines):
            main = number < n_title
            figure.text(
                0.1 / size[0], y / size[1], line, va="top", fontsize=12 if main else 9,
                color=INK if main else small, fontweight="bold" if main else "normal",
            )  # fmt: skip
            y -= 0.24 if main else 0.19
    return Picture(figure, title, alt)


def bare(axes: Any, *, keep: str = "") -> None:
    """Take away frames and ticks but those named in `keep` ("bottom", "left")."""
    for side, spine in axes.spines.items():
        spine.set_visible(side in keep.split())
        spine.set_color(RULE)
    axes.tick_params(length=0, labelsize=9, labelcolor=INK)
    axes.patch.set_alpha(0)
    axes.set_axisbelow(True)


def signed(amount: float) -> dict[str, Any]:
    """Colour and hatch of an amount that speaks for or against."""
    return {
        "facecolor": FOR if amount >= 0 else AGAINST,
        "hatch": "" if amount >= 0 else "////",
        "edgecolor": GROUND,
        "linewidth": 0.0,
    }


def wrapped(text: str, n_columns: int) -> list[str]:
    """Lines of at most so many columns, broken at blanks or between Chinese letters."""
    lines, line = [], ""
    for word in re.findall(r"\s*(?:[^\s\u2e80-\uffef]+|[\u2e80-\uffef])", shortened(text, 10_000)):
        if line and width_of(line + word) > n_columns:
            lines.append(line)
            line = word.lstrip()
        else:
            line += word
        line = shortened(line, n_columns)
    return [*lines, line] if line else lines


@contextmanager
def _styled() -> Iterator[None]:
    """Our style alone, whatever the user's own; a letter without a glyph is `Picture.lacking`."""
    import matplotlib as mpl

    style = {
        "svg.hashsalt": "youli",
        "svg.fonttype": "none",
        "text.parse_math": False,
        "font.family": [*_families(), "sans-serif"],
        "hatch.linewidth": 1.4,
        "axes.unicode_minus": False,
    }
    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcParams.update({**mpl.rcParamsDefault, "backend": mpl.rcParams["backend"], **style})
        warnings.filterwarnings("ignore", message="Glyph ")
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
        yield


@lru_cache(maxsize=1)
def _families() -> tuple[str, ...]:
    installed = {one.name for one in font_manager.fontManager.ttflist}
    return ("DejaVu Sans", *[one for one in _CHINESE if one in installed][:1])


@lru_cache(maxsize=65_536)
def _can_draw(letter: str) -> bool:
    if letter.isspace():
        return True
    fonts = (font_manager.get_font(font_manager.findfont(one)) for one in _families())
    return any(font.get_char_index(ord(letter)) for font in fonts)


def _wide(text: str) -> str:
    return "".join(one for one in text if unicodedata.category(one) == "Lo")

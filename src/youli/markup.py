"""Small pieces of HTML and SVG that stand alone: no file, no script, no font is fetched.

Every text is escaped here and nowhere else, so a hostile title stays a title. A picture brings its
own ground and inks, for a light and for a dark page.
"""

from __future__ import annotations

import hashlib
import html
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence

__all__ = ["bars", "card", "escaped", "paragraph", "preformatted", "shortened", "table", "width_of"]

#: What XML may not hold, and what turns the direction of a line round.
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_SPACES = re.compile(r"\s+")
#: Blue speaks for, orange against (Okabe & Ito 2008): told apart by people with any colour vision.
_STYLE = (
    "#{id}{{--ground:#fff;--ink:#1f2933;--soft:#66727f;--rule:#dfe5ea;--for:#0072b2;"
    "--against:#b34d00;background:var(--ground);color:var(--ink);font:14px/1.45 system-ui,"
    "sans-serif;border:1px solid var(--rule);border-radius:8px;padding:12px 16px;max-width:760px}}"
    "@media(prefers-color-scheme:dark){{#{id}{{--ground:#161b22;--ink:#e6edf3;--soft:#9aa7b4;"
    "--rule:#303a45;--for:#56b4e9;--against:#e69f00}}}}"
    "#{id} h4{{margin:0 0 6px;font-size:15px}}#{id} p{{margin:4px 0}}"
    "#{id} .soft{{color:var(--soft)}}#{id} table{{border-collapse:collapse;margin:6px 0}}"
    "#{id} td,#{id} th{{padding:2px 10px 2px 0;text-align:left;color:var(--ink);"
    "background:transparent}}#{id} svg text{{fill:var(--ink);font-size:12px}}"
    "#{id} svg .soft{{fill:var(--soft)}}#{id} svg .for{{fill:var(--for)}}"
    "#{id} svg .against{{fill:var(--against)}}#{id} svg line{{stroke:var(--soft)}}"
    "#{id} pre{{color:var(--ink);background:transparent;margin:6px 0;font-size:13px}}"
)
_ROW_PX, _LABEL_PX, _BAR_PX, _NUMBER_PX = 22, 300, 300, 110
#: Columns (a Chinese character takes two) that fit before a bar.
_LABEL_COLUMNS = 42


def escaped(text: object) -> str:
    """A text for HTML and XML, on one line; what neither may hold is left out."""
    return html.escape(_SPACES.sub(" ", _UNPRINTABLE.sub(" ", str(text))).strip())


def width_of(text: str) -> int:
    """Columns that a text takes: two for a wide (Chinese) character, none for a combining one."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )


def shortened(text: str, n_columns: int) -> str:
    """The text on one line, cut with "…" where it takes more than so many columns."""
    text = _SPACES.sub(" ", _UNPRINTABLE.sub(" ", text)).strip()
    if width_of(text) <= n_columns:
        return text
    kept, used = "", 1
    for one in text:
        used += width_of(one)
        if used > n_columns:
            break
        kept += one
    return f"{kept.rstrip()}…"


def card(title: str, parts: Iterable[str]) -> str:
    """A box with a heading; `parts` are pieces made here."""
    body = "".join(parts)
    digest = hashlib.sha256(f"{title}\0{body}".encode(errors="replace")).hexdigest()[:10]
    name = f"youli-{digest}"
    style = _STYLE.format(id=name)
    return f'<div id="{name}"><style>{style}</style><h4>{escaped(title)}</h4>{body}</div>'


def paragraph(text: str, *, soft: bool = False) -> str:
    """A paragraph; a soft one stands back."""
    kind = ' class="soft"' if soft else ""
    return f"<p{kind}>{escaped(text)}</p>"


def preformatted(lines: Iterable[str]) -> str:
    """Lines as they are, with their blanks."""
    clean = [html.escape(_UNPRINTABLE.sub(" ", line)) for line in lines]
    text = "\n".join(clean)
    return f"<pre>{text}</pre>"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A plain table."""
    top = "".join(f'<th scope="col">{escaped(one)}</th>' for one in head)
    cells = ("".join(f"<td>{escaped(cell)}</td>" for cell in row) for row in rows)
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def bars(title: str, rows: Sequence[tuple[str, float]], *, form: str = "{:+.3f}") -> str:
    """Signed bars, one a row, as an SVG element with a title and a description."""
    known = [abs(value) for _, value in rows if math.isfinite(value)]
    longest = max(known, default=0.0) or 1.0
    below = any(value < 0 for _, value in rows)
    zero = _LABEL_PX + (_BAR_PX / 2 if below else 0)
    scale = (_BAR_PX / 2 if below else _BAR_PX) / longest
    parts = []
    for at, (label, value) in enumerate(rows):
        y = at * _ROW_PX
        size = min(abs(value), longest) * scale if math.isfinite(value) else 0.0
        start = zero - size if value < 0 else zero
        sign = "against" if value < 0 else "for"
        parts.append(
            f'<text x="{_LABEL_PX - 8}" y="{y + 15}" text-anchor="end">'
            f"{escaped(shortened(label, _LABEL_COLUMNS))}<title>{escaped(label)}</title></text>"
            f'<rect class="{sign}" x="{start:.1f}" y="{y + 4}" width="{size:.1f}" height="14" '
            f'rx="2"/><text class="soft" x="{_LABEL_PX + _BAR_PX + 8}" y="{y + 15}">'
            f"{escaped(form.format(value))}</text>"
        )
    width, height = _LABEL_PX + _BAR_PX + _NUMBER_PX, max(len(rows), 1) * _ROW_PX + 4
    said = "; ".join(f"{label} {form.format(value)}" for label, value in rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}" '
        f'width="{width}" style="max-width:100%;height:auto"><title>{escaped(title)}</title>'
        f"<desc>{escaped(said)}</desc>"
        f'<line x1="{zero}" x2="{zero}" y1="0" y2="{height}"/>{"".join(parts)}</svg>'
    )

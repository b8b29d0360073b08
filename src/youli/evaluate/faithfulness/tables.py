"""The document of `youli bench explain` as tables, plots and a page that stands alone."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from youli.evaluate.bench.plots import Line, bars, lines
from youli.evaluate.bench.tables import Grid, number
from youli.evaluate.files import write_files

__all__ = ["explain_grids", "explain_markdown", "explain_page", "write_explain_report"]

_FAITHFUL = (
    "del@1", "del@3", "ins@1", "ins@3", "pos", "neg", "pn_s", "pn_r_list", "spearman_left_out",
    "sign_violations", "completeness_residual",
)  # fmt: skip
_SHOWN = (
    "yield_same_checks", "yield_amount", "yield_direction", "coverage", "abstention", "size",
    "gini", "stability_first", "stability_set",
)  # fmt: skip
#: Of each group, beside its size and DEL@1.
_IN_GROUPS = ("yield_direction", "coverage_direction", "abstention")
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;"
    "color:#22303c;background:#fff}table{border-collapse:collapse;margin:.6rem 0 1.2rem;"
    "font-variant-numeric:tabular-nums;display:block;overflow-x:auto}td,th{padding:.2rem .6rem;"
    "border-bottom:1px solid #e3e8ec;text-align:right;white-space:nowrap}td:first-child,"
    "th:first-child{text-align:left}p{max-width:46rem}svg{max-width:100%;height:auto}"
)


def explain_grids(dataset: dict[str, Any]) -> list[Grid]:
    """Every table of one data set; a model and a method are one row."""
    rows = [(model, way) for model in dataset["models"] for way in model["methods"]]
    names = [f"{model['model']}: {way['method']}" for model, way in rows]

    def table(title: str, note: str, columns: tuple[str, ...]) -> Grid:
        cells = tuple(
            (name, *(number(way["numbers"].get(column), 3) for column in columns))
            for name, (_, way) in zip(names, rows, strict=True)
        )
        return Grid(title, note, ("model: method", *columns), cells)

    return [
        Grid(
            "What is explained",
            "leave one out, test, on the sampled cases; cases are listed products of shoppers "
            "with a history",
            ("model", "additive", "HR@10", "NDCG@10", "cases", "of known cause", "fit CPU s"),
            tuple(
                (
                    one["model"], "yes" if one["additive"] else "no", number(one["hr@10"], 3),
                    number(one["ndcg@10"], 3), f"{one['n_cases']:,}", f"{one['n_caused']:,}",
                    number(one["fit_cpu_s"], 1),
                )
                for one in dataset["models"]
            ),
        ),
        table(
            "Faithfulness",
            "lower is better: del, pos, sign_violations, completeness_residual; higher: ins, neg, "
            "pn_s, pn_r_list, spearman_left_out; a dash where a method claims no amounts",
            _FAITHFUL,
        ),
        table(
            "What would be shown",
            "yield: share of claims that pass the checks of the served reasons, those that do but "
            "for completeness, and those of which only the direction holds; "
            "coverage: share of products with a claim that passes all",
            _SHOWN,
        ),
        _causes(names, rows),
        Grid(
            "Cost of one explanation",
            "milliseconds of CPU time in this process; compare within one run only",
            ("model: method", "p50", "p95"),
            tuple(
                (name, number(way["ms_p50"], 2), number(way["ms_p95"], 2))
                for name, (_, way) in zip(names, rows, strict=True)
            ),
        ),
        _groups(names, rows),
        _by_attributes(dataset),
        *_agreements(dataset),
    ]  # fmt: skip


def explain_markdown(document: dict[str, Any]) -> str:
    """Every table of every data set."""
    parts = ["# Explanations, measured", _made(document)]
    for dataset in document["datasets"]:
        parts += [f"## {dataset['dataset']}", _about(dataset)]
        for grid in explain_grids(dataset):
            if grid.rows:
                rule = tuple("---" if not at else "---:" for at in range(len(grid.head)))
                rows = ["| " + " | ".join(row) + " |" for row in (grid.head, rule, *grid.rows)]
                parts += [f"### {grid.title}", "\n".join(rows), grid.note]
        parts += _left_out(dataset)
    return "\n\n".join(parts) + "\n"


def explain_page(document: dict[str, Any]) -> str:
    """The same with plots, as one page that asks nothing of any other host."""
    parts = [f"<h1>Explanations, measured</h1><p>{escape(_made(document))}</p>"]
    for dataset in document["datasets"]:
        parts.append(f"<h2>{escape(dataset['dataset'])}</h2><p>{escape(_about(dataset))}</p>")
        parts += _figures(dataset)
        for grid in explain_grids(dataset):
            if grid.rows:
                parts.append(_html(grid))
        parts += [f"<p>{escape(line)}</p>" for line in _left_out(dataset)]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Explanations, measured</title><style>{_STYLE}</style></head><body>"
        f"{''.join(parts)}</body></html>\n"
    )


def write_explain_report(document: dict[str, Any], folder: Path) -> list[Path]:
    """Write `report.json`, `report.md` and `report.html`; `StorageError` where the disk refuses."""
    return write_files(document, explain_markdown(document), explain_page(document), folder)


def _causes(names: list[str], rows: list[tuple[Any, Any]]) -> Grid:
    every = list(dict.fromkeys(cause for _, way in rows for cause in way["causes"]))
    shown = [cause for cause in every if cause not in ("all", "listed")]
    n = {c: max(way["causes"].get(c, {}).get("n", 0) for _, way in rows) for c in shown}
    by_cause = (f"p@1 {c} (n = {n[c]})" for c in shown)
    head = ("model: method", "p@1", "95 %", "r@3", "p@1 if listed", *by_cause)
    cells = []
    for name, (_, way) in zip(names, rows, strict=True):
        found = way["causes"]
        if found:
            whole = found["all"]
            cells.append(
                (
                    name, number(whole["precision@1"], 3),
                    f"{whole['low']:.3f} to {whole['high']:.3f}", number(whole["recall@3"], 3),
                    number(found.get("listed", {}).get("precision@1"), 3),
                    *(number(found.get(c, {}).get("precision@1"), 3) for c in shown),
                )
            )  # fmt: skip
    note = (
        "p@1: the past product named first is a true cause of the purchase; r@3: share of its true "
        "causes among the first three; ties at random; listed: the model had it in its list"
    )
    return Grid("Known causes found", note, head, tuple(cells))


def _groups(names: list[str], rows: list[tuple[Any, Any]]) -> Grid:
    groups = list(rows[0][1]["groups"]) if rows else []
    head = ["model: method"]
    what = ("n", "del@1", "yield", "covered", "abstains")
    head += [f"{one}, {name}" for one in groups for name in what]
    cells = []
    for name, (_, way) in zip(names, rows, strict=True):
        row = [name]
        for one in groups:
            found = way["groups"][one]
            row += [str(found["n"]), number(found.get("del@1"), 3)]
            row += [number(found.get(name), 3) for name in _IN_GROUPS]
        cells.append(tuple(row))
    note = (
        "yield and covered by direction: share of claims that hold, share of products with one; "
        "abstains: nothing is named; cold: under 4 past products, heavy: 10 or more; rare: the "
        "less popular half of the products, popular: the first tenth"
    )
    return Grid("Groups", note, tuple(head), tuple(cells))


def _by_attributes(dataset: dict[str, Any]) -> Grid:
    """As CountER judges: are the named attributes needed, are they enough?"""
    rows = [
        (
            f"{model['model']}: {name}", f"{found['n_named']:,}", number(found["pn"], 3),
            number(found["ps"], 3), number(found["f_ns"], 3), number(found["size"], 1),
            number(found["abstention"], 3),
        )
        for model in dataset["models"]
        for name, found in model["attributes"].get("methods", {}).items()
    ]  # fmt: skip
    note = (
        "PN: the product leaves the list when the named attributes count for nobody; PS: it stays "
        "when no other attribute counts; F_NS: their harmonic mean; random: as many of its own"
    )
    head = ("model: method", "cases", "PN", "PS", "F_NS", "named", "abstains")
    return Grid("Attributes, needed and enough", note, head, tuple(rows))


def _agreements(dataset: dict[str, Any]) -> list[Grid]:
    found = []
    for model in dataset["models"]:
        names = [way["method"] for way in model["methods"]]
        same = {tuple(row["methods"]): row["same_first"] for row in model["agreement"]}
        cells = tuple(
            (
                one,
                *(
                    "" if one == two else number(same.get((one, two), same.get((two, one))), 2)
                    for two in names
                ),
            )
            for one in names
        )
        title = f"Agreement, {model['model']}"
        note = "share of cases in which two methods name the same past product first"
        found.append(Grid(title, note, ("method", *names), cells if len(names) > 1 else ()))
    return found


def _figures(dataset: dict[str, Any]) -> list[str]:
    """Deletion and insertion curves of each model, and the causes found."""
    found = []
    for model in dataset["models"]:
        for kind, what in (("del", "Score kept without"), ("ins", "Score kept with only")):
            series = [
                Line(way["method"], order, {
                    str(q): way["numbers"][f"{kind}@{q}"] for q in range(1, 6)
                    if way["numbers"].get(f"{kind}@{q}") is not None
                })
                for order, way in enumerate(model["methods"])
            ]  # fmt: skip
            if any(one.points for one in series):
                title = f"{model['model']}: {what.lower()} the first q past products"
                svg = lines(series, [str(q) for q in range(1, 6)], "q", measure="score kept")
                found.append(_figure(title, svg))
        series = [
            Line(way["method"], order, {
                cause: row["precision@1"] for cause, row in way["causes"].items()
                if row["precision@1"] is not None
            })
            for order, way in enumerate(model["methods"])
        ]  # fmt: skip
        groups = list(dict.fromkeys(cause for one in series for cause in one.points))
        if groups:
            title = f"{model['model']}: the true cause named first"
            found.append(_figure(title, bars(series, groups, measure="precision@1")))
    return found


def _figure(title: str, svg: str) -> str:
    words = escape(title)
    start = svg.index(">") + 1
    titled = f'{svg[: start - 1]} role="img" aria-label="{words}">{svg[start:]}'
    return (
        f"<figure><figcaption>{words}; the numbers are in the tables</figcaption>{titled}</figure>"
    )


def _html(grid: Grid) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in grid.head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in grid.rows
    )
    return (
        f"<h3>{escape(grid.title)}</h3><p>{escape(grid.note)}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _made(document: dict[str, Any]) -> str:
    host = document["machine"]
    quick = " Small deep models (--quick)." if document["quick"] else ""
    return (
        f"youli {document['version']}, seed {document['seed']}, lists of {document['k']}; "
        f"{host['n_cores']} cores of {host['cpu']}, Python {host['python']}.{quick}"
    )


def _about(dataset: dict[str, Any]) -> str:
    simulated = "Simulated data. " if dataset["simulated"] else ""
    said = "".join(f" {name} {value};" for name, value in dataset["about"].items())
    return (
        f"{simulated}{dataset['n_users']:,} shoppers, {dataset['n_items']:,} products, "
        f"{dataset['n_interactions']:,} events;{said} data {dataset['data_hash'][:12]}."
    )


def _left_out(dataset: dict[str, Any]) -> list[str]:
    said = [
        f"Left out with {model['model']}: {one['method']} ({one['why']})."
        for model in dataset["models"]
        for one in model["left_out"]
    ]
    return said + [
        f"Attributes of {model['model']} are not judged: {model['attributes']['left_out']}."
        for model in dataset["models"]
        if "left_out" in model["attributes"]
    ]

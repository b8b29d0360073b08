// Plots made in the page. Each is a picture with its numbers in a table below, so that nobody has to see it.
import { h, s } from "./dom.js";
import { count, percent, share as fine, t } from "./i18n.js";

const WIDE = 640;
const HIGH = 220;
const LEFT = 52;
const BELOW = 26;
/** Colours that are told apart; from here on they begin again. */
const N_COLOURS = 9;

export const colour = (at) => `c${at % N_COLOURS}`;

/** A table of bars with the ends of their intervals. `rows` are {label, note, share, low, high}; the largest fills the width. */
export function shares(caption, rows, form = fine) {
  const most = Math.max(1e-12, ...rows.map((row) => row.high ?? row.share));
  const at = (value) => `${(100 * value) / most}%`;
  return h("table", { class: "shares" },
    h("caption", { class: "hidden" }, caption),
    h("thead", {}, h("tr", { class: "hidden" }, [t("bars.what"), t("bars.amount")].map((words) => h("th", { scope: "col" }, words)))),
    h("tbody", {}, rows.map(({ label, note, share, low, high }) => h("tr", {},
      h("th", { scope: "row" }, label, note && h("small", { class: "soft" }, note),
        h("span", { class: "share", vars: { "--size": at(share), "--low": at(low ?? share), "--high": at(high ?? share) }, "aria-hidden": "true" }, h("i"), low !== undefined && h("b"))),
      h("td", { class: "num" }, form(share), low !== undefined && h("small", { class: "soft" }, `${form(low)} – ${form(high)}`))))));
}

/** Round up to a plain number, so that the columns fill the height. */
function ceiling(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10].map((one) => one * power).find((one) => one >= value * 0.999999);
}

function frame(title, summary, parts, below, table) {
  return h("figure", { class: "plot" }, h("figcaption", {}, title),
    s("svg", { viewBox: `0 0 ${WIDE} ${HIGH + BELOW}`, role: "img", "aria-label": `${title}. ${summary}` }, ...parts), below,
    h("details", {}, h("summary", {}, t("plot.numbers")), h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, table)));
}

/** Horizontal lines with their values, from zero to `top`. */
function grid(top, form) {
  return [0, 0.5, 1].flatMap((part) => {
    const y = HIGH - part * (HIGH - 14);
    return [s("line", { x1: LEFT, x2: WIDE, y1: y, y2: y, class: part ? "grid" : "axis" }), s("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, form(part * top))];
  });
}

/** Words under the columns: as many as fit. */
function under(labels) {
  const step = (WIDE - LEFT) / labels.length;
  const longest = Math.max(0, ...labels.map((words) => [...words.slice(0, 12)].reduce((sum, one) => sum + (one > "\u2e80" ? 12.5 : 6.6), 0)));
  const every = Math.max(1, Math.ceil((labels.length * (longest + 12)) / (WIDE - LEFT)));
  return labels.flatMap((words, at) => (at % every ? [] : [s("text", { x: LEFT + step * (at + 0.5), y: HIGH + 18, "text-anchor": "middle" }, words.length > 12 ? `${words.slice(0, 11)}…` : words)]));
}

function tabled(heads, rows) {
  return h("table", { class: "plain" }, h("thead", {}, h("tr", {}, heads.map((words) => h("th", { scope: "col" }, words)))),
    h("tbody", {}, rows.map(([head, ...cells]) => h("tr", {}, h("th", { scope: "row" }, head), cells.map((cell) => h("td", { class: "num" }, cell))))));
}

/** Columns of one size each. */
export function columns(title, labels, values, { form = count, unit = "" } = {}) {
  const top = ceiling(Math.max(0, ...values));
  const step = (WIDE - LEFT) / Math.max(1, labels.length);
  const most = values.indexOf(Math.max(...values));
  const parts = [...grid(top, form), ...under(labels),
    ...values.map((value, at) => s("rect", { x: LEFT + step * at + step * 0.12, width: step * 0.76, y: HIGH - (value / top) * (HIGH - 14), height: (value / top) * (HIGH - 14), class: colour(0) }, s("title", {}, `${labels[at]}: ${form(value)}`)))];
  return frame(title, values.length ? t("plot.most", { what: labels[most], value: form(values[most]) }) : "", parts, null, tabled([t("bars.what"), unit || t("bars.amount")], labels.map((words, at) => [words, form(values[at])])));
}

/** Columns of parts that lie on each other. `series` are {name, values}; a column's parts add up to its size. */
export function stacked(title, labels, series, { form = percent } = {}) {
  const sums = labels.map((_, at) => series.reduce((sum, one) => sum + one.values[at], 0));
  const top = Math.max(1e-12, ...sums);
  const step = (WIDE - LEFT) / Math.max(1, labels.length);
  const parts = [...grid(top, form), ...under(labels)];
  labels.forEach((words, at) => {
    let below = 0;
    series.forEach(({ name, values }, which) => {
      const high = (values[at] / top) * (HIGH - 14);
      parts.push(s("rect", { x: LEFT + step * at + step * 0.12, width: step * 0.76, y: HIGH - below - high, height: high, class: colour(which) }, s("title", {}, `${words}, ${name}: ${form(values[at])}`)));
      below += high;
    });
  });
  return frame(title, series.length ? t("plot.largest", { what: series[0].name }) : "", parts, legend(series), tabled([t("bars.what"), ...labels], series.map(({ name, values }) => [name, ...values.map(form)])));
}

/** Lines over the same places. `series` are {name, values, low, high}; a null value is a gap. */
export function curves(title, labels, series, { form = count, top = null } = {}) {
  const all = series.flatMap((one) => [...one.values, ...(one.high ?? [])]).filter((value) => value !== null);
  const most = top ?? ceiling(Math.max(0, ...all));
  const step = (WIDE - LEFT) / Math.max(1, labels.length);
  const point = (value, at) => [LEFT + step * (at + 0.5), HIGH - (value / most) * (HIGH - 14)];
  const parts = [...grid(most, form), ...under(labels)];
  series.forEach(({ name, values, low, high }, which) => {
    if (low) {
      const there = values.map((_, at) => at).filter((at) => values[at] !== null);
      const edge = [...there.map((at) => point(high[at], at)), ...there.reverse().map((at) => point(low[at], at))];
      if (edge.length) parts.push(s("path", { d: `M${edge.map((one) => one.join(" ")).join("L")}Z`, class: `band ${colour(which)}` }));
    }
    const runs = values.reduce((found, value, at) => { if (value === null) found.push([]); else found.at(-1).push(point(value, at)); return found; }, [[]]);
    for (const run of runs.filter((one) => one.length)) parts.push(s("path", { d: `M${run.map((one) => one.join(" ")).join("L")}`, class: `line ${colour(which)}` }));
    values.forEach((value, at) => { if (value !== null) { const [cx, cy] = point(value, at); parts.push(s("circle", { cx, cy, r: 3.2, class: colour(which) }, s("title", {}, `${labels[at]}, ${name}: ${form(value)}`))); } });
  });
  return frame(title, series.map((one) => one.name).join(", "), parts, series.length > 1 ? legend(series) : null, tabled([t("bars.what"), ...labels], series.map(({ name, values }) => [name, ...values.map((value) => (value === null ? "–" : form(value)))])));
}

const legend = (series) => h("p", { class: "legend" }, series.map(({ name }, at) => h("span", {}, h("i", { class: colour(at), "aria-hidden": "true" }), name)));

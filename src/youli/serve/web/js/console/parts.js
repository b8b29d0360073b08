// Pieces that several pages of the console use.
import { h } from "../dom.js";
import { language, t } from "../i18n.js";

/** Figures in a row: [value, words]. */
export const figures = (pairs) => h("div", { class: "figures" }, pairs.map(([value, words]) => h("div", {}, h("b", {}, value), h("span", {}, words))));

export const section = (title, ...parts) => h("section", { "aria-label": title }, h("h2", {}, title), parts);

/** A moment in this browser's own time. */
export const moment = (iso) => h("time", { datetime: iso }, new Intl.DateTimeFormat(language() === "zh" ? "zh-CN" : "en-GB", { dateStyle: "short", timeStyle: "medium" }).format(new Date(iso)));

export const mark = (words, kind = "") => h("span", { class: `mark ${kind}` }, words);

/** Words of a key that may be missing: then the plain name. */
export function named(key, name) {
  const words = t(`${key}.${name}`);
  return words === `${key}.${name}` ? name.replaceAll("_", " ") : words;
}

export const lookupAddress = (kind, id) => `/console/lookup?${new URLSearchParams({ [kind]: id })}`;
export const toShopper = (id) => h("a", { href: lookupAddress("user", id), "data-link": true }, id);
export const toProduct = (id, title = id) => h("a", { href: lookupAddress("item", id), "data-link": true }, title);

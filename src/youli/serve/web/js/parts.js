// Pieces that several views use.
import { ApiError } from "./api.js";
import { h } from "./dom.js";
import { language, t } from "./i18n.js";
import { state } from "./store.js";

const MESSAGES = { network: "error.network", session_over: "error.over", no_key: "error.over", not_found: "error.not_found", too_many_requests: "error.busy" };

/** A notice for something that failed, with the next step. */
export function failure(error, retry) {
  if (!(error instanceof ApiError)) throw error;
  const over = error.status === 401;
  const message = t(MESSAGES[error.code] ?? "error.other", { id: error.requestId });
  const action = error.status === 404
    ? h("a", { class: "btn", href: address("/"), "data-link": true }, t("home.link"))
    : h("button", { type: "button", class: "btn", onclick: over ? () => location.reload() : retry }, t(over ? "reload" : "retry"));
  return h("div", { class: "notice", role: "alert" }, h("h2", {}, t("error.title")), h("p", {}, message), action);
}

/** Grey tiles while a list is on its way. */
export const ghosts = (n) => h("div", { class: "tiles", role: "img", "aria-label": t("loading") }, Array.from({ length: n }, () => h("div", { class: "tile ghost" })));

/** What a product is, in one line: the end of its category and its brand. */
export function meta(item) {
  const title = item.title.toLowerCase();
  const category = item.category.findLast((part) => !title.includes(part.toLowerCase()));
  return [category, item.brand].filter(Boolean).join(" · ");
}

/** Titles that several of these products have: there the number tells them apart. */
export function sharedTitles(items) {
  const first = new Map();
  const shared = new Set();
  for (const { item_id, title } of items) if ((first.get(title) ?? first.set(title, item_id).get(title)) !== item_id) shared.add(title);
  return shared;
}

/** An address of this page that keeps shopper and language. */
export const address = (path, params = {}) => `${path}?${new URLSearchParams({ ...params, user: state.user, lang: language() })}`;
export const itemAddress = (itemId) => address(`/item/${encodeURIComponent(itemId)}`);

/** A switch; on means that the product is ignored. */
export function ignoreSwitch(item, ignored, onchange, words = "ignore") {
  return h("button", { type: "button", class: "switch", role: "switch", "aria-checked": String(ignored), "aria-label": t("ignore.of", { title: item.title }), "data-switch": item.item_id, onclick: () => onchange(!ignored) }, t(words));
}

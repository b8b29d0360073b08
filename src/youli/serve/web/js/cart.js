// The shopper's cart. What lies in it is kept in this browser; the shop learns of it by events alone.
import { byId, h } from "./dom.js";
import { t } from "./i18n.js";
import { address } from "./parts.js";
import { state } from "./store.js";

const key = () => `youli.cart.${state.user}`;

/** Lines in the order of adding: [item_id, quantity]. */
export function lines() {
  try {
    const read = JSON.parse(localStorage.getItem(key()) ?? "[]");
    return Array.isArray(read) ? read.filter(([item, n]) => typeof item === "string" && n > 0) : [];
  } catch {
    return [];
  }
}

function keep(kept) {
  if (kept.length) localStorage.setItem(key(), JSON.stringify(kept));
  else localStorage.removeItem(key());
  showCount();
}

export function put(itemId) {
  const kept = lines();
  const line = kept.find(([item]) => item === itemId);
  if (line) line[1] += 1;
  else kept.push([itemId, 1]);
  keep(kept);
}

/** Take one piece out, or with `all` the whole line. */
export function take(itemId, { all = false } = {}) {
  keep(lines().map(([item, n]) => [item, item === itemId ? (all ? 0 : n - 1) : n]).filter(([, n]) => n > 0));
}

export const clear = () => keep([]);

export const cartLink = () => h("a", { href: address("/cart"), "data-link": true, id: "cart", "aria-current": location.pathname === "/cart" ? "page" : null });

/** Say in the header how many pieces there are. */
export function showCount() {
  const n = lines().reduce((sum, [, pieces]) => sum + pieces, 0);
  const link = byId("cart");
  if (!link) return;
  link.replaceChildren(t("nav.cart"), ...(n ? [h("span", { class: "count num", "aria-hidden": "true" }, String(n))] : []));
  link.setAttribute("aria-label", t("nav.cart.of", { n }));
}

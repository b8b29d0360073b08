// Lists that were shown, with their reasons; each is computed again and compared.
import * as api from "../api.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { failure, ghosts } from "../parts.js";
import { mark, moment, named, section, toProduct, toShopper } from "./parts.js";

const LIMIT = 50;

export async function showAudit(put) {
  const user = new URLSearchParams(location.search).get("user") ?? "";
  const [{ lists }, { audit }] = await Promise.all([api.getConsole("/lists", { user, limit: LIMIT }), api.getAudit(LIMIT)]);
  const field = h("input", { type: "search", value: user, maxlength: "256", autocomplete: "off" });
  const link = h("a", { hidden: true, "data-link": true });
  put(
    section(t("audit.lists"),
      h("form", { class: "fields", onsubmit: (event) => { event.preventDefault(); link.href = `/console/audit?${new URLSearchParams({ user: field.value.trim() })}`; link.click(); } }, h("label", {}, t("audit.user"), field), link, h("button", { type: "submit", class: "quiet" }, t("lookup.go"))),
      lists.length ? h("ul", { class: "shown" }, lists.map(row)) : h("p", { class: "soft" }, t("audit.none"))),
    section(t("audit.who"), audit.length ? h("ul", { class: "rows" }, audit.map((one) => h("li", {}, moment(one.at), h("b", {}, one.action), h("span", {}, one.subject), h("span", { class: "soft" }, one.actor)))) : h("p", { class: "soft" }, t("audit.who.none"))));
}

function row(one) {
  const holder = h("div", {});
  const details = h("details", { ontoggle: () => { if (details.open && !holder.hasChildNodes()) replay(one.recommendation_id, holder); } },
    h("summary", {}, moment(one.created), " ", named("audit.list", one.placement), " ", h("span", { class: "soft" }, t("audit.products", { n: one.n_items })), one.n_promoted > 0 && [" ", mark(t("audit.promoted", { n: one.n_promoted }))]),
    h("p", { class: "meta" }, one.user_id ? toShopper(one.user_id) : t("audit.nobody"), " · ", t("audit.model", { version: one.model_version })), holder);
  return h("li", {}, details);
}

async function replay(id, holder) {
  holder.replaceChildren(ghosts(1));
  try {
    const found = await api.getConsole(`/lists/${encodeURIComponent(id)}`);
    const again = found.replayed;
    const at = new Map((again?.differences ?? []).map((one) => [one.rank, one.what]));
    holder.replaceChildren(
      h("p", {}, again ? again.equal ? mark(t("audit.equal"), "good") : mark(t("audit.differs", { n: again.differences.length }), "bad") : mark(t(`audit.not.${found.not_replayed}`)),
        again && again.n_later_events > 0 && [" ", h("span", { class: "soft" }, t("audit.later", { n: again.n_later_events }))]),
      h("div", { class: again && !again.equal ? "twins" : null }, listed(t("audit.shown"), found.items, new Map()), again && !again.equal && listed(t("audit.again"), again.items, at)));
  } catch (error) {
    holder.replaceChildren(failure(error, () => replay(id, holder)));
  }
}

const listed = (title, items, at) => h("div", {}, h("h3", {}, title), h("ol", {}, items.map((one) => h("li", { value: one.rank }, toProduct(one.item_id, one.title), at.has(one.rank) && [" ", mark(t(`audit.what.${at.get(one.rank)}`), "bad")], one.reasons.map((text) => h("p", { class: "soft meta" }, text))))));

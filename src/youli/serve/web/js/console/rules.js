// The shop's own rules: made, tried on real lists, switched on and off.
import * as api from "../api.js";
import { h } from "../dom.js";
import { language, t } from "../i18n.js";
import { say } from "../toast.js";
import { mark, moment, named, section, toProduct } from "./parts.js";

const KINDS = ["pin", "boost", "bury", "hide", "in_stock"];
const PLACEMENTS = ["", "home", "search", "cart", "trending", "similar", "bought-together", "buy-again", "recently-viewed", "new-for-you"];

export async function showRules(put) {
  const [{ rules }, { users }] = await Promise.all([api.getRules(), api.getUsers("", 3)]);
  const again = () => showRules(put);
  put(section(t("rules.all"), rules.length ? h("ul", { class: "rows" }, rules.map((rule) => line(rule, again))) : h("p", { class: "soft" }, t("rules.none"))),
    section(t("rules.make"), editor(users, again)));
}

function line(rule, again) {
  const { rule_id: id, version, updated, updated_by: by, n_products: n, unknown_items: unknown, problem, acts_now: acts, ...rest } = rule;
  const save = (changed, words) => async () => { await api.putRule(id, { ...rest, ...changed }); say(words); await again(); };
  return h("li", { "data-rule": id }, mark(named("rules.kind", rule.kind)), h("b", {}, rule.filter || rule.items.join(", ") || t("rules.everything")),
    h("span", { class: "soft" }, [rule.placement ? named("audit.list", rule.placement) : t("rules.everywhere"), n !== null && t("rules.products", { n }), rule.amount && t("rules.by", { amount: rule.amount }), rule.place && t("rules.at", { place: rule.place }), rule.note].filter(Boolean).join(" · ")),
    problem ? mark(problem, "bad") : mark(t(acts ? "rules.acts" : "rules.rests"), acts ? "good" : ""),
    h("span", { class: "soft meta" }, by, " ", moment(updated)),
    h("span", { class: "acts" },
      h("button", { type: "button", class: "quiet", "aria-label": t(rule.enabled ? "rules.off.of" : "rules.on.of", { id }), onclick: save({ enabled: !rule.enabled }, t(rule.enabled ? "rules.off.done" : "rules.on.done")) }, t(rule.enabled ? "rules.off" : "rules.on")),
      h("button", { type: "button", class: "quiet", "aria-label": t("rules.delete.of", { id }), onclick: async () => { await api.deleteRule(id); say(t("rules.deleted")); await again(); } }, t("rules.delete"))));
}

function editor(users, again) {
  const field = (key, control, hint) => h("label", {}, t(`rules.${key}`), control, hint && h("span", { class: "meta" }, t(hint)));
  const choose = (names, words) => h("select", {}, names.map((name) => h("option", { value: name }, words(name))));
  const kind = choose(KINDS, (name) => named("rules.kind", name));
  const placement = choose(PLACEMENTS, (name) => (name ? named("audit.list", name) : t("rules.everywhere")));
  const filter = h("input", { type: "text", maxlength: "2000", autocomplete: "off", spellcheck: "false" });
  const items = h("input", { type: "text", maxlength: "4000", autocomplete: "off", spellcheck: "false" });
  const amount = h("input", { type: "number", min: "0.01", max: "1000", step: "0.01", value: "1" });
  const place = h("input", { type: "number", min: "1", max: "100", step: "1", value: "1" });
  const note = h("input", { type: "text", maxlength: "500" });
  const tried = h("input", { type: "text", value: users.map((one) => one.user_id).join(", "), maxlength: "2000" });
  const said = h("div", { role: "status", "aria-live": "polite" });
  const rows = { filter: field("filter", filter, "rules.filter.hint"), items: field("items", items, "rules.items.hint"), amount: field("amount", amount), place: field("place", place) };
  const fit = () => {
    rows.amount.hidden = !["boost", "bury"].includes(kind.value);
    rows.place.hidden = kind.value !== "pin";
    rows.filter.hidden = kind.value === "pin";
  };
  kind.addEventListener("change", fit);
  fit();
  const ids = (text) => text.split(/[,，\s]+/).filter(Boolean);
  const written = () => ({
    kind: kind.value, placement: placement.value, note: note.value,
    ...(items.value.trim() ? { items: ids(items.value) } : rows.filter.hidden ? {} : { filter: filter.value.trim() }),
    ...(rows.amount.hidden ? {} : { amount: Number(amount.value) }), ...(rows.place.hidden ? {} : { place: Number(place.value) }),
  });
  const fault = (error) => said.replaceChildren(h("p", { class: "mark bad" }, error.detail || t("rules.wrong")));
  const preview = async (event) => {
    event.preventDefault();
    try { said.replaceChildren(...shown(await api.previewRule({ rule: written(), users: ids(tried.value), k: 10, lang: language() }))); } catch (error) { fault(error); }
  };
  const save = async () => {
    try { await api.postRule(written()); say(t("rules.saved")); await again(); } catch (error) { fault(error); }
  };
  return h("form", { class: "stack", onsubmit: preview }, field("kind", kind), field("placement", placement), rows.items, rows.filter, rows.amount, rows.place, field("note", note), field("tried", tried, "rules.tried.hint"),
    h("div", { class: "acts" }, h("button", { type: "submit", class: "quiet" }, t("rules.preview")), h("button", { type: "button", class: "btn", onclick: save }, t("rules.save"))), said);
}

/** The lists of some shoppers without and with the rule. */
function shown(found) {
  return [h("p", {}, t("rules.changes", { n: found.n_changed, lists: found.lists.length }), " ", t("rules.products", { n: found.n_products })),
    ...found.lists.map((one) => h("div", { class: "card" }, h("h3", {}, t("shopper", { id: one.user_id })), h("div", { class: "twins" },
      h("div", {}, h("h4", {}, t("rules.before")), h("ol", {}, one.before.map((row) => h("li", {}, toProduct(row.item_id, row.title))))),
      h("div", {}, h("h4", {}, t("rules.after")), h("ol", {}, one.after.map((row) => h("li", {}, toProduct(row.item_id, row.title), row.promoted && [" ", mark(t("promoted"))], row.rank_before === null ? [" ", mark(t("moved.new"), "good")] : row.rank_before !== row.rank && [" ", mark(`${row.rank_before} → ${row.rank}`)])))))))];
}

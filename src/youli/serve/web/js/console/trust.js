// How far each kind of reason has earned belief: of everybody taken together, or of one shopper.
import * as api from "../api.js";
import { h } from "../dom.js";
import { percent, t } from "../i18n.js";
import { shares } from "../plots.js";
import { mark, moment, named, section } from "./parts.js";

export async function showTrust(put) {
  const asked = new URLSearchParams(location.search).get("user");
  const { new_user_id: nobody } = await api.getUsers("", 1);
  const found = await api.getTrust(asked || nobody);
  const field = h("input", { type: "search", value: asked ?? "", maxlength: "256", autocomplete: "off" });
  const link = h("a", { hidden: true, "data-link": true });
  const rows = [...found.reasons].sort((a, b) => b.trust - a.trust).map((one) => ({ label: named("trust.kind", one.reason), note: asked ? t("trust.own", { n: Math.round(10 * one.n_own) / 10 }) : t("trust.others", { n: one.n_others }), share: one.trust, low: one.interval[0], high: one.interval[1] }));
  put(
    section(t("trust.whose"), h("form", { class: "fields", onsubmit: (event) => { event.preventDefault(); link.href = `/console/trust?${new URLSearchParams(field.value.trim() ? { user: field.value.trim() } : {})}`; link.click(); } }, h("label", {}, t("trust.user"), field), link, h("button", { type: "submit", class: "quiet" }, t("lookup.go"))),
      h("p", { class: "soft" }, asked ? t("trust.of", { id: asked }) : t("trust.all"))),
    h("div", { class: "grid" },
      section(t("trust.kinds"), h("p", { class: "soft" }, t("trust.kinds.intro")), shares(t("trust.kinds"), rows, (value) => percent(value))),
      section(t("trust.moved"), found.moved_by.length
        ? h("ul", { class: "rows" }, found.moved_by.map((one) => h("li", {}, moment(one.at), h("b", {}, named("trust.kind", one.reason)), mark(t(one.was_good ? "trust.good" : "trust.bad"), one.was_good ? "good" : "bad"), h("span", { class: "num" }, `${percent(one.before)} → ${percent(one.after)}`))))
        : h("p", { class: "soft" }, t("trust.unmoved")))));
}

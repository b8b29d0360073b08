// Data quality: what was read, dropped, repaired and kept when the shop was learned.
import * as api from "../api.js";
import { h } from "../dom.js";
import { count, day, percent, t } from "../i18n.js";
import { columns, shares } from "../plots.js";
import { figures, named, section } from "./parts.js";

export async function showData(put) {
  const report = await api.getConsole("/data");
  const reasons = report.checks.flatMap((check) => check.reasons.map((reason) => ({ ...reason, check: check.name })));
  const rows = reasons.filter(({ n }) => n > 0).sort((a, b) => b.n - a.n).slice(0, 12)
    .map((one) => ({ label: named("data.reason", one.reason), note: `${named("data.check", one.check)} · ${t(`data.${one.action}`)}`, share: one.n }));
  const known = report.completeness.map((one) => ({ label: `${t(`data.${one.table}`)}: ${one.column.replaceAll("_", " ")}`, note: t("data.distinct", { n: one.distinct }), share: one.total ? one.known / one.total : 0 }));
  put(
    section(t("data.size"), figures([[count(report.rows_in), t("data.rows_in")], [count(report.rows_kept), t("data.rows_kept")], [percent(report.rows_in ? report.rows_dropped / report.rows_in : 0, 1), t("data.rows_dropped")], [count(report.rows_repaired), t("data.rows_repaired")],
      [count(report.n_users), t("data.n_users")], [count(report.n_items), t("data.n_items")], [count(report.n_items_without_events), t("data.n_silent")], [count(report.n_orders), t("data.n_orders")]]),
    h("p", { class: "soft meta" }, report.time_is_order ? t("data.untimed") : t("data.span", { since: day(report.since), until: day(report.until) }))),
    h("div", { class: "grid" }, report.distributions.map((one) => h("section", {}, columns(one.name === "prices" ? t("data.plot.prices", { currency: report.currency }) : named("data.plot", one.name), one.labels, one.counts)))),
    h("div", { class: "grid" },
      section(t("data.reasons"), rows.length ? shares(t("data.reasons"), rows, count) : h("p", { class: "soft" }, t("data.clean"))),
      section(t("data.known"), shares(t("data.known"), known, (value) => percent(value, value > 0.995 && value < 1 ? 2 : 0)))),
    section(t("data.decisions"), h("ul", { class: "plain" }, report.decisions.map((words) => h("li", {}, words)), report.protected_left_out?.length > 0 && h("li", {}, t("how.rule.protected", { names: report.protected_left_out.join(", ") })))),
    section(t("data.files"), h("ul", { class: "rows" }, report.files.map((file) => h("li", {}, h("b", {}, t(`data.${file.role}`)), h("span", {}, file.where), h("span", { class: "soft" }, t("data.file.rows", { n: file.rows })))))));
}

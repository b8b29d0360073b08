// The model card: how good the lists were found, what they are made with, and how far the shop has moved since.
import * as api from "../api.js";
import { channelName } from "../bars.js";
import { h } from "../dom.js";
import { count, day, percent, t } from "../i18n.js";
import { columns, curves, shares } from "../plots.js";
import { say } from "../toast.js";
import { figures, mark, named, section } from "./parts.js";

const fine = (value) => value.toFixed(4);
const READINGS = { same: "good", some: "", much: "bad", unknown: "" };

export async function showModel(put) {
  const card = await api.getConsole("/model");
  const latest = card.evaluations.find((one) => one.model_version === card.model_version);
  put(
    section(t("model.what"), figures([[card.model_version, t("model.version")], [count(card.n_events), t("data.n_events")], [count(card.n_items), t("data.n_items")], [count(card.n_users), t("data.n_users")], [day(card.data_until), t("model.until")]]),
      h("p", { class: "soft meta" }, t("model.channels", { names: card.channels.map(channelName).join(", ") }), " · ", t("model.saved", { names: card.models.join(", ") }))),
    latest ? accuracy(latest) : section(t("model.accuracy"), h("p", {}, t("model.unjudged"))),
    section(t("model.bring"), bring(() => showModel(put))),
    card.evaluations.length > 1 && section(t("model.versions"), versions(card.evaluations)),
    section(t("model.drift"), drift(card.drift)));
}

function accuracy(found) {
  const rows = (task, measure) => found.models.filter((one) => one[task]?.[measure] !== undefined && one[task][measure] !== null)
    .map((one) => ({ label: named("model.name", one.model), share: one[task][measure] })).sort((a, b) => b.share - a.share);
  const reasons = found.explanations;
  return h("div", { class: "grid" },
    section(t("model.accuracy"), h("p", { class: "soft" }, t("model.protocol", { n: found.n_cases, days: found.test_days, date: day(found.cutoff) })),
      shares(t("model.accuracy"), rows("overall", "ndcg@10"), fine),
      h("ul", { class: "plain" }, found.differences.map((one) => h("li", {}, t("model.difference", { task: named("model.task", one.task), against: named("model.name", one.against), mean: signed(one.mean), low: signed(one.low), high: signed(one.high) }))))),
    section(t("model.new"), h("p", { class: "soft" }, t("model.new.intro")), shares(t("model.new"), rows("new", "ndcg@10"), fine)),
    section(t("model.reasons"), figures([
      [percent(reasons.specific_share ?? 0, 1), t("model.specific")],
      [reasons.counterfactual_valid_share === null ? "–" : percent(reasons.counterfactual_valid_share, 1), t("model.valid")],
      [Number(reasons.completeness_residual).toExponential(0), t("model.residual")],
      [t("model.ms", { ms: reasons.latency_p50_ms }), t("model.p50")]])));
}

const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(4)}`;

/** NDCG@10 of the ledger and of the best other, oldest version first. */
function versions(evaluations) {
  const found = [...evaluations].reverse();
  const ofLedger = (one) => one.models.find(({ model }) => model === "ledger")?.overall["ndcg@10"] ?? null;
  const ofOthers = (one) => Math.max(...one.models.filter(({ model }) => model !== "ledger").map((row) => row.overall["ndcg@10"]));
  return curves(t("model.versions.plot"), found.map((one) => one.model_version.slice(0, 7)), [{ name: named("model.name", "ledger"), values: found.map(ofLedger) }, { name: t("model.baseline"), values: found.map(ofOthers) }], { form: fine });
}

/** Keep a file that `youli evaluate --json` wrote. */
function bring(again) {
  const said = h("p", { role: "status", class: "soft" });
  const take = async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    try {
      await api.putEvaluation(JSON.parse(await file.text()));
      say(t("model.kept"));
      await again();
    } catch {
      said.textContent = t("model.bad");
    }
  };
  return [h("p", { class: "soft" }, t("model.bring.intro")), h("div", { class: "fields" }, h("label", {}, t("model.file"), h("input", { type: "file", accept: "application/json,.json", onchange: take }))), said];
}

function drift(found) {
  const { windows, live } = found;
  if (!windows.length && !live) return h("p", { class: "soft" }, t("drift.none"));
  const all = [...windows, ...(live ? [live] : [])];
  const labels = all.map((one) => (one.until ? day(one.until) : t("drift.live")));
  return [h("p", { class: "soft" }, t("drift.intro", { by: found.by, n: found.window_days })),
    h("div", { class: "twins" },
      columns(t("drift.psi"), labels, all.map((one) => one.psi ?? 0), { form: (value) => value.toFixed(3) }),
      columns(t("drift.new"), labels, all.map((one) => one.new_product_share ?? 0), { form: (value) => percent(value, 1) })),
    h("ul", { class: "rows" }, all.map((one, at) => h("li", {}, h("b", {}, labels[at]), h("span", { class: "soft" }, t("data.events.n", { n: one.n_events })), mark(t(`drift.${one.reading}`), READINGS[one.reading]))))];
}

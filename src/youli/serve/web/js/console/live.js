// Events and feedback as they come in.
import * as api from "../api.js";
import { h } from "../dom.js";
import { count, t } from "../i18n.js";
import { columns } from "../plots.js";
import { figures, mark, moment, named, section, toProduct, toShopper } from "./parts.js";

const EVERY_MS = 2500;
const LIMIT = 60;
const MINUTES = 30;

export async function showLive(put) {
  let timer = 0;
  const holder = { figures: h("div", {}), plot: h("div", {}), events: h("ul", { class: "rows" }), feedback: h("ul", { class: "rows" }) };
  const refresh = async () => {
    const found = await api.getConsole("/live", { limit: LIMIT });
    holder.figures.replaceChildren(figures([[count(found.n_events), t("live.n")], [count(found.feedback.length), t("live.feedback.n")]]));
    holder.plot.replaceChildren(perMinute(found.events));
    holder.events.replaceChildren(...(found.events.length ? found.events.map(event) : [h("li", { class: "soft" }, t("live.none"))]));
    holder.feedback.replaceChildren(...(found.feedback.length ? found.feedback.map(said) : [h("li", { class: "soft" }, t("live.feedback.none"))]));
  };
  await refresh();
  const pause = h("button", { type: "button", class: "quiet", "aria-pressed": "false", onclick: () => pause.setAttribute("aria-pressed", String(pause.ariaPressed !== "true")) }, t("live.pause"));
  put(section(t("live.now"), holder.figures, h("div", { class: "fields" }, pause), holder.plot),
    h("div", { class: "grid" }, section(t("live.events"), holder.events), section(t("live.feedback"), holder.feedback)));
  timer = setInterval(() => { if (pause.ariaPressed !== "true" && !document.hidden) refresh().catch(() => {}); }, EVERY_MS);
  return () => clearInterval(timer);
}

function perMinute(events) {
  const now = Date.now();
  const counts = new Array(MINUTES).fill(0);
  for (const one of events) {
    const ago = Math.floor((now - new Date(one.received)) / 60000);
    if (ago >= 0 && ago < MINUTES) counts[MINUTES - 1 - ago] += 1;
  }
  return columns(t("live.plot", { n: LIMIT }), counts.map((_, at) => (at === MINUTES - 1 ? t("live.minute.now") : `−${MINUTES - 1 - at}`)), counts);
}

const event = (one) => h("li", {}, moment(one.received), h("b", {}, named("event", one.event)), toProduct(one.item_id), toShopper(one.user_id));
const said = (one) => h("li", {}, moment(one.created), mark(named("live.kind", one.kind)), h("span", { class: "soft" }, one.about === "reason" ? one.reason ?? "" : ""), toProduct(one.item_id), toShopper(one.user_id), one.is_withdrawn && mark(t("live.withdrawn")));

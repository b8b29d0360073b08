// What drives the lists: of everybody or of a group, now and over the months.
import * as api from "../api.js";
import { attributeName, channelName } from "../bars.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { failure, ghosts } from "../parts.js";
import { shares, stacked } from "../plots.js";
import { named, section } from "./parts.js";

const N_SHOPPERS = 40;
const N_MONTHS = 6;
const ASPECTS = { channel: channelName, event: (name) => named("drivers.event", name), attribute: (name) => (name === "no attribute" ? t("drivers.attribute.none") : [attributeName(name), ...(name.match(/ \d+$/) ?? [])].join("")), age: (name) => named("drivers.age", name) };

export async function showDrivers(put) {
  const asked = new URLSearchParams(location.search).get("segment") ?? "";
  const found = await api.getConsole("/drivers", { segment: asked, shoppers: N_SHOPPERS });
  const months = h("div", {}, ghosts(1));
  const choose = h("select", { onchange: () => { history.replaceState(null, "", `/console/drivers?${new URLSearchParams({ segment: choose.value })}`); showDrivers(put); } },
    found.segments.map((name) => h("option", { value: name, selected: name === asked }, name === "" || name === "new" || name === "heavy" ? t(`drivers.segment.${name || "all"}`) : name.replace("=", ": ").replaceAll("_", " "))));
  put(
    section(t("drivers.whom"), h("div", { class: "fields" }, h("label", {}, t("drivers.segment"), choose)),
      h("p", { class: "soft meta" }, t("drivers.scope", { ledgers: found.n_ledgers, n: found.n_shoppers, all: found.n_in_group }))),
    h("div", { class: "grid" }, Object.entries(ASPECTS).map(([aspect, name]) => section(t(`drivers.by.${aspect}`),
      shares(t(`drivers.by.${aspect}`), found.shares[aspect].slice(0, 10).map((one) => ({ ...one, label: name(one.name) })))))),
    section(t("drivers.time"), h("p", { class: "soft" }, t("drivers.time.intro")), months));
  overMonths(put, months, asked, found);
}

/** The months cost a list each for every shopper: they come when they are there. */
async function overMonths(put, holder, segment, found) {
  try {
    const over = await api.getConsole("/drivers", { segment, shoppers: N_SHOPPERS, months: N_MONTHS });
    const names = [...new Set(found.shares.channel.map((one) => one.name))];
    holder.replaceChildren(over.months.length
      ? stacked(t("drivers.time"), over.months.map((one) => one.month), names.map((name) => ({ name: channelName(name), values: over.months.map((one) => one.channel.find((row) => row.name === name)?.share ?? 0) })))
      : h("p", { class: "soft" }, t("drivers.time.none")));
  } catch (error) {
    holder.replaceChildren(failure(error, () => showDrivers(put)));
  }
}

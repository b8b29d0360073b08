// Contribution bars: what speaks for the product, what against it, and the total.
import { h } from "./dom.js";
import { amount, digitsFor, t } from "./i18n.js";

export const channelName = (channel) => { const key = `channel.${channel}`; const name = t(key); return name === key ? channel : name; };

/** What an entry of the ledger rests on, in words. */
export function evidenceLabel(entry) {
  const { evidence, channel } = entry;
  const { kind, title, attribute } = evidence;
  const special = `evidence.${kind}.${channel}`;
  switch (kind) {
    case "history": {
      const events = evidence.events ?? [];
      const words = t("evidence.history", { event: t(`event.${events.at(-1)?.event ?? "purchase"}`), title });
      return events.length > 1 ? `${words} ${t("times", { n: events.length })}` : words;
    }
    case "attribute": return t(title ? "evidence.attribute.from" : "evidence.attribute", { name: attributeName(attribute.name), value: lastOf(attribute.value), title });
    case "profile": return t("evidence.profile", attribute);
    case "repurchase": return t("evidence.repurchase");
    case "feedback": return t(attribute.name === "product" ? "evidence.feedback.product" : "evidence.attribute", { name: attributeName(attribute.name), value: lastOf(attribute.value) });
    case "query": return attribute ? t("evidence.query", { name: attributeName(attribute.name), value: attribute.value }) : t("evidence.query.meaning");
    case "item": return translated(special, "evidence.item");
    case "rule": return evidence.n_merged ? translated(special, "evidence.rule", evidence.n_merged) : t("evidence.rule");
    default: return t("evidence.remainder", { n: evidence.n_merged ?? 1 });
  }
}

/** An attribute's name: "category 3" and the like are the shop's category. */
export function attributeName(name) {
  const key = `attribute.${name.replace(/ \d+$/, "")}`;
  const words = t(key);
  return words === key ? name.replaceAll("_", " ") : words;
}

/** The end of a category path. */
const lastOf = (value) => value.split(" > ").at(-1);

function translated(key, fallback, n) {
  const words = t(key, n === undefined ? {} : { n });
  return words === key ? t(fallback) : words;
}

function bar(value, low, span) {
  const from = value < 0 ? value - low : -low;
  const vars = { "--from": `${(100 * from) / span}%`, "--size": `${(100 * Math.abs(value)) / span}%`, "--zero": `${(-100 * low) / span}%` };
  return h("span", { class: value < 0 ? "bar minus" : "bar", vars, "aria-hidden": "true" }, h("i"));
}

/** A table of bars. `rows` are {label, note, value}; they add up to `total`. */
export function bars(caption, rows, total, name) {
  const low = Math.min(0, ...rows.map((row) => row.value));
  const span = Math.max(0, ...rows.map((row) => row.value)) - low || 1;
  const digits = digitsFor(total);
  return h("table", { class: "bars", "data-bars": name },
    h("caption", {}, caption),
    h("colgroup", {}, h("col"), h("col", { class: "amounts" })),
    h("thead", {}, h("tr", { class: "hidden" }, h("th", { scope: "col" }, t("bars.what")), h("th", { scope: "col" }, t("bars.amount")))),
    h("tbody", {}, rows.map((row) => h("tr", {},
      h("th", { scope: "row" }, row.label, row.note && h("small", {}, row.note), bar(row.value, low, span)),
      h("td", { class: "num", "data-amount": row.value }, amount(row.value, digits))))),
    h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, t("bars.total")), h("td", { class: "num", "data-total": total }, amount(total, digits)))));
}

/** Sum a ledger by channel, largest first. */
export function byChannel(ledger) {
  const sums = new Map();
  for (const { channel, amount: value } of ledger) sums.set(channel, (sums.get(channel) ?? 0) + value);
  return [...sums].map(([channel, value]) => ({ label: channelName(channel), value })).sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
}

/** One row for each entry of a ledger; beyond `limit`, the smaller ones as one row. */
export function byEvidence(ledger, limit) {
  const row = (entry) => ({ label: evidenceLabel(entry), note: channelName(entry.channel), value: entry.amount });
  const sorted = [...ledger].sort((a, b) => Math.abs(b.amount) - Math.abs(a.amount));
  if (sorted.length <= limit + 1) return sorted.map(row);
  const small = sorted.slice(limit);
  const value = small.reduce((sum, entry) => sum + entry.amount, 0);
  return [...sorted.slice(0, limit).map(row), { label: t("bars.smaller", { n: small.length }), value }];
}

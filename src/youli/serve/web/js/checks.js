// The checks that an explanation passed, in plain words with their numbers.
import { h } from "./dom.js";
import { count, knows, percent, t } from "./i18n.js";

const tiny = (value) => (Math.abs(value) > 0 && Math.abs(value) < 0.001 ? value.toExponential(0).replace("e", " × 10^").replace("+", "") : count(value));

function words(check) {
  const numbers = Object.fromEntries(Object.entries(check.numbers).map(([name, value]) => [name, tiny(value)]));
  if (check.name === "cause") return t("check.cause", { "share%": percent(check.numbers.share) });
  if (check.name === "support" && "likeness" in check.numbers) return t("check.support.likeness", numbers);
  if (check.name === "support" && !("n" in check.numbers)) return t("check.support.none");
  const key = `check.${check.name}`;
  if (knows(key)) { const text = t(key, { ...numbers, n: check.numbers.n ?? 0 }); if (!text.includes("{")) return text; }
  const listed = Object.entries(numbers).map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`).join(", ");
  return t("check.other", { name: check.name, numbers: listed });
}

export const checkList = (checks) => h("ul", { class: "checks" }, checks.map((check) => h("li", { class: check.passed ? null : "failed" }, words(check))));

/** A line that opens to the checks. */
export function checkDetails(checks) {
  if (!checks.length) return null;
  const passed = checks.filter((check) => check.passed).length;
  const summary = passed === checks.length ? t("checks.summary", { n: passed }) : t("checks.failed", { passed, n: checks.length });
  return h("details", { "data-failed": passed < checks.length }, h("summary", {}, `${passed === checks.length ? "✓" : "✕"} ${summary}`), checkList(checks));
}

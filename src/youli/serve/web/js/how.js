// How this shop recommends: the main parameters, read off the model that is serving.
import * as api from "./api.js";
import { channelName } from "./bars.js";
import { h } from "./dom.js";
import { count, day, percent, t } from "./i18n.js";
import { failure, ghosts, address } from "./parts.js";
import { shares } from "./plots.js";

/** Show the page; resolves when it is there. Gives the title. */
export async function showHow(main) {
  const holder = h("div", { class: "how" }, h("p", { class: "soft", role: "status" }, t("how.measuring")), ghosts(2));
  main.replaceChildren(h("div", { class: "head" }, h("h1", { tabindex: "-1" }, t("how.title")), h("p", {}, t("how.intro"))), holder);
  try {
    const how = await api.getHow();
    if (holder.isConnected) holder.replaceChildren(...sections(how));
  } catch (error) {
    holder.replaceChildren(failure(error, () => showHow(main)));
  }
  return t("how.title");
}

function sections(how) {
  const kinds = how.kinds.filter(({ share, weights }) => share > 0 || weights.length);
  return [
    h("section", {}, h("h2", {}, t("how.kinds")), h("p", { class: "soft" }, how.n_shoppers ? t("how.kinds.intro", { n: how.n_shoppers }) : t("how.kinds.few")),
      how.n_shoppers > 0 && shares(t("how.kinds"), kinds.filter(({ share }) => share > 0).map((one) => ({ ...one, label: channelName(one.channel), note: t(`how.channel.${one.channel}`) })))),
    h("section", {}, h("h2", {}, t("how.rules")), h("ul", { class: "plain" }, rules(how).map((words) => h("li", {}, words)))),
    h("section", {}, h("h2", {}, t("how.choices")), h("ul", { class: "plain" },
      h("li", {}, t("how.choice.switch")),
      h("li", {}, h("a", { href: address("/profile"), "data-link": true }, t("how.choice.profile"))),
      h("li", {}, t("how.choice.feedback")))),
    h("section", {}, h("h2", {}, t("how.weights")), h("p", { class: "soft" }, t("how.weights.intro")),
      kinds.filter(({ weights }) => weights.length).map(({ channel, weights }) => h("details", {}, h("summary", {}, channelName(channel), " ", h("span", { class: "soft" }, t("how.weights.n", { n: weights.length }))),
        h("dl", { class: "facts" }, weights.map(({ basis, weight }) => [h("dt", {}, basis), h("dd", { class: "num" }, count(weight))]))))),
    h("p", { class: "soft meta" }, t("how.foot", { version: how.model_version, date: day(how.data_until), events: how.n_events, items: how.n_items, users: how.n_users })),
  ];
}

function rules(how) {
  return [
    t(how.repeats ? "how.rule.repeats" : "how.rule.new"),
    t(how.diversity > 0 ? "how.rule.diversity" : "how.rule.plain"),
    t("how.rule.prices"),
    how.left_out.length ? t("how.rule.protected", { names: how.left_out.map((name) => name.replaceAll("_", " ")).join(", ") }) : t("how.rule.protected.none"),
    t("how.rule.anonymity", { k: how.k_anonymity }),
    (how.n_promotions ?? null) === null ? null : t(how.n_promotions ? "how.rule.promoted" : "how.rule.promoted.none", { n: how.n_promotions }),
  ].filter(Boolean);
}

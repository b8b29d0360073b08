// Keys: who may ask what. A key is shown once, when it is made.
import * as api from "../api.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { say } from "../toast.js";
import { mark, moment, section } from "./parts.js";

const ROLES = ["page", "server", "admin"];

export async function showKeys(put) {
  const again = async (fresh = null) => {
    const { keys } = await api.getKeys();
    put(fresh && section(t("keys.fresh", { name: fresh.name }), h("p", {}, t("keys.once")), h("p", { class: "secret", tabindex: "0" }, fresh.key)),
      section(t("keys.all"), keys.length ? h("ul", { class: "rows" }, keys.map((one) => line(one, again))) : h("p", { class: "soft" }, t("keys.none"))),
      section(t("keys.make"), maker(again)));
  };
  await again();
}

function line(one, again) {
  const act = (words, doing) => h("button", { type: "button", class: "quiet", "aria-label": t(`keys.${words}.of`, { name: one.name }), onclick: async () => { await again(await doing()); say(t(`keys.${words}.done`, { name: one.name })); } }, t(`keys.${words}`));
  return h("li", {}, h("b", {}, one.name), mark(t(`keys.role.${one.role}`)), mark(t(one.valid ? "keys.valid" : one.revoked ? "keys.revoked" : "keys.over"), one.valid ? "good" : "bad"),
    h("span", { class: "soft meta" }, t("keys.made"), " ", moment(one.created), one.expires && [" · ", t("keys.until"), " ", moment(one.expires)]),
    h("span", { class: "acts" }, one.valid && [act("rotate", () => api.rotateKey(one.key_id)), act("revoke", async () => { await api.revokeKey(one.key_id); return null; })]));
}

function maker(again) {
  const name = h("input", { type: "text", required: true, maxlength: "128" });
  const role = h("select", {}, ROLES.map((one) => h("option", { value: one }, t(`keys.role.${one}`))));
  const days = h("input", { type: "number", min: "1", max: "36500", placeholder: t("keys.ever") });
  const make = async (event) => { event.preventDefault(); await again(await api.postKey({ name: name.value.trim(), role: role.value, ...(days.value ? { days: Number(days.value) } : {}) })); };
  return h("form", { class: "fields", onsubmit: make }, h("label", {}, t("keys.name"), name), h("label", {}, t("keys.role"), role), h("label", {}, t("keys.days"), days), h("button", { type: "submit", class: "btn" }, t("keys.go")));
}

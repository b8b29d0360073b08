// The switch between lists for this shopper and lists that are the same for everybody.
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { setPersonal, state } from "./store.js";

/** A switch for a list; `again` shows the page afresh. */
export function personalSwitch(again) {
  const button = h("button", { type: "button", class: "switch plain", role: "switch", "aria-checked": String(state.personal), "data-personal": true, onclick: async () => {
    setPersonal(!state.personal);
    const place = [...document.querySelectorAll("[data-personal]")].indexOf(button);
    await again();
    (document.querySelectorAll("[data-personal]")[place] ?? document.querySelector("[data-personal]"))?.focus({ preventScroll: true });
  } }, t("personal"));
  return h("div", { class: "personal" }, button, h("span", { class: "soft meta" }, t(state.personal ? "personal.on" : "personal.off")));
}

// A short message that is also read out.
import { byId } from "./dom.js";
import { t } from "./i18n.js";

let timer = 0;
let onUndo = null;

export function say(text, undo = null) {
  const box = byId("toast");
  const button = byId("undo");
  box.hidden = false;
  // The region must be there before its text is, or it is not read out.
  requestAnimationFrame(() => { byId("status").textContent = text; });
  onUndo = undo;
  button.hidden = !undo;
  button.textContent = t("undo");
  clearTimeout(timer);
  timer = setTimeout(hush, undo ? 12000 : 7000);
}

export function hush() {
  byId("toast").hidden = true;
  byId("status").textContent = "";
}

export function setUpToast() {
  const box = byId("toast");
  byId("undo").addEventListener("click", () => { const undo = onUndo; hush(); undo?.(); });
  for (const event of ["pointerenter", "focusin"]) box.addEventListener(event, () => clearTimeout(timer));
  for (const event of ["pointerleave", "focusout"]) box.addEventListener(event, () => { clearTimeout(timer); timer = setTimeout(hush, 4000); });
}

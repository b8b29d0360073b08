// What a shopper can do; every action ranks again and says what came of it.
import * as api from "./api.js";
import { put } from "./cart.js";
import { t } from "./i18n.js";
import { failure } from "./parts.js";
import { act, state } from "./store.js";
import { say } from "./toast.js";
import { openWhy } from "./why.js";

let go = () => {};
/** Tell how to go to a product's page. */
export const setNavigate = (navigate) => { go = navigate; };

export const isNew = (user) => user.startsWith("new-");
export const who = (user) => (isNew(user) ? t("shopper.new") : t("shopper", { id: user }));

export async function doing(button, action, message, undo = null) {
  // Not `disabled`: that would take the focus away from whoever uses the keyboard.
  if (button?.ariaDisabled === "true") return;
  if (button) button.ariaDisabled = "true";
  try {
    const { outcome } = await act(action);
    say(message(outcome), undo);
  } catch (error) {
    const words = failure(error, () => {});
    say(words.querySelector("p").textContent);
  } finally {
    if (button) button.ariaDisabled = null;
  }
}

export const on = {
  why: (item, which) => openWhy(item, which),
  buy: (event, item) => {
    const user = state.user;
    return doing(event.currentTarget, () => api.sendEvent(user, item.item_id, "purchase"), (outcome) => t("bought", { title: item.title, outcome }), () => on.undo(user, item));
  },
  undo: (user, item) => doing(null, () => api.sendEvent(user, item.item_id, "refund"), (outcome) => t("undone", { title: item.title, outcome })),
  cart: (event, item) => doing(event.currentTarget, async () => { await api.sendEvent(state.user, item.item_id, "add_to_cart"); put(item.item_id); }, (outcome) => t("carted", { title: item.title, outcome })),
  view: (event, item) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button > 0) return undefined;
    event.preventDefault();
    const user = state.user;
    go(item.item_id);
    return doing(null, () => api.sendEvent(user, item.item_id, "view_item"), (outcome) => t("viewed", { title: item.title, outcome }));
  },
  /** A word on the product, not on a reason: it leaves the shopper's lists until that is taken back. */
  dislike: (event, item, which) => {
    const user = state.user;
    let kept = null;
    return doing(event.currentTarget, async () => { kept = await api.sendFeedback({ user_id: user, item_id: item.item_id, kind: "not_for_me", recommendation_id: state.lists[which] ?? null }); },
      (outcome) => t("disliked", { title: item.title, outcome }), () => on.like(kept.feedback_id, item));
  },
  like: (feedbackId, item) => doing(null, () => api.withdrawFeedback(feedbackId), (outcome) => t("liked", { title: item.title, outcome })),
  ignore: (item, ignored) => doing(null, () => api.setIgnored(state.user, item.item_id, ignored), (outcome) => t(ignored ? "ignored" : "counts", { title: item.title, outcome })),
  restore: () => doing(null, () => api.restoreAll(state.user), (outcome) => t("restored", { outcome })),
};

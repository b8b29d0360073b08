// A list of products under a heading that loads by itself.
import { on } from "./actions.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { failure, ghosts, sharedTitles } from "./parts.js";
import { tile } from "./tiles.js";

/**
 * A section that asks for its list. `key` names its words: title, `.none` where the list is empty (without it an empty shelf
 * goes away) and `.note`, if any; `also` are products shown beside it, so that twins of a title are told apart.
 */
export function shelf(key, ask, { n = 5, also = [], level = "h2" } = {}) {
  const holder = h("div", {}, ghosts(n));
  const note = t(`${key}.note`);
  const section = h("section", { class: "section", "aria-label": t(key), "data-shelf": key },
    h("div", { class: "head" }, h(level, {}, t(key)), note !== `${key}.note` && h("p", {}, note)), holder);
  const load = async () => {
    try {
      const { recommendations } = await ask();
      const shared = sharedTitles([...also, ...recommendations]);
      const none = t(`${key}.none`);
      if (!recommendations.length && none === `${key}.none`) { section.remove(); return; }
      holder.replaceChildren(recommendations.length
        ? h("ul", { class: "tiles" }, recommendations.map((row) => tile(row, { view: on.view, buy: on.buy, cart: on.cart }, { shared })))
        : h("p", { class: "soft" }, none));
    } catch (error) {
      holder.replaceChildren(failure(error, load));
    }
  };
  load();
  return section;
}

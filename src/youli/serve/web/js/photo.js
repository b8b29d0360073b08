// Photos of products: asked for with the page's own header, so an address alone shows nothing.
import * as api from "./api.js";
import { h, s } from "./dom.js";
import { t } from "./i18n.js";

const GRID = 7;
/** How dark the part of a photo is that has nothing of the likeness. */
const DARKEST = 0.78;
const known = new Map(); // product → promise of a data address

function sourceOf(itemId) {
  if (!known.has(itemId)) known.set(itemId, api.getPhoto(itemId).catch((error) => { known.delete(itemId); throw error; }));
  return known.get(itemId);
}

/** The photo of a product. Without `alt` it is an ornament of a title that stands beside it. `otherwise` makes what is shown where it cannot be had. */
export function photo(itemId, { alt = "", otherwise = null } = {}) {
  const picture = h("img", { class: "photo", alt, width: 160, height: 160, decoding: "async" });
  sourceOf(itemId).then((address) => { picture.src = address; }, () => { picture.replaceWith(otherwise ? otherwise() : h("span", { class: "photo" }, alt)); });
  return picture;
}

/** Two photos side by side; what is least alike is darkened on both, and can be shown plain. */
export function alike(photos) {
  const sides = [photos.item, photos.source];
  const figure = h("figure", { class: "alike", "data-marked": "true" },
    h("div", { class: "pair" }, sides.map((one) => h("div", {},
      h("div", { class: "marked" }, photo(one.item_id, { alt: t("photo.alike", { title: one.title }) }), shade(one.map)),
      h("p", { class: "meta" }, one.title)))),
    h("figcaption", { class: "soft meta" }, t("photo.marked")));
  const button = h("button", { type: "button", class: "text", "aria-pressed": "true", onclick: () => {
    const marked = figure.dataset.marked !== "true";
    figure.dataset.marked = String(marked);
    button.setAttribute("aria-pressed", String(marked));
  } }, t("photo.mark"));
  figure.append(button);
  return figure;
}

/** A veil over a photo: the more a cell gives to the likeness, the less of it. */
function shade(map) {
  const most = Math.max(...map.flat(), 1e-9);
  const cells = map.flatMap((row, y) => row.map((value, x) => s("rect", { x, y, width: 1, height: 1, "fill-opacity": (DARKEST * (1 - Math.max(0, value) / most)).toFixed(3) })));
  return s("svg", { class: "veil", "shape-rendering": "crispEdges", viewBox: `0 0 ${GRID} ${GRID}`, preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" }, ...cells);
}

// A product's photo or, where it has none, a picture of our own: the category chooses colours and shapes, the product
// their arrangement. The same product always looks the same, kin look akin.
import { h, s } from "./dom.js";
import { photo } from "./photo.js";

// ground, main, second, spark
const PALETTES = [
  ["#f2e6d0", "#d4573a", "#22405a", "#e7b04c"], ["#e4ebe2", "#2c6a55", "#b4ccb9", "#dfa945"],
  ["#f4e0d8", "#b3483e", "#e69a80", "#38384a"], ["#e2e8f2", "#32508b", "#8cafdc", "#e3a168"],
  ["#eee4ef", "#6a4986", "#c599cf", "#e6b55a"], ["#e0ecec", "#1d6e78", "#7bbfbf", "#e7805b"],
  ["#f5ebcb", "#c5861a", "#566a32", "#ecd083"], ["#ebe5de", "#785842", "#c7a079", "#3d5a63"],
  ["#f7e2e7", "#a73c61", "#e797ae", "#2c495f"], ["#e6eed6", "#5b872a", "#b3ce6c", "#d7653e"],
  ["#e0e5ee", "#293a56", "#a0b2cf", "#d9b14a"], ["#f3e4d6", "#cd692b", "#f0b889", "#2b5c62"],
];

function hash(text) {
  let value = 2166136261;
  for (const char of text) value = Math.imul(value ^ char.codePointAt(0), 16777619);
  value ^= value >>> 15;
  return Math.imul(value, 2246822519) >>> 0;
}

function dice(seed) {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) % n;
  };
}

// Each draws in the unit square.
const SHAPES = [
  (f) => s("path", { d: "M0 0H1A1 1 0 0 1 0 1Z", fill: f }), // quarter
  (f) => s("path", { d: "M0 0A1 1 0 0 1 1 1A1 1 0 0 1 0 0Z", fill: f }), // leaf
  (f) => s("path", { d: "M0 .5A.5 .5 0 0 1 1 .5Z", fill: f }), // dome
  (f) => s("circle", { cx: 0.5, cy: 0.5, r: 0.36, fill: f }),
  (f) => s("path", { d: "M0 1V.5A.5 .5 0 0 1 1 .5V1Z", fill: f }), // arch
  (f) => s("path", { d: "M0 0L1 1H0Z", fill: f }),
  (f) => s("path", { d: "M0 .12H1V.3H0ZM0 .41H1V.59H0ZM0 .7H1V.88H0Z", fill: f }), // stripes
  (f) => s("path", { d: "M.5 .06L.94 .5 .5 .94 .06 .5Z", fill: f }),
  (f) => s("path", { d: "M0 0H1A1 1 0 0 1 0 1ZM0 0", fill: "none", stroke: f, "stroke-width": 0.16 }),
];

/** The picture of a product card (`item_id`, `category`, `brand`) or of anything with an id. */
export function art(item) {
  return h("span", { class: "art" }, item.has_photo ? photo(item.item_id, { otherwise: () => drawn(item) }) : drawn(item));
}

function drawn(item) {
  const path = item.category ?? [];
  const family = path.slice(0, 2).join("/") || item.brand || item.item_id;
  const kind = hash(path.join("/") || family);
  const [ground, main, second, spark] = PALETTES[hash(family) % PALETTES.length];
  const roll = dice(hash(`${item.brand ?? ""}|${item.item_id}`));
  const set = [kind % 9, (kind >>> 8) % 9, (kind >>> 16) % 9];
  const mirrored = kind % 3 !== 0;
  const picture = s("svg", { viewBox: "0 0 4 3", preserveAspectRatio: "xMidYMid slice", "aria-hidden": "true", focusable: "false" });
  picture.append(s("rect", { width: 4, height: 3, fill: ground }));
  const sparkAt = roll(6);
  for (let cell = 0; cell < 6; cell += 1) {
    const x = cell % 2;
    const y = (cell - x) / 2;
    const shape = set[roll(3)];
    const turn = roll(4) * 90;
    const [back, front] = [[null, main], [main, ground], [second, main], [null, second], [main, second]][roll(5)];
    const ink = cell === sparkAt ? spark : front;
    for (const right of [false, true]) {
      const flip = right ? (mirrored ? `translate(${4 - x} ${y}) scale(-1 1)` : `translate(${3 - x} ${2 - y})`) : `translate(${x} ${y})`;
      const group = s("g", { transform: flip });
      if (back) group.append(s("rect", { x: -0.004, y: -0.004, width: 1.008, height: 1.008, fill: back }));
      group.append(s("g", { transform: `rotate(${!mirrored && right ? turn + 180 : turn} .5 .5) translate(-.006 -.006) scale(1.012)` }, SHAPES[shape](ink)));
      picture.append(group);
    }
  }
  return picture;
}

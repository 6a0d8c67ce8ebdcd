/* What a report gains where scripts may run; without them it is whole. */
const make = (name, attributes = {}, ...content) => {
  const element = Object.assign(document.createElement(name), attributes);
  element.append(...content);
  return element;
};
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

/* ---- tables: sorted by their heads, filtered where they are long ---- */
const LONG = 10, GRAVITY = ["not-met", "not_met", "floor", "unknown", "undetermined", "met"], BAD = GRAVITY.slice(0, 5);

/* "▼0.38" 0.38, "12.35万元" 123500, "10/13" as a share, "—" unknown, words as they are. */
const valueOf = (cell, numeric) => {
  const text = cell.textContent.trim().replace("−", "-");
  if (text === "—" || text === "？" || text === "?") return "";
  if (!numeric) {
    const rank = GRAVITY.findIndex(name => cell.classList.contains(name));
    return rank < 0 ? text : rank;
  }
  const found = text.replace(/,/g, "").match(/([-+]?\d+(?:\.\d+)?)(?:\/(\d+))?(万|亿)?/);
  if (!found) return NaN;
  return found[1] / (found[2] ?? 1) * ({万: 1e4, 亿: 1e8}[found[3]] ?? 1);
};

const enliven = table => {
  const heads = [...table.tHead?.rows[0]?.cells ?? []], body = table.tBodies[0];
  const rows = [...body?.rows ?? []].filter(row => !row.classList.contains("total"));
  const plain = table.tHead?.rows.length === 1 && table.tBodies.length === 1
    && rows.length > 2 && rows.every(row => row.cells.length === heads.length);
  if (!plain || table.closest(".to-fill")) return;
  const last = rows.at(-1).nextSibling;
  let values;
  sortable(heads, (column, down) => {
    values ??= new Map(rows.map(row => [row, [...row.cells].map((cell, at) =>
      valueOf(cell, cell.classList.contains("num") || heads[at].classList.contains("num")))]));
    const order = column < 0 ? rows
      : [...rows].sort((one, other) => compare(values.get(one)[column], values.get(other)[column], down));
    for (const row of order) body.insertBefore(row, last);
  });
  if (rows.length < LONG) return;
  const name = table.caption.querySelector(".number")?.textContent ?? "表";
  const words = make("input", {type: "search", autocomplete: "off", spellcheck: false, ariaLabel: `筛选${name}`});
  const bad = make("input", {type: "checkbox"});
  const count = make("output", {}, `共 ${rows.length} 行`);
  const tools = make("div", {className: "table-tools"}, make("label", {}, "筛选 ", words));
  if (rows.some(row => BAD.some(css => row.querySelector(`.${css}`))))
    tools.append(make("label", {}, bad, " 只看有问题的行"));
  tools.append(count);
  const filter = () => {
    const wanted = words.value.trim().toLowerCase().split(/\s+/);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !wanted.every(word => text.includes(word))
        || bad.checked && !BAD.some(css => row.querySelector(`.${css}`));
      shown += !row.hidden;
    }
    tools.classList.toggle("active", shown < rows.length);
    count.textContent = shown < rows.length ? `显示 ${shown} 行，共 ${rows.length} 行` : `共 ${rows.length} 行`;
  };
  words.addEventListener("input", filter);
  bad.addEventListener("change", filter);
  table.closest(".table-wrap").before(tools);
};
all("table").forEach(enliven);

/* ---- what fits needs no scroll bar of its own, so that a table's head stays in sight; what scrolls is a tab stop ---- */
const fit = () => {
  const boxes = all(".table-wrap, .frame").filter(box => box.clientWidth);
  for (const box of boxes) box.classList.remove("fits");
  const wide = boxes.map(box => box.scrollWidth > box.clientWidth + 1);
  boxes.forEach((box, at) => {
    box.classList.toggle("fits", !wide[at]);
    if (wide[at]) {
      const caption = box.querySelector("caption") ?? box.closest("figure")?.querySelector("figcaption");
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", caption?.textContent ?? "");
    } else for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
  });
};
fit();
document.fonts.ready.then(fit);
addEventListener("resize", fit);
document.addEventListener("toggle", fit, true);

/* ---- contents: the section in sight is marked; the fold closes when it has done its work ---- */
const links = all(".side a"), targets = links.map(link => document.getElementById(link.hash.slice(1)));
const mark = () => {
  const at = targets.findLastIndex(target => target.getBoundingClientRect().top < innerHeight / 4);
  links.forEach((link, number) => number === at ? link.setAttribute("aria-current", "true")
    : link.removeAttribute("aria-current"));
  const side = links[at]?.closest(".side"), link = links[at];
  if (!side) return;
  const top = link.offsetTop - side.clientHeight / 2;
  if (side.scrollHeight > side.clientHeight) side.scrollTop = top;
};
let waiting = false;
addEventListener("scroll", () => {
  if (!waiting) requestAnimationFrame(() => { waiting = false; mark(); });
  waiting = true;
}, {passive: true});
mark();
all(".fold a").forEach(link => link.addEventListener("click", () => { link.closest("details").open = false; }));
const fold = document.querySelector("details.fold");
document.querySelector(".to-contents")?.addEventListener("click", () => { if (fold) fold.open = true; });

/* ---- links to a section, a figure, a table are copied as they are followed ---- */
const said = make("p", {className: "said", role: "status"});
document.body.append(said);
all("a.anchor").forEach(link => link.addEventListener("click", () => {
  navigator.clipboard?.writeText(link.href).then(() => {
    said.textContent = "已复制此处的链接";
    setTimeout(() => { said.textContent = ""; }, 2000);
  }, () => {});
}));

/* ---- on paper there is nothing to unfold ---- */
addEventListener("beforeprint", () => all("details.kept:not([open])").forEach(one => {
  one.open = true;
  addEventListener("afterprint", () => { one.open = false; }, {once: true});
}));

{
  const by = id => document.getElementById(id);
  const body = by("reports").tBodies[0];
  const lines = [...body.rows].filter(row => row.dataset.year).map(row => ({
    row, key: row.dataset.key, verdict: row.dataset.verdict, year: row.dataset.year, state: row.dataset.state,
    values: [...row.cells].map((cell, at) => at === 1 || cell.dataset.v === "" ? cell.dataset.v : Number(cell.dataset.v)),
  }));
  const count = by("count"), whole = count.textContent;
  const filters = ["verdict", "year", "state"].map(by);
  /* the newest year stands first */
  const newest = {};
  for (const line of lines) newest[line.row.cells[1].dataset.v + line.row.cells[0].dataset.v] ??= line;
  for (const line of Object.values(newest)) line.latest = true;
  const many = (shown, name, value) => shown.filter(line => line[name] === value).length;

  /* Only so many rows are drawn as are looked at; more come at the end of the list, and all of them on paper. */
  const STEP = 200, more = by("more");
  let order = lines, kept = lines, limit = STEP;
  const draw = () => {
    const wanted = new Set(kept);
    let drawn = 0;
    for (const line of order) line.row.hidden = !wanted.has(line) || ++drawn > limit;
    more.hidden = kept.length <= limit;
    more.textContent = `再显示 ${Math.min(STEP, kept.length - limit)} 条（还有 ${kept.length - limit} 条）`;
  };
  const grow = () => { limit += STEP; draw(); };
  more.addEventListener("click", grow);
  new IntersectionObserver(([seen]) => { if (seen.isIntersecting && !more.hidden) grow(); }).observe(more);
  addEventListener("beforeprint", () => { limit = Infinity; draw(); });

  const filter = () => {
    const words = by("search").value.trim().toLowerCase().split(/\s+/);
    kept = lines.filter(line => words.every(word => line.key.includes(word))
      && filters.every(field => field.value === "*" || line[field.id] === field.value
        || field.value === "latest" && line.latest));
    limit = STEP;
    draw();
    count.textContent = kept.length === lines.length ? whole
      : `显示 ${kept.length} 条，共 ${lines.length} 条：达到 ${many(kept, "verdict", "met")}，`
        + `未达到 ${many(kept, "verdict", "not_met")}，无法判定 ${many(kept, "verdict", "undetermined")}，`
        + `旧报告 ${many(kept, "state", "stale")}，失败 ${many(kept, "state", "failed")}。`;
  };

  const sort = (column, down) => {
    order = column < 0 ? lines
      : [...lines].sort((one, other) => compare(one.values[column], other.values[column], down));
    body.append(...order.map(line => line.row));
    limit = STEP;
    draw();
  };
  const heads = [...by("reports").tHead.rows[0].cells];
  sortable(heads, sort);

  const CV = 4, chosen = by("coefficient");
  const cells = lines.map(line => ({cell: line.row.cells[CV], html: line.row.cells[CV].innerHTML, value: line.values[CV]}));
  const word = heads[CV].querySelector("button");
  chosen.addEventListener("change", () => {
    const at = chosen.selectedIndex - 1;
    word.textContent = at < 0 ? "最大差异系数" : `${chosen.value}差异系数`;
    lines.forEach((line, number) => {
      const {cell, html, value} = cells[number];
      cell.dataset.label = word.textContent;
      if (at < 0) { cell.innerHTML = html; line.values[CV] = value; return; }
      const told = (line.row.dataset.cvs ?? "").split(";")[at] ?? "", over = told.endsWith("!");
      const text = document.createElement(over ? "strong" : "span");
      text.textContent = told === "" ? "—" : over ? `▼\u00a0${told.slice(0, -1)}` : told;
      text.className = over ? "over" : "";
      cell.replaceChildren(text);
      line.values[CV] = told === "" ? "" : parseFloat(told);
    });
    const head = heads[CV].getAttribute("aria-sort");
    if (head) sort(CV, head === "descending");
  });

  by("search").addEventListener("input", filter);
  for (const field of filters) field.addEventListener("change", filter);
  by("controls").hidden = false;
  document.body.classList.add("live");
  filter();
}

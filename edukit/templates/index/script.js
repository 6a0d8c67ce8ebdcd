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

  const filter = () => {
    const words = by("search").value.trim().toLowerCase().split(/\s+/);
    const shown = lines.filter(line => words.every(word => line.key.includes(word))
      && filters.every(field => field.value === "*" || line[field.id] === field.value
        || field.value === "latest" && line.latest));
    const kept = new Set(shown);
    for (const line of lines) line.row.hidden = !kept.has(line);
    count.textContent = shown.length === lines.length ? whole
      : `显示 ${shown.length} 条，共 ${lines.length} 条：达到 ${many(shown, "verdict", "met")}，`
        + `未达到 ${many(shown, "verdict", "not_met")}，无法判定 ${many(shown, "verdict", "undetermined")}，`
        + `旧报告 ${many(shown, "state", "stale")}，失败 ${many(shown, "state", "failed")}。`;
  };

  const sort = (column, down) => {
    const order = column < 0 ? lines : [...lines].sort((one, other) => compare(one.values[column], other.values[column], down));
    body.append(...order.map(line => line.row));
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

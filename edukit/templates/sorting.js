"use strict";
const chinese = new Intl.Collator("zh", {numeric: true});

/* What is not known stands last in both directions; equal rows stay in the order they have. */
const compare = (a, b, down) => {
  const unknown = value => value === "" || Number.isNaN(value);
  if (unknown(a) || unknown(b)) return unknown(a) - unknown(b);
  const order = typeof a === "number" && typeof b === "number" ? a - b : chinese.compare(a, b);
  return down ? -order : order;
};

/* A button in every head: up, down, and back to the order of the page. */
const sortable = (heads, sort) => heads.forEach((head, column) => {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  button.addEventListener("click", () => {
    const next = {null: "ascending", ascending: "descending", descending: null}[head.getAttribute("aria-sort")];
    heads.forEach(other => other.removeAttribute("aria-sort"));
    if (next) head.setAttribute("aria-sort", next);
    sort(next ? column : -1, next === "descending");
  });
  head.append(button);
});

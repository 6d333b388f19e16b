
"use strict";
// Everything can be read without this script: it sorts tables, and filters the list of schools.
for (const table of document.querySelectorAll(".finding table")) {
  const body = table.tBodies[0];
  if (!body || body.rows.length < 3) continue;
  const original = [...body.rows];
  const number = (text) => {
    const plain = text.replace(/[,%+\s]/g, "").replace("−", "-").replace("<", "");
    return plain !== "" && !isNaN(plain) ? Number(plain) : null;
  };
  table.tHead.querySelectorAll("th").forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.title = "Sort by this column";
    head.append(button);
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      const next = now === "descending" ? "ascending" : now === "ascending" ? null : "descending";
      table.tHead.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
      if (next) head.setAttribute("aria-sort", next);
      const sign = next === "ascending" ? 1 : -1;
      const rows = next ? [...original].sort((one, two) => {
        const [a, b] = [one, two].map((row) => row.cells[column].textContent.trim());
        if (a === "–" || b === "–") return (a === "–") - (b === "–");
        const [x, y] = [number(a), number(b)];
        return sign * (x !== null && y !== null ? x - y : a.localeCompare(b));
      }) : original;
      body.append(...rows);
    });
  });
}
const find = document.getElementById("find-school");
if (find) {
  find.parentElement.hidden = false;
  const items = [...document.querySelectorAll("#school-list li")];
  find.addEventListener("input", () => {
    const words = find.value.toLowerCase().trim();
    for (const item of items) item.hidden = !item.textContent.toLowerCase().includes(words);
    const left = items.filter((item) => !item.hidden).length;
    document.getElementById("found").textContent = words ? `${left} of ${items.length} schools` : "";
  });
}
for (const part of location.hash.length > 1 ? [document.getElementById(location.hash.slice(1))] : [])
  part?.querySelector("details:not(.code)")?.setAttribute("open", "");

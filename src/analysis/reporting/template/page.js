
"use strict";
const { decimal, sort, found, keys } = document.body.dataset;
// Everything can be read without this script: it sorts tables, says the marks of pictures, and filters the list of schools.
for (const table of document.querySelectorAll(".finding table")) {
  const body = table.tBodies[0];
  if (!body || body.rows.length < 3) continue;
  const original = [...body.rows];
  const number = (text) => {
    const plain = text.replace(decimal === "," ? /[.%+\s]/g : /[,%+\s]/g, "").replace(",", ".").replace("−", "-").replace("<", "");
    return plain !== "" && !isNaN(plain) ? Number(plain) : null;
  };
  table.tHead.querySelectorAll("th").forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.title = sort;
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
for (const picture of document.querySelectorAll("figure.picture")) {
  const marks = [...picture.querySelectorAll(".mark")];
  const box = picture.querySelector(".scroll");
  if (!box || !marks.length) continue;
  const words = marks.map((mark) => {
    const title = mark.querySelector("title");
    title.remove();
    return title.textContent;
  });
  const said = document.createElement("p");
  said.className = "said";
  said.setAttribute("role", "status");
  picture.append(said);
  box.setAttribute("aria-label", keys.replace("{title}", () => box.getAttribute("aria-label")).replace("{marks}", marks.length));
  let at = -1;
  const say = (next) => {
    marks[at]?.classList.remove("on");
    marks[next]?.classList.add("on");
    at = next;
    said.textContent = words[at] ?? "";
    if (!marks[at]) return;
    marks[at].scrollIntoView({ block: "nearest", inline: "nearest" });
    const [mark, frame] = [marks[at].getBoundingClientRect(), picture.getBoundingClientRect()];
    const middle = mark.left + mark.width / 2 - frame.left - said.offsetWidth / 2;
    said.style.left = `${Math.max(0, Math.min(middle, frame.width - said.offsetWidth))}px`;
    said.style.top = `${mark.top - frame.top - said.offsetHeight - 6}px`;
  };
  marks.forEach((mark, place) => mark.addEventListener("pointerenter", () => say(place)));
  picture.addEventListener("pointerleave", () => say(-1));
  box.addEventListener("blur", () => say(-1));
  box.addEventListener("keydown", (event) => {
    const last = marks.length - 1;
    const steps = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at < 0 ? last : at - 1, ArrowUp: at < 0 ? last : at - 1,
      Home: 0, End: last, Escape: -1 };
    if (!(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    say(Math.min(steps[event.key], last));
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
    document.getElementById("found").textContent = words ? found.replace("{left}", left).replace("{all}", items.length) : "";
  });
}
for (const part of location.hash.length > 1 ? [document.getElementById(location.hash.slice(1))] : [])
  part?.querySelector("details:not(.code)")?.setAttribute("open", "");

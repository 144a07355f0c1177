// Choosing many badges by keyboard or mouse. The boxes, and what can be done with the ticked ones,
// are an ordinary form and work without any of this.

const formOf = (node) => node.closest?.("form[data-organise]");
const boxesIn = (form) => [...form.querySelectorAll("[data-badges] input[name=badge]")];
let from = null; // where a range starts: the box that was last ticked or cleared by itself

function told(form) {
  const bulk = form.querySelector("[data-bulk]");
  const all = form.querySelector("[data-pick-all]");
  const count = all.checked
    ? Number(bulk.dataset.total)
    : boxesIn(form).filter((box) => box.checked).length;
  const words = bulk.querySelector("[data-bulk-count]");
  const { one, many } = words.dataset;
  words.textContent = count === 0 ? "" : count === 1 ? one : many.replace("%n", count);
}

function range(form, to, checked) {
  const boxes = boxesIn(form);
  const [start, end] = [boxes.indexOf(from), boxes.indexOf(to)].sort((a, b) => a - b);
  if (start < 0) return;
  for (const box of boxes.slice(start, end + 1)) box.checked = checked;
}

function setUp() {
  const form = document.querySelector("form[data-organise]");
  if (!form) return;
  from = null;
  form.querySelector("[data-pick-keys]").hidden = false;
  told(form);
}

document.addEventListener("click", (event) => {
  // A label passes its click on to its box without the keys that were held: ask the label's.
  const label = event.target.closest?.(".pick");
  const box = label?.querySelector("input");
  const form = box && formOf(box);
  if (!form) return;
  if (event.shiftKey && from && from !== box) {
    event.preventDefault();
    // A box whose click is prevented goes back to what it was, but only after this.
    setTimeout(() => {
      range(form, box, from.checked);
      told(form);
    });
  } else if (event.target === box) {
    from = box;
  }
});

document.addEventListener("change", (event) => {
  const form = formOf(event.target);
  if (!form) return;
  const all = form.querySelector("[data-pick-all]");
  if (event.target === all) for (const box of boxesIn(form)) box.checked = all.checked;
  // All but one are not all: then the ticked ones of this page are meant.
  else if (event.target.name === "badge" && !event.target.checked) all.checked = false;
  told(form);
});

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

function step(key, at, boxes) {
  if (key === "Home") return boxes[0];
  if (key === "End") return boxes.at(-1);
  if (key !== "ArrowDown" && key !== "ArrowUp") {
    const turned = getComputedStyle(boxes[at]).direction === "rtl" ? -1 : 1;
    return boxes[at + STEPS[key] * turned];
  }
  // Up and down keep the column: the next box that stands right above or below.
  const here = boxes[at].getBoundingClientRect();
  const way = STEPS[key];
  for (let next = at + way; boxes[next]; next += way) {
    if (Math.abs(boxes[next].getBoundingClientRect().left - here.left) < 4) return boxes[next];
  }
  return boxes[at + way];
}

document.addEventListener("keydown", (event) => {
  const form = formOf(event.target);
  if (!form || event.target.name !== "badge" || event.altKey) return;
  const boxes = boxesIn(form);
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "a") {
    event.preventDefault();
    for (const box of boxes) box.checked = true;
    told(form);
  } else if (event.key === "Escape") {
    if (!boxes.some((box) => box.checked)) return;
    event.preventDefault();
    form.querySelector("[data-bulk] .input").focus();
  } else if (event.key in STEPS || event.key === "Home" || event.key === "End") {
    if (event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const next = step(event.key, boxes.indexOf(event.target), boxes);
    if (!next) return;
    if (event.shiftKey) {
      from ??= event.target;
      if (!from.checked) from.checked = true;
      range(form, next, true);
      told(form);
    } else {
      from = next;
    }
    next.focus();
    // The bar above must not cover what has the focus.
    next.closest("li").scrollIntoView({ block: "nearest" });
  }
});

document.addEventListener("keydown", (event) => {
  // From the boxes to the bar with Escape, and back to them with Escape again.
  const form = formOf(event.target);
  if (event.key !== "Escape" || !form || !event.target.closest("[data-bulk]")) return;
  event.preventDefault();
  (from?.isConnected ? from : boxesIn(form)[0])?.focus();
});

document.addEventListener("htmx:afterSwap", setUp);
setUp();

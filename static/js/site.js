// Small comforts for every page. Each works on markup that also makes sense without it.

const root = document.documentElement;

// Light, dark, or as the system says.
for (const box of document.querySelectorAll("[data-theme-switch]")) {
  const chosen = root.dataset.theme ?? "auto";
  for (const input of box.querySelectorAll("input")) input.checked = input.value === chosen;
  box.hidden = false;
  box.addEventListener("change", (event) => {
    const theme = event.target.value;
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    try {
      if (theme === "auto") localStorage.removeItem("theme");
      else localStorage.setItem("theme", theme);
    } catch {
      // Then it holds for this page only.
    }
  });
}

// Menus close on Escape and on a click elsewhere.
const openMenus = () => document.querySelectorAll("details.menu[open]");
document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// <button data-copy="ID"> copies the value of a field; <button data-dialog="ID"> opens a dialog;
// <button data-print> prints. All three start hidden, because they need a script.
const reveal = (part) => {
  for (const button of part.querySelectorAll("[data-copy], [data-dialog], [data-print]")) {
    button.hidden = false;
  }
};
reveal(document);
document.addEventListener("htmx:afterSwap", (event) => reveal(event.target));
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-dialog], [data-print], [data-close]");
  if (!button) return;
  if ("print" in button.dataset) window.print();
  else if (button.dataset.dialog) document.getElementById(button.dataset.dialog).showModal();
  else if ("close" in button.dataset) button.closest("dialog").close();
  else await copy(button);
});

async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  const text = field.value ?? field.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // No clipboard outside HTTPS: select the text, so that one key press copies it.
    field.select?.();
    return;
  }
  const words = button.querySelector("span") ?? button;
  button.dataset.words ??= words.textContent;
  words.textContent = button.dataset.copied ?? "✓";
  clearTimeout(Number(button.dataset.timer));
  button.dataset.timer = setTimeout(() => (words.textContent = button.dataset.words), 2500);
}

// Drop boxes say which files were chosen.
for (const box of document.querySelectorAll(".drop")) {
  const input = box.querySelector("input[type=file]");
  const list = box.querySelector("[data-files]");
  for (const name of ["dragenter", "dragover"]) {
    box.addEventListener(name, () => (box.dataset.over = ""));
  }
  for (const name of ["dragleave", "drop"]) {
    box.addEventListener(name, () => delete box.dataset.over);
  }
  input.addEventListener("change", () => {
    if (!list) return;
    const items = [...input.files].map((file) => {
      const item = document.createElement("li");
      item.textContent = file.name;
      return item;
    });
    list.replaceChildren(...items);
  });
}

// <form data-autosubmit>: a change of a filter is enough.
for (const form of document.querySelectorAll("form[data-autosubmit]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// <form data-choose>: its button says how many rows are ticked, and a second one ticks all or none.
const ticksIn = (form) => [...form.querySelectorAll("input[name=item]")];
const countTicks = (form) => {
  const boxes = ticksIn(form);
  const count = boxes.filter((box) => box.checked).length;
  const words = form.querySelector("[data-choose-words]");
  const { one, many, none } = words.dataset;
  words.textContent = count === 0 ? none : count === 1 ? one : many.replace("%n", count);
  const all = form.querySelector("[data-choose-all]");
  all.textContent = count === boxes.length ? all.dataset.clear : all.dataset.all;
  all.hidden = boxes.length < 2;
};
const chooseIn = () => document.querySelectorAll("form[data-choose]").forEach(countTicks);
chooseIn();
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-choose]");
  if (form) countTicks(form);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-choose-all]");
  if (!button) return;
  const boxes = ticksIn(button.form);
  const all = boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = !all;
  countTicks(button.form);
});

// When more rows are shown, what was ticked or cleared by hand stays so.
let byHand = [];
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "import") return;
  const boxes = [...event.detail.target.querySelectorAll("#choose [type=checkbox]")];
  byHand = boxes.filter((box) => box.checked !== box.defaultChecked);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const { id, checked } of byHand) {
    const box = document.getElementById(id);
    if (box) box.checked = checked;
  }
  byHand = [];
  chooseIn();
});

// Drag a badge to its place. The up and down buttons do the same without a script or a mouse.

const list = () => document.querySelector(".entries");
const form = () => document.querySelector("form[data-reorder]");
let moving = null;

function arm() {
  for (const entry of list()?.querySelectorAll("[data-entry]") ?? []) entry.draggable = true;
}

function order() {
  return [...list().querySelectorAll("[data-entry]")].map((entry) => entry.dataset.entry).join();
}

async function save() {
  const data = new FormData(form());
  for (const entry of list().querySelectorAll("[data-entry]")) data.append("entry", entry.dataset.entry);
  const answer = await fetch(form().action, {
    method: "POST",
    body: data,
    headers: { "HX-Request": "true" },
  }).catch(() => null);
  // What the server says is what counts: a failed save must not look like a saved one.
  if (!answer?.ok) return location.reload();
  const section = document.getElementById("badges");
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  section.replaceWith(fresh.getElementById("badges"));
  window.htmx?.process(document.getElementById("badges"));
  arm();
}

document.addEventListener("dragstart", (event) => {
  const entry = event.target.closest?.("[data-entry]");
  if (!entry) return;
  moving = { entry, before: order() };
  entry.classList.add("is-moving");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
});

document.addEventListener("dragover", (event) => {
  const over = event.target.closest?.("[data-entry]");
  if (!moving || !over) return;
  event.preventDefault();
  if (over === moving.entry) return;
  const box = over.getBoundingClientRect();
  const after = event.clientY > box.top + box.height / 2;
  over.parentNode.insertBefore(moving.entry, after ? over.nextSibling : over);
});

document.addEventListener("drop", (event) => moving && event.preventDefault());

document.addEventListener("dragend", () => {
  if (!moving) return;
  const { entry, before } = moving;
  moving = null;
  entry.classList.remove("is-moving");
  if (order() !== before) save();
});

// Text in a note can be selected with the mouse: its row does not follow while it is edited.
document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("textarea")) event.target.closest("[data-entry]")?.removeAttribute("draggable");
});
document.addEventListener("focusout", (event) => {
  if (event.target.matches?.("textarea")) arm();
});
document.addEventListener("htmx:afterSwap", arm);
arm();

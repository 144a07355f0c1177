// The page editor with a script: it saves while somebody types, moves parts without a fresh page,
// lets them be dragged, and says so when another tab has changed the page. Every form and button
// works without it; what the server answers is what counts.

const bar = document.getElementById("bar");
const said = () => document.getElementById("saved-words");
const WAIT = 900; // ms of rest before typing is saved
const timers = new Map(); // of forms that wait to be saved
const running = new Map(); // of forms that are being saved
const others = "BroadcastChannel" in window ? new BroadcastChannel(`page-${bar.dataset.page}`) : null;

function say(words, trouble = false) {
  said().textContent = words;
  said().classList.toggle("is-trouble", trouble);
}

// Exchange the parts of the page that an answer holds, by their ids; the status is only spoken.
async function take(answer) {
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const held = document.activeElement?.id;
  for (const part of fresh.querySelectorAll("#steps, #parts, [id^='seen-'], .clash")) {
    if (part.id !== "parts" && part.closest("#parts")) continue;
    document.getElementById(part.id)?.replaceWith(part);
  }
  const words = fresh.getElementById("saved-words");
  if (words) say(words.textContent.trim(), !answer.ok);
  prepare();
  if (held && document.activeElement?.id !== held) document.getElementById(held)?.focus();
  if (answer.ok) others?.postMessage("changed");
}

async function post(form, data) {
  const answer = await fetch(form.action, {
    method: "POST",
    body: data,
    headers: { "HX-Request": "true" },
  }).catch(() => null);
  // 409 and 422 say in words what is wrong; anything else is no answer to this question.
  if (!answer || answer.redirected || !(answer.ok || [409, 422].includes(answer.status))) {
    say(bar.dataset.wordsFailed, true);
    for (const place of document.querySelectorAll("[data-save]")) place.hidden = false;
    return false;
  }
  await take(answer);
  return answer.ok;
}

// --- Saving while somebody types

async function save(form, submitter) {
  clearTimeout(timers.get(form));
  timers.delete(form);
  await running.get(form);
  say(bar.dataset.wordsSaving);
  const saving = post(form, new FormData(form, submitter)).finally(() => running.delete(form));
  running.set(form, saving);
  const done = await saving;
  if (!done) form.dataset.waits = "";
  else delete form.dataset.waits;
}

const clashes = (form) => form.querySelector('.clash[data-clash="changed"]');

function later(form, wait) {
  if (clashes(form)) return; // first they decide which of the two is right
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => save(form), wait));
}

// Before anything else happens to the page, what was typed is saved.
async function settle() {
  for (const form of [...timers.keys()]) if (form.isConnected) await save(form);
  await Promise.all(running.values());
}

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-autosave]");
  if (form) later(form, event.target.matches("[type=radio], [type=checkbox], select") ? 0 : WAIT);
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.matches("[data-autosave]")) {
    event.preventDefault();
    return save(form, event.submitter);
  }
  if (form.matches("[data-swap]")) {
    event.preventDefault();
    if (event.submitter?.getAttribute("aria-disabled") === "true") return;
    await settle();
    return post(form, new FormData(form, event.submitter));
  }
  if (form.method === "post" && (timers.size || running.size)) {
    event.preventDefault();
    await settle();
    form.requestSubmit(event.submitter);
  }
});

document.addEventListener("click", (event) => {
  const disabled = event.target.closest('button[aria-disabled="true"]');
  if (disabled) event.preventDefault();
  const link = event.target.closest("a[href]");
  if (!link || !(timers.size || running.size) || link.origin !== location.origin) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || link.hash) return;
  event.preventDefault();
  settle().then(() => (location.href = link.href));
});

// Whoever closes the tab in the middle of a sentence keeps the sentence.
window.addEventListener("pagehide", () => {
  for (const form of timers.keys()) navigator.sendBeacon(form.action, new FormData(form));
});

// Ctrl+Z outside of a field undoes the last change of the page; inside, the browser's own does.
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
  const key = event.key.toLowerCase();
  const again = key === "y" || (key === "z" && event.shiftKey);
  if (!again && key !== "z") return;
  event.preventDefault();
  const form = document.querySelector(again ? "[data-redo]" : "[data-undo]");
  const button = form.querySelector("button");
  if (button.getAttribute("aria-disabled") !== "true") form.requestSubmit(button);
});

// --- Another tab

others?.addEventListener("message", () => {
  if (document.querySelector(".elsewhere")) return;
  const notice = document.createElement("div");
  notice.className = "notice notice-warn elsewhere";
  notice.setAttribute("role", "status");
  const link = document.createElement("a");
  link.href = location.pathname;
  link.textContent = bar.dataset.wordsReload;
  notice.append(`${bar.dataset.wordsElsewhere} `, link);
  bar.after(notice);
});

// --- Lines

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-add-line]");
  if (!button) return;
  const last = [...button.parentElement.querySelectorAll("[data-line]")].pop();
  const fresh = last.cloneNode(true);
  for (const input of fresh.querySelectorAll("input")) input.value = "";
  last.after(fresh);
  fresh.querySelector("input").focus();
});

// --- Dragging: by its grip a badge goes to another place or section, and a section up or down

let moving = null;

function order(what) {
  const at = [];
  for (const section of document.querySelectorAll("[data-section]")) {
    at.push(section.dataset.section);
    if (what === "badges") {
      for (const entry of section.querySelectorAll("[data-entry]")) at.push(entry.dataset.entry);
    }
  }
  return at;
}

document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest?.("[data-grip]");
  const thing = grip?.closest("[data-entry], [data-section]");
  if (thing) thing.draggable = true;
});

document.addEventListener("pointerup", (event) => {
  event.target.closest?.("[draggable='true']")?.removeAttribute("draggable");
});

document.addEventListener("dragstart", (event) => {
  const thing = event.target.closest?.("[draggable='true']");
  if (!thing) return;
  const what = thing.matches("[data-entry]") ? "badges" : "sections";
  moving = { thing, what, before: order(what).join() };
  thing.classList.add("is-moving");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
});

document.addEventListener("dragover", (event) => {
  if (!moving) return;
  const over = event.target.closest?.(moving.what === "badges" ? "[data-entry]" : "[data-section]");
  if (!over) return;
  event.preventDefault();
  if (over === moving.thing) return;
  const box = over.getBoundingClientRect();
  const after = event.clientY > box.top + box.height / 2;
  over.parentNode.insertBefore(moving.thing, after ? over.nextSibling : over);
});

document.addEventListener("drop", (event) => moving && event.preventDefault());

document.addEventListener("dragend", async () => {
  if (!moving) return;
  const { thing, what, before } = moving;
  moving = null;
  thing.classList.remove("is-moving");
  thing.removeAttribute("draggable");
  const at = order(what);
  if (at.join() === before) return;
  await settle();
  const form = document.querySelector("form[data-order]");
  const data = new FormData(form);
  data.append("what", what);
  for (const place of at) data.append("at", place);
  // A failed save must not look like a saved one.
  if (!(await post(form, data))) location.reload();
});

// --- What only makes sense with a script

function prepare() {
  for (const part of document.querySelectorAll("[data-grip], [data-add-line]")) part.hidden = false;
  for (const place of document.querySelectorAll("[data-autosave] [data-save]")) place.hidden = true;
}
prepare();

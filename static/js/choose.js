// What one link shows: buttons that move a badge up and down instead of numbers to type, and a
// tick that is taken for "not the whole page". Without a script the numbers and the ticks do it.

const form = document.querySelector("form[data-choose-badges]");
const list = form?.querySelector(".choose-list");

function renumber() {
  [...list.children].forEach((row, at, rows) => {
    row.querySelector("input[type=number]").value = at + 1;
    row.querySelector('[data-move="-1"]').disabled = at === 0;
    row.querySelector('[data-move="1"]').disabled = at === rows.length - 1;
  });
}

const chooseSome = () => (form.querySelector('[name="what"][value="some"]').checked = true);

if (list) {
  for (const moves of list.querySelectorAll("[data-moves]")) {
    moves.hidden = false;
    moves.nextElementSibling.hidden = true;
  }
  renumber();
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const row = button.closest("li");
    if (button.dataset.move === "-1") row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    renumber();
    chooseSome();
    // A button at the edge is off now: the other one keeps the focus in this row.
    (button.disabled ? row.querySelector("[data-move]:not(:disabled)") : button)?.focus();
  });
  list.addEventListener("change", (event) => event.target.type === "checkbox" && chooseSome());
}

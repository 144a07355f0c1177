// A long list of ticks, narrowed as one types. Without a script the whole list is there.
for (const box of document.querySelectorAll("[data-narrow]")) {
  const field = box.querySelector("[data-narrow-field]");
  const input = field.querySelector("input");
  const none = box.querySelector("[data-narrow-none]");
  const items = [...box.querySelectorAll("li")];
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const names = items.map((item) => plain(item.textContent));
  field.hidden = false;
  input.addEventListener("input", () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    items.forEach((item, at) => {
      // What is ticked stays in sight, so that nobody sends what they cannot see.
      const fits = words.every((word) => names[at].includes(word));
      item.hidden = !fits && !item.querySelector("input").checked;
      if (fits) shown += 1;
    });
    none.hidden = shown > 0;
  });
  // Return narrows; it does not send the form.
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}

// Copies a part of the page as it looks, for programs that take formatted text.

for (const button of document.querySelectorAll("[data-copy-rich]")) {
  // Outside HTTPS there is no clipboard, and the code below the button does.
  if (!navigator.clipboard?.write || !globalThis.ClipboardItem) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const part = document.getElementById(button.dataset.copyRich);
    const as = (type, text) => [type, new Blob([text], { type })];
    const item = Object.fromEntries([
      as("text/html", part.innerHTML.trim()),
      as("text/plain", part.innerText.trim()),
    ]);
    try {
      await navigator.clipboard.write([new ClipboardItem(item)]);
    } catch {
      return;
    }
    const words = button.querySelector("span");
    const before = words.textContent;
    words.textContent = button.dataset.copied;
    setTimeout(() => (words.textContent = before), 2500);
  });
}

// When a browser or its owner refuses a passkey, say so in words instead of in the console.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const words = document.querySelector("[data-passkey-trouble]");
  if (!words) return;
  // The script's markup may stand at the end of the body: bring the words to the form.
  document.querySelector("main .solo, main .settings-body")?.append(words);
  words.hidden = false;
});

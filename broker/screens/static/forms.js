// Comfort only: every form works without it. Shows a password on demand and says when the keyboard types Russian letters.
for (const button of document.querySelectorAll("button[data-shows]")) {
  const input = document.getElementById(button.dataset.shows);
  const [show, hide] = [button.textContent, button.dataset.hide];
  const show_it = (shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = shown ? hide : show;
  };
  button.hidden = false;
  button.addEventListener("click", () => show_it(input.type === "password"));
  // A shown password would be offered by the browser as an ordinary answer next time.
  input.form.addEventListener("submit", () => show_it(false));
}
for (const hint of document.querySelectorAll("[data-layout]")) {
  document.getElementById(hint.dataset.layout).addEventListener("input", (event) => {
    const words = /[а-яё]/i.test(event.target.value) ? hint.dataset.words : "";
    // Said once, not at every key: a live region speaks whenever it changes.
    if (hint.textContent !== words) hint.textContent = words;
  });
}

// Comfort only: copies the two numbers that are read aloud, and prints the page. Without scripts the buttons stay hidden.
const tools = document.getElementById("tools");
const copy = document.getElementById("copy");
tools.hidden = false;
// Browsers give the clipboard to pages over https only.
copy.hidden = !navigator.clipboard;
copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(tools.dataset.text);
  const copied = document.getElementById("copied");
  copied.textContent = copied.dataset.text;
});
document.getElementById("print").addEventListener("click", () => print());

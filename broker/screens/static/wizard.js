// Comfort only: asks in time whether somebody is still there, and says how strong a new password looks. The server decides both.
const time = document.getElementById("time");
if (time) {
  const until = document.getElementById("until");
  const kept = document.querySelector("form[data-kept]");
  let timers = [];
  // The server keeps a late answer and says that time is over; either way nothing typed stays on the screen.
  const over = () => (kept ? kept.submit() : location.reload());
  const wait = (seconds) => {
    timers.forEach(clearTimeout);
    timers = [setTimeout(() => time.showModal(), (seconds - time.dataset.warned) * 1000), setTimeout(over, seconds * 1000)];
  };
  document.getElementById("stay").addEventListener("click", async () => {
    const answer = await fetch(time.dataset.stay, { method: "POST" }).catch(() => null);
    if (!answer || !answer.ok) return over();
    const given = await answer.json();
    time.close();
    until.textContent = given.words;
    wait(given.seconds);
  });
  wait(Number(time.dataset.seconds));
}
for (const said of document.querySelectorAll("[data-strength]")) {
  document.getElementById(said.dataset.strength).addEventListener("input", (event) => {
    const signs = [...event.target.value];
    const kinds = new Set(signs).size;
    const level = signs.length < 8 || kinds < 5 ? "weak" : signs.length < 14 || kinds < 8 ? "fair" : "good";
    const words = signs.length ? said.dataset[level] : "";
    // Said once, not at every key: a live region speaks whenever it changes.
    if (said.textContent !== words) said.textContent = words;
  });
}

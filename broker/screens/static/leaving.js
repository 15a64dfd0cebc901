// A browser waits with the refresh of a page until all its frames have loaded. A service that does not answer must not hold the
// person here, so after five seconds the page goes on without it. Once all has loaded the refresh alone does: an app would
// otherwise be opened twice.
const { onward } = document.currentScript.dataset;
const waiting = setTimeout(() => location.replace(onward), 5000);
addEventListener("load", () => clearTimeout(waiting));

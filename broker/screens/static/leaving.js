// A browser waits with the refresh of a page until all its frames have loaded. A service that does not answer must not hold the
// person here, so after five seconds the page goes on whatever has loaded; without scripts its link does.
const { onward } = document.currentScript.dataset;
setTimeout(() => location.replace(onward), 5000);

// Comfort only: somebody whose clock is more than five minutes off is told so, once. The server believes nothing of it.
const told = document.currentScript.dataset;
const most = 5 * 60 * 1000;
// Times between `from` and `till` are all right: the answer was on its way for so long.
const is_far = (at, from, till) => at < from - most || at > till + most;
const look = async () => {
  const from = Date.now();
  // This page may be an old one that the browser has kept, so the server is asked what time it is now.
  const answer = await fetch(told.clock, { cache: "no-store" }).catch(() => null);
  const at = answer && answer.ok ? Number(await answer.text()) : 0;
  const till = Date.now();
  // With the time zone of the device, since a clock is often set right by hand in a wrong zone.
  if (at && is_far(at, from, till)) location.replace(told.wrong + till + "z" + -new Date(till).getTimezoneOffset());
};
if (is_far(Number(told.at), Date.now(), Date.now())) look();

// Begins or ends a sign-in with npm "esia"; the task comes as JSON on standard input, the outcome goes out as JSON.
"use strict";

const connect = require("esia");

let text = "";
process.stdin.on("data", (piece) => (text += piece));
process.stdin.on("end", async () => {
  const task = JSON.parse(text);
  const esia = connect(task.config);
  const outcome = task.code ? await esia.getAccess(task.code, task.paths) : esia.getAuth();
  process.stdout.write(JSON.stringify(outcome));
});

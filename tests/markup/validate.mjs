// Reads {"name": html, ...} from standard input, checks every page in this one process, prints what is wrong as lines of JSON.
// A warning counts as much as an error.
import { HtmlValidate } from "html-validate";

const text = await new Promise((resolve) => {
  let read = "";
  process.stdin.setEncoding("utf8").on("data", (part) => (read += part)).on("end", () => resolve(read));
});
const checker = new HtmlValidate({
  root: true,
  extends: ["html-validate:standard", "html-validate:a11y", "html-validate:document"],
  rules: {
    // A button without a type sends its form: that is what all of ours are for.
    "no-implicit-button-type": "off",
    // Our own files come from our own address, under a policy that allows no other.
    "require-sri": ["error", { target: "crossorigin" }],
    // WAI-ARIA lets a list have a name; the steps of the wizard need one.
    "aria-label-misuse": ["error", { allowAnyNamable: true }],
  },
});
for (const [name, html] of Object.entries(JSON.parse(text))) {
  const report = await checker.validateString(html, name);
  for (const found of report.results.flatMap((result) => result.messages)) {
    console.log(JSON.stringify({ name, rule: found.ruleId, line: found.line, message: found.message, at: found.selector }));
  }
}

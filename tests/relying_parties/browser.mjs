// The browser's part of a sign-in by plain HTTP: a cookie jar, redirects, links and forms. No script is needed for any page.

const MOST_STEPS = 40;

export class Browser {
  #jar = new Map(); // origin -> Map(name -> value)

  /**
   * Follow redirects, links and forms from `address` until a redirect or a form leads to `destination`. Returns that whole address;
   * `arrivedBy` is how, and what came in the body of a form (response_mode=form_post) stands in the fragment.
   */
  async travel(address, destination, person) {
    let next = { url: new URL(address), method: "GET" };
    for (let step = 0; step < MOST_STEPS; step += 1) {
      if (next.url.href.startsWith(destination)) {
        this.arrivedBy = next.method;
        if (next.body) next.url.hash = next.body.toString();
        return next.url;
      }
      const answer = await this.#send(next);
      const location = answer.headers.get("location");
      if (answer.status >= 300 && answer.status < 400 && location) {
        next = { url: new URL(location, next.url), method: "GET" };
        continue;
      }
      next = this.#press(await answer.text(), next.url, person, answer.status);
    }
    throw new Error(`no end after ${MOST_STEPS} pages`);
  }

  async #send({ url, method, body }) {
    // Cookies ignore ports; the broker keeps its own apart by their names, so one jar for the host is what a browser has.
    const jar = this.#jar.get(url.hostname) ?? new Map();
    this.#jar.set(url.hostname, jar);
    const headers = { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") };
    if (method === "POST") {
      headers["content-type"] = "application/x-www-form-urlencoded";
      headers.origin = url.origin;
    }
    const answer = await fetch(url, { method, body, headers, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(";");
      const at = pair.indexOf("=");
      const gone = attributes.some((attribute) => /^\s*max-age=0\s*$/i.test(attribute));
      if (gone) jar.delete(pair.slice(0, at).trim());
      else jar.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim());
    }
    return answer;
  }

  /** What a person does on a page: fill in the form it is about, else press its one main button. */
  #press(html, here, person, status) {
    const forms = [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, head, inside]) => ({
      action: new URL(attribute(head, "action") ?? "", here),
      method: (attribute(head, "method") ?? "get").toUpperCase(),
      fields: hiddenFields(inside),
      inside,
    }));
    const asks = (name) => forms.find((form) => new RegExp(`name=["']?${name}\\b`, "i").test(form.inside));
    const signIn = asks("password");
    if (signIn) return submit(signIn, { login: person.login, password: person.password });
    const device = asks("user_code");
    if (device) return submit(device, { user_code: valueOf(device.inside, "user_code") });
    const consent = asks("decision");
    if (consent) return submit(consent, { decision: "allow" });
    const link = [...html.matchAll(/<a\b([^>]*)>/gi)].find(([, head]) => /class=["']?[^"'>]*\b(btn|button)\b/i.test(head));
    if (link) return { url: new URL(attribute(link[1], "href"), here), method: "GET" };
    const main = forms.find((form) => form.method === "POST");
    if (main) return submit(main, {});
    const title = /<h1[^>]*>([\s\S]*?)<\/h1>/i.exec(html)?.[1]?.trim() ?? "(no heading)";
    throw new Error(`a page without a way on: ${here.pathname} answered ${status}: ${title}`);
  }
}

function submit(form, filled) {
  const body = new URLSearchParams({ ...form.fields, ...filled });
  if (form.method === "POST") return { url: form.action, method: "POST", body };
  const url = new URL(form.action);
  url.search = body.toString();
  return { url, method: "GET" };
}

function hiddenFields(inside) {
  const fields = {};
  for (const [, head] of inside.matchAll(/<input\b([^>]*)>/gi)) {
    if (/type=["']?hidden/i.test(head)) fields[attribute(head, "name")] = attribute(head, "value") ?? "";
  }
  return fields;
}

function valueOf(inside, name) {
  const heads = [...inside.matchAll(/<input\b([^>]*)>/gi)].map(([, head]) => head);
  return attribute(heads.find((head) => attribute(head, "name") === name), "value") ?? "";
}

function attribute(head, name) {
  const found = new RegExp(`\\b${name}=(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, "i").exec(head);
  const value = found?.[1] ?? found?.[2] ?? found?.[3];
  return value?.replaceAll("&#34;", '"').replaceAll("&#39;", "'").replaceAll("&quot;", '"').replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

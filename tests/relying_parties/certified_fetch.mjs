// fetch() with a client certificate, which Node's own fetch cannot have without another package (RFC 8705).

import https from "node:https";

/** A fetch that shows the certificate `cert` with its `key` (PEM) wherever TLS asks for one. */
export function certifiedFetch(cert, key) {
  return (address, options = {}) =>
    new Promise((resolve, reject) => {
      const headers = Object.fromEntries(new Headers(options.headers));
      const body = options.body == null ? "" : String(options.body);
      if (body) headers["content-length"] = Buffer.byteLength(body);
      const request = https.request(address, { method: options.method ?? "GET", headers, cert, key, agent: false }, (answer) => {
        const parts = [];
        answer.on("data", (part) => parts.push(part));
        answer.on("error", reject);
        answer.on("end", () => {
          const found = new Headers();
          for (const [name, value] of Object.entries(answer.headers)) found.set(name, Array.isArray(value) ? value.join(", ") : value);
          const whole = Buffer.concat(parts);
          resolve(new Response(whole.length ? whole : null, { status: answer.statusCode, headers: found }));
        });
      });
      request.on("error", reject);
      request.end(body);
    });
}

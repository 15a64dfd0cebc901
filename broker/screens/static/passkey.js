// The ceremony of a passkey, which is the one thing that a page cannot do without a script (WebAuthn Level 3).
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const named = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

async function answer(options, does) {
  const asked = { ...options, challenge: bytes(options.challenge) };
  if (does === "create") {
    asked.user = { ...options.user, id: bytes(options.user.id) };
    asked.excludeCredentials = named(options.excludeCredentials);
  } else {
    asked.allowCredentials = named(options.allowCredentials);
  }
  const found = await navigator.credentials[does]({ publicKey: asked });
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (found.response[name]) response[name] = text(found.response[name]);
  }
  return JSON.stringify({ id: found.id, rawId: text(found.rawId), type: found.type, response });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) document.getElementById("passkey-none").hidden = false;
  form.addEventListener("submit", async (event) => {
    const field = form.elements.namedItem("passkey");
    if (field.value) return;
    event.preventDefault();
    const failed = document.getElementById("passkey-failed");
    failed.hidden = true;
    try {
      field.value = await answer(JSON.parse(form.dataset.passkey), form.dataset.does);
      form.submit();
    } catch {
      failed.hidden = false;
    }
  });
}

// The code of a one-time link stands behind its #, where no server and no log sees it.
const link = document.getElementById("link");
if (link && location.hash.length > 1) {
  link.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
}

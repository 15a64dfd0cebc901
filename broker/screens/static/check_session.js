/* OpenID Connect Session Management 1.0, 4.2: a page of a service asks whether anything has changed since its sign-in.
   It learns one word, and only about a session_state that it already has. */
"use strict";
(function () {
  var name = document.documentElement.getAttribute("data-cookie") + "=";
  var flags = location.protocol === "https:" ? "; path=/; SameSite=None; Secure" : "; path=/; SameSite=Lax";

  function cookie(start) {
    var parts = document.cookie.split("; ");
    for (var i = 0; i < parts.length; i++) {
      if (parts[i].indexOf(start) === 0) { return parts[i].slice(start.length); }
    }
    return "";
  }

  /* A browser that hides our cookies here would look like one that has signed out: then we know nothing and say so. */
  function seesCookies() {
    if (cookie(name)) { return true; }
    var probe = "probe-" + name;
    document.cookie = probe + "1" + flags;
    var seen = cookie(probe) === "1";
    document.cookie = probe + "1; max-age=0" + flags;
    return seen;
  }

  function answer(event, word) { event.source.postMessage(word, event.origin); }

  function hex(buffer) {
    return Array.prototype.map.call(new Uint8Array(buffer), function (byte) {
      return ("0" + byte.toString(16)).slice(-2);
    }).join("");
  }

  window.addEventListener("message", function (event) {
    var asked = typeof event.data === "string" && event.data.length < 1000 ? event.data.split(" ") : [];
    var state = asked.length === 2 ? asked[1].split(".") : [];
    if (!event.source || state.length !== 2 || !asked[0] || !state[0] || !state[1] || !window.crypto || !crypto.subtle || !seesCookies()) {
      if (event.source) { answer(event, "error"); }
      return;
    }
    var text = asked[0] + " " + event.origin + " " + cookie(name) + " " + state[1];
    crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)).then(function (digest) {
      answer(event, hex(digest) === state[0] ? "unchanged" : "changed");
    }, function () { answer(event, "error"); });
  });
})();

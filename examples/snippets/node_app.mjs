// Sign-in through «Школьный вход» for a Node.js server with openid-client 6.
//
//   npm install openid-client
//   CLIENT_SECRET=... node node_app.mjs

import { randomBytes } from "node:crypto";
import http from "node:http";
import * as oidc from "openid-client";

const ISSUER = new URL("<<issuer>>");
const REDIRECT_URI = new URL("<<redirect_uri>>");
const COOKIE = "my_node_app";

// Everything else comes from discovery. Plain http is for a stand on your own machine only.
const onOwnMachine = ISSUER.protocol === "http:" && ISSUER.hostname === "127.0.0.1";
const authentication = oidc.ClientSecretBasic(process.env.CLIENT_SECRET);
const config = await oidc.discovery(ISSUER, "<<client_id>>", undefined, authentication, {
  execute: onOwnMachine ? [oidc.allowInsecureRequests] : [],
});
oidc.enableNonRepudiationChecks(config); // signatures of ID tokens too
const visits = new Map(); // a real service keeps them in its database

http.createServer(async (request, response) => {
  try {
    await answer(request, response, new URL(request.url, REDIRECT_URI));
  } catch {
    say(response, 400, '<p>Войти не получилось. <a href="/sign-in">Попробовать ещё раз</a></p>');
  }
}).listen(Number(REDIRECT_URI.port || 3000), "127.0.0.1");

async function answer(request, response, url) {
  const visit = visits.get(cookieOf(request));
  if (url.pathname === "/sign-in") {
    const started = { verifier: oidc.randomPKCECodeVerifier(), state: oidc.randomState(), nonce: oidc.randomNonce() };
    const target = oidc.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT_URI.href,
      scope: "<<scope>>",
      state: started.state,
      nonce: started.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(started.verifier),
      code_challenge_method: "S256",
    });
    return go(response, target.href, keep(started));
  }
  if (url.pathname === REDIRECT_URI.pathname && visit?.state) {
    visits.delete(cookieOf(request));
    // state, iss of the answer, and everything about the ID token are checked here.
    const tokens = await oidc.authorizationCodeGrant(config, url, {
      pkceCodeVerifier: visit.verifier, expectedState: visit.state, expectedNonce: visit.nonce, idTokenExpected: true,
    });
    const person = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    return go(response, "/", keep({ name: person.given_name ?? person.name ?? person.sub }));
  }
  if (url.pathname !== "/") return say(response, 404, "<p>Здесь ничего нет.</p>");
  if (visit?.name) return say(response, 200, `<h1>Здравствуйте, ${escaped(visit.name)}!</h1>`);
  return say(response, 200, '<p><a href="/sign-in">Войти</a></p>');
}

function keep(visit) {
  const key = randomBytes(32).toString("base64url");
  visits.set(key, visit);
  return `${COOKIE}=${key}; Path=/; HttpOnly; SameSite=Lax${REDIRECT_URI.protocol === "https:" ? "; Secure" : ""}`;
}

function cookieOf(request) {
  return new RegExp(`(?:^|; )${COOKIE}=([^;]+)`).exec(request.headers.cookie ?? "")?.[1];
}

function go(response, address, cookie) {
  response.writeHead(303, { location: address, "set-cookie": cookie }).end();
}

function say(response, status, html) {
  response.writeHead(status, { "content-type": "text/html; charset=utf-8" }).end(`<!doctype html><title>Моё приложение</title>${html}`);
}

function escaped(text) {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0)};`);
}

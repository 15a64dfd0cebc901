// A service with openid-client that signs one person in again and again until it is told to stop.
//
// Task on standard input as JSON: issuer, client_id, client_secret, redirect_uri, scope, login, password, stop (a file: when it is
// there, the service ends), cache_seconds (how long it keeps our keys). Prints {"signed_in": n}; any failed check ends it with 1.

import * as oidc from "openid-client";
import { existsSync, readFileSync } from "node:fs";

import { Browser } from "./browser.mjs";

const task = JSON.parse(readFileSync(0, "utf8"));
const person = { login: task.login, password: task.password };
const about = { redirect_uris: [task.redirect_uri], id_token_signed_response_alg: task.id_token_alg };
const discovered = await oidc.discovery(new URL(task.issuer), task.client_id, about, authentication());
let config = configured();

const browser = new Browser();
let signedIn = 0;
while (!existsSync(task.stop)) {
  config = withKeysNotOlderThan(task.cache_seconds);
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [oidc.randomState(), oidc.randomNonce()];
  const address = oidc.buildAuthorizationUrl(config, {
    redirect_uri: task.redirect_uri,
    scope: task.scope,
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    ...(signedIn ? { prompt: "none" } : {}),
  });
  const callback = await browser.travel(address, task.redirect_uri, person);
  await oidc.authorizationCodeGrant(config, callback, { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true });
  signedIn += 1;
}
console.log(JSON.stringify({ signed_in: signedIn }));

function authentication() {
  return oidc.ClientSecretBasic(task.client_secret);
}

function configured() {
  const fresh = new oidc.Configuration({ ...discovered.serverMetadata() }, task.client_id, about, authentication());
  oidc.enableNonRepudiationChecks(fresh);
  return fresh;
}

/** The library keeps keys for five minutes and asks for an unknown one at most once a minute; this test has no five minutes. */
function withKeysNotOlderThan(seconds) {
  const held = oidc.getJwksCache(config);
  if (held && Date.now() / 1000 - held.uat < seconds) return config;
  return configured();
}

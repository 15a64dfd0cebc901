// One whole life of a sign-in with openid-client: discovery, code flow with PKCE, UserInfo, refresh, revocation, sign-out.
//
// Reads its task from standard input as JSON (secrets do not belong into a command line, which everybody can see):
//   issuer, client_id, client_secret, private_jwk, auth (basic|post|none|private_key_jwt), redirect_uri,
//   post_logout_redirect_uri, scope, login, password
// Prints what it saw as one JSON object; any check of openid-client that fails ends it with status 1.

import * as oidc from "openid-client";
import { readFileSync } from "node:fs";

import { Browser } from "./browser.mjs";

const task = JSON.parse(readFileSync(0, "utf8"));
const person = { login: task.login, password: task.password };
const seen = {};

const config = await oidc.discovery(
  new URL(task.issuer),
  task.client_id,
  { redirect_uris: [task.redirect_uri], id_token_signed_response_alg: task.id_token_alg },
  await authentication(),
  { execute: [oidc.allowInsecureRequests] }, // loopback only
);
// Check signatures by the published keys as well, which the code flow over TLS would let a client leave out.
oidc.enableNonRepudiationChecks(config);
seen.issuer = config.serverMetadata().issuer;

const browser = new Browser();
const { tokens, callback } = await signIn({});
seen.response_iss = callback.searchParams.get("iss");
seen.id_token = tokens.claims();
seen.scope = tokens.scope;

seen.userinfo = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);

if (tokens.refresh_token) {
  const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  seen.refresh_rotated = Boolean(renewed.refresh_token) && renewed.refresh_token !== tokens.refresh_token;
  seen.renewed_userinfo_sub = (await oidc.fetchUserInfo(config, renewed.access_token, tokens.claims().sub)).sub;
  await oidc.tokenRevocation(config, renewed.refresh_token, { token_type_hint: "refresh_token" });
  seen.after_revocation = await refusal(() => oidc.refreshTokenGrant(config, renewed.refresh_token));
}

// A second sign-in with the session still alive shows no page at all.
const again = await signIn({ prompt: "none" });
seen.silent_same_person = again.tokens.claims().sub === tokens.claims().sub;

const state = oidc.randomState();
const leave = oidc.buildEndSessionUrl(config, {
  post_logout_redirect_uri: task.post_logout_redirect_uri,
  id_token_hint: again.tokens.id_token,
  state,
});
const left = await browser.travel(leave, task.post_logout_redirect_uri, person);
seen.sign_out_state_returned = left.searchParams.get("state") === state;
seen.silent_after_sign_out = await refusal(() => signIn({ prompt: "none" }));
if (again.tokens.refresh_token) {
  seen.refresh_after_sign_out = await refusal(() => oidc.refreshTokenGrant(config, again.tokens.refresh_token));
}

console.log(JSON.stringify(seen, null, 2));

async function authentication() {
  if (task.auth === "none") return oidc.None();
  if (task.auth === "post") return oidc.ClientSecretPost(task.client_secret);
  if (task.auth === "private_key_jwt") {
    const key = await crypto.subtle.importKey("jwk", task.private_jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
    return oidc.PrivateKeyJwt({ key, kid: task.private_jwk.kid });
  }
  return oidc.ClientSecretBasic(task.client_secret);
}

async function signIn(more) {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const expectedState = oidc.randomState();
  const expectedNonce = oidc.randomNonce();
  const address = oidc.buildAuthorizationUrl(config, {
    redirect_uri: task.redirect_uri,
    scope: task.scope,
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    ...more,
  });
  const callback = await browser.travel(address, task.redirect_uri, person);
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
  return { callback, tokens: await oidc.authorizationCodeGrant(config, callback, checks) };
}

/** The OAuth error code of a call that must be refused. */
async function refusal(call) {
  try {
    await call();
  } catch (error) {
    if (error.error) return error.error;
    throw error;
  }
  return "(was not refused)";
}

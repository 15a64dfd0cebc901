// Every grant and every kind of answer with openid-client: a device, a server for itself, a swapped token, requests signed and
// pushed, responses as forms and as JWTs, tokens bound to a key.
//
// Reads its task from standard input as JSON: issuer, client_id, private_jwk, redirect_uri, post_logout_redirect_uri, resource,
// login, password. Prints what it saw as one JSON object; any check of openid-client that fails ends it with status 1.

import * as oidc from "openid-client";
import { readFileSync } from "node:fs";

import { Browser } from "./browser.mjs";

const task = JSON.parse(readFileSync(0, "utf8"));
const seen = {};
const key = await crypto.subtle.importKey("jwk", task.private_jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
const signer = { key, kid: task.private_jwk.kid };
const metadata = {
  id_token_signed_response_alg: "ES256",
  authorization_signed_response_alg: "ES256",
  use_mtls_endpoint_aliases: false,
};
const fresh = async () => {
  const found = await oidc.discovery(new URL(task.issuer), task.client_id, metadata, oidc.PrivateKeyJwt(signer));
  oidc.enableNonRepudiationChecks(found);
  return found;
};
const config = await fresh();
const browser = new Browser();

// A screen on the wall (RFC 8628).
const begun = await oidc.initiateDeviceAuthorization(config, { scope: "openid profile" });
const allowed = `${task.issuer}/device/allowed`;
await browser.travel(begun.verification_uri_complete, allowed, task);
const onScreen = await oidc.pollDeviceAuthorizationGrant(config, { ...begun, interval: 1 });
seen.device = onScreen.claims().sub === (await oidc.fetchUserInfo(config, onScreen.access_token, onScreen.claims().sub)).sub;

// The server for itself (RFC 6749 4.4).
const own = await oidc.clientCredentialsGrant(config, { resource: task.resource });
seen.own_audience = [(await oidc.tokenIntrospection(config, own.access_token)).aud].flat();

// The person's token for a narrower one (RFC 8693).
const swapped = await oidc.genericGrantRequest(config, "urn:ietf:params:oauth:grant-type:token-exchange", {
  subject_token: onScreen.access_token,
  subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
  scope: "profile",
  resource: task.resource,
});
seen.swapped = { scope: swapped.scope, type: swapped.issued_token_type };
await oidc.tokenRevocation(config, swapped.access_token);
seen.swapped_after_revocation = (await oidc.tokenIntrospection(config, swapped.access_token)).active;

// The response as a form that the browser sends (Form Post Response Mode).
const byForm = await signIn(config, { response_mode: "form_post" });
seen.form_post = byForm.by;

// Signed and pushed, answered by a JWT, tokens bound to a key (RFC 9101, 9126, 9449, JARM).
const strict = await fresh();
oidc.useJwtResponseMode(strict);
const DPoP = oidc.getDPoPHandle(strict, await oidc.randomDPoPKeyPair("ES256"));
const bound = await signIn(strict, { claims: JSON.stringify({ userinfo: { region: null } }) }, DPoP);
seen.strict = { by: bound.by, parameters: bound.parameters, token_type: bound.tokens.token_type };
seen.region = (await oidc.fetchUserInfo(strict, bound.tokens.access_token, bound.tokens.claims().sub, { DPoP })).region;
const renewed = await oidc.refreshTokenGrant(strict, bound.tokens.refresh_token, undefined, { DPoP });
seen.renewed_type = renewed.token_type;
seen.without_the_key = await refusal(() => oidc.refreshTokenGrant(strict, bound.tokens.refresh_token));

// And out (RP-Initiated Logout): what was bound to the session is over.
const state = oidc.randomState();
const leave = oidc.buildEndSessionUrl(config, {
  post_logout_redirect_uri: task.post_logout_redirect_uri,
  id_token_hint: bound.tokens.id_token,
  state,
});
const left = await browser.travel(leave, task.post_logout_redirect_uri, task);
seen.left = left.searchParams.get("state") === state;
seen.after_sign_out = await refusal(() => oidc.refreshTokenGrant(strict, bound.tokens.refresh_token, undefined, { DPoP }));

console.log(JSON.stringify(seen, null, 2));

async function signIn(by, more, key) {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const expectedState = oidc.randomState();
  const expectedNonce = oidc.randomNonce();
  const asked = {
    redirect_uri: task.redirect_uri,
    scope: "openid profile school offline_access",
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    ...more,
  };
  let address = oidc.buildAuthorizationUrl(by, asked);
  if (key) {
    const signed = await oidc.buildAuthorizationUrlWithJAR(by, asked, signer);
    address = await oidc.buildAuthorizationUrlWithPAR(by, signed.searchParams, { DPoP: key });
  }
  const arrived = await browser.travel(address, task.redirect_uri, task);
  const found = new URLSearchParams(browser.arrivedBy === "POST" ? arrived.hash.slice(1) : arrived.search);
  const callback =
    browser.arrivedBy === "POST"
      ? new Request(task.redirect_uri, {
          method: "POST",
          body: found.toString(),
          headers: { "content-type": "application/x-www-form-urlencoded" },
        })
      : arrived;
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
  const tokens = await oidc.authorizationCodeGrant(by, callback, checks, undefined, key ? { DPoP: key } : undefined);
  return { by: browser.arrivedBy, parameters: [...found.keys()], tokens };
}

async function refusal(call) {
  try {
    await call();
  } catch (error) {
    if (error.error) return error.error;
    throw error;
  }
  return "(was not refused)";
}

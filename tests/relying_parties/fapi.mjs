// One sign-in of the strict profile with oauth4webapi, message by message: JAR pushed by PAR, JARM, sender-constrained tokens
// (DPoP with nonces of the server, or a certificate), UserInfo, refresh, introspection, revocation; and what a thief can do.
//
// Reads its task from standard input as JSON: issuer, client_id, private_jwk, auth (private_key_jwt | tls), binding (dpop | tls),
// response_mode, encryption (of the request, an alg or null), cert, cert_key (PEM), redirect_uri, scope, login, password.
// Prints what it saw as one JSON object; any check of oauth4webapi that fails ends it with status 1.

import * as jose from "jose";
import * as oauth from "oauth4webapi";
import { readFileSync } from "node:fs";

import { Browser } from "./browser.mjs";
import { certifiedFetch } from "./certified_fetch.mjs";

const task = JSON.parse(readFileSync(0, "utf8"));
const seen = { nonces_asked: 0 };
const usesTls = task.auth === "tls" || task.binding === "tls";
const withCertificate = usesTls ? { [oauth.customFetch]: certifiedFetch(task.cert, task.cert_key) } : {};

const issuer = new URL(task.issuer);
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer));
const client = {
  client_id: task.client_id,
  use_mtls_endpoint_aliases: usesTls,
  id_token_signed_response_alg: "ES256",
  authorization_signed_response_alg: "ES256",
  userinfo_signed_response_alg: "ES256",
  introspection_signed_response_alg: "ES256",
};
const signing = await privateKey(task.private_jwk);
const auth = task.auth === "tls" ? oauth.TlsClientAuth() : oauth.PrivateKeyJwt({ key: signing, kid: task.private_jwk.kid });
const DPoP = task.binding === "dpop" ? oauth.DPoP(client, await oauth.generateKeyPair("ES256")) : undefined;
const options = { ...withCertificate, DPoP };

const browser = new Browser();
const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const nonce = oauth.generateRandomNonce();

// What is asked, signed (RFC 9101) and pushed (RFC 9126).
const asked = {
  response_type: "code",
  redirect_uri: task.redirect_uri,
  scope: task.scope,
  state,
  nonce,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  response_mode: task.response_mode,
};
const signed = await oauth.issueRequestObject(as, client, asked, { key: signing, kid: task.private_jwk.kid });
const request = task.encryption ? await encrypted(signed, task.encryption) : signed;
const pushed = await told(
  () => oauth.pushedAuthorizationRequest(as, client, auth, { request, client_id: client.client_id }, options),
  (answer) => oauth.processPushedAuthorizationResponse(as, client, answer),
);
const address = new URL(as.authorization_endpoint);
address.search = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri });

// What is answered: one signed parameter, in the address or in a form (JARM).
const arrived = await browser.travel(address, task.redirect_uri, task);
seen.arrived_by = browser.arrivedBy;
const came = new URLSearchParams(browser.arrivedBy === "POST" ? arrived.hash.slice(1) : arrived.search);
seen.parameters = [...came.keys()];
const answer = await oauth.validateJwtAuthResponse(as, client, came, state);

const redeem = () => oauth.authorizationCodeGrantRequest(as, client, auth, answer, task.redirect_uri, verifier, options);
const tokens = await told(redeem, async (response) => {
  const found = await oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: nonce, requireIdToken: true });
  await oauth.validateApplicationLevelSignature(as, response);
  return found;
});
const subject = oauth.getValidatedIdTokenClaims(tokens).sub;
seen.token_type = tokens.token_type;

seen.userinfo = await told(
  () => oauth.userInfoRequest(as, client, tokens.access_token, options),
  async (response) => {
    const found = await oauth.processUserInfoResponse(as, client, subject, response);
    await oauth.validateApplicationLevelSignature(as, response);
    return found;
  },
);
seen.same_subject = seen.userinfo.sub === subject;
seen.thief = await stolen(tokens.access_token);

// Kept, not rotated: an answer lost on the way must not cost the person a sign-in (FAPI 2.0 5.3.2.1).
const renewed = [];
for (let turn = 0; turn < 2; turn += 1) {
  renewed.push(
    await told(
      () => oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, options),
      (response) => oauth.processRefreshTokenResponse(as, client, response),
    ),
  );
}
seen.refreshed_twice = renewed.every((one) => one.access_token !== tokens.access_token);

const looked = () =>
  told(
    () => oauth.introspectionRequest(as, client, auth, renewed[1].access_token, { ...withCertificate, requestJwtResponse: true }),
    async (response) => {
        const found = await oauth.processIntrospectionResponse(as, client, response);
      await oauth.validateApplicationLevelSignature(as, response);
      return found;
    },
  );
const before = await looked();
seen.introspected = { active: before.active, cnf: Object.keys(before.cnf ?? {}) };
await told(() => oauth.revocationRequest(as, client, auth, renewed[1].access_token, withCertificate), oauth.processRevocationResponse);
seen.active_after_revocation = (await looked()).active;

// Once for everything that is spent.
const away = new Browser();
seen.pushed_again = await refusal(async () => {
  await away.travel(address, task.redirect_uri, { login: "", password: "" });
});
seen.code_again = await refusal(() => told(redeem, (response) => oauth.processAuthorizationCodeResponse(as, client, response)));
seen.refresh_after_replay = await refusal(() =>
  told(
    () => oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, options),
    (response) => oauth.processRefreshTokenResponse(as, client, response),
  ),
);

console.log(JSON.stringify(seen, null, 2));

/** Ask, and ask once more when the server wants a nonce of its own in the proof (RFC 9449 8). */
// To the key that the server publishes for it (RFC 9101 6.1), if it says that it opens such things.
async function encrypted(jwt, alg) {
  if (!as.request_object_encryption_alg_values_supported.includes(alg)) throw new Error(`${alg} is not offered`);
  const { keys } = await (await fetch(as.jwks_uri)).json();
  const jwk = keys.find((one) => one.use === "enc" && one.kty === (alg.startsWith("RSA") ? "RSA" : "EC"));
  const enc = as.request_object_encryption_enc_values_supported[0];
  return await new jose.CompactEncrypt(new TextEncoder().encode(jwt))
    .setProtectedHeader({ alg, enc, kid: jwk.kid, cty: "oauth-authz-req+jwt" })
    .encrypt(await jose.importJWK(jwk, alg));
}

async function told(send, read) {
  try {
    return await read(await send());
  } catch (error) {
    if (!DPoP || !oauth.isDPoPNonceError(error)) throw error;
    seen.nonces_asked += 1;
    return read(await send());
  }
}

/** What somebody gets who has the access token and nothing else, and somebody who has a key or certificate of their own. */
async function stolen(token) {
  const plain = new URL(as.userinfo_endpoint);
  const found = [(await fetch(plain, { headers: { authorization: `Bearer ${token}` } })).status];
  found.push((await fetch(plain, { headers: { authorization: `DPoP ${token}` } })).status);
  const own = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
  for (let turn = 0; turn < 2; turn += 1) {
    try {
      found.push((await oauth.protectedResourceRequest(token, "GET", plain, undefined, null, { DPoP: own })).status);
    } catch (error) {
      found.push(error.status);
    }
  }
  return found;
}

async function refusal(call) {
  try {
    await call();
  } catch (error) {
    return error.error ?? error.message;
  }
  return "(was not refused)";
}

function privateKey(jwk) {
  return crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
}

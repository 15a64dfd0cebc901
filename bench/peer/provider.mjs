// The peer: npm oidc-provider as its manual sets it up, with the same duties as ours has in the measurement.
// ES256 ID tokens, PKCE required, opaque access tokens, refresh tokens always given and always rotated, a confidential
// client with client_secret_basic, a session and a remembered grant. Signing in asks nothing: it is not what is measured.
//
// node provider.mjs PORT CLIENT_SECRET REDIRECT_URI [REDIS_PORT]

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";

import { Provider } from "oidc-provider";

const [port, secret, redirectUri, redisPort] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const key = { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "ES256", kid: "bench" };
const adapter = redisPort ? (await import("./redis_adapter.mjs")).redisAdapter(Number(redisPort)) : undefined;

const provider = new Provider(issuer, {
  adapter,
  jwks: { keys: [key] },
  clients: [
    {
      client_id: "bench",
      client_secret: secret,
      redirect_uris: [redirectUri],
      grant_types: ["authorization_code", "refresh_token", "client_credentials"],
      response_types: ["code"],
      token_endpoint_auth_method: "client_secret_basic",
      id_token_signed_response_alg: "ES256",
    },
  ],
  scopes: ["openid", "profile", "school", "offline_access"],
  claims: {
    openid: ["sub"],
    profile: ["name", "family_name", "given_name", "middle_name", "birthdate", "gender"],
    school: ["school", "diary_roles", "region"],
  },
  findAccount: (_context, accountId) => ({ accountId, claims: () => account(accountId) }),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
  },
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  pkce: { required: () => true },
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  cookies: { keys: ["bench cookie key"] },
  ttl: { AccessToken: 600, ClientCredentials: 600, AuthorizationCode: 60, IdToken: 600, Grant: 86400, Session: 86400, RefreshToken: 86400, Interaction: 600 },
});

function account(sub) {
  return {
    sub,
    name: "Орлова Анна Сергеевна",
    family_name: "Орлова",
    given_name: "Анна",
    middle_name: "Сергеевна",
    birthdate: "1985-04-12",
    gender: "female",
    school: { id: "29-001", name: "Школа № 132", class: null },
    diary_roles: ["teacher"],
    region: "29",
  };
}

async function interact(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === "login") {
    return provider.interactionFinished(request, response, { login: { accountId: `person-${process.hrtime.bigint()}` } });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

const serve = provider.callback();
const server = createServer((request, response) => {
  if (!request.url.startsWith("/interaction/")) return serve(request, response);
  return interact(request, response).catch(() => response.writeHead(500).end());
});
server.keepAliveTimeout = 65_000;
server.listen(Number(port), "127.0.0.1");

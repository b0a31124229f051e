// Signing in at the group's own issuer: the authorization code of OpenID Connect with PKCE (RFC 7636). The page has no secret;
// the code is worth nothing without the verifier, which never leaves this tab.
const key = "alert-hub.sign-in";
const limit = 10_000;

/// What the hub says about its issuer; null where there is none.
export async function issuer() {
  try {
    const response = await fetch("/sign-in", { cache: "no-store", signal: AbortSignal.timeout(3000) });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/// Leaves for the issuer's page, which sends the browser back with a code.
export async function leave({ authorizationURL, clientId, scope, audience }) {
  const verifier = word(32);
  const state = word(16);
  sessionStorage.setItem(key, JSON.stringify({ verifier, state }));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const url = new URL(authorizationURL);
  const parameters = {
    response_type: "code", client_id: clientId, redirect_uri: home(), scope, audience, state,
    code_challenge: letters(new Uint8Array(digest)), code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  location.assign(url);
}

/// Whether the browser comes from the issuer.
export const isArriving = () => /[?&](code|error)=/.test(location.search);

/// The tokens for the code that came along. Throws, with words to show, where there are none to be had.
export async function arrive(issuer) {
  const query = new URLSearchParams(location.search);
  // A code is for one use, and for nobody who looks at the address.
  history.replaceState(null, "", "/");
  const asked = JSON.parse(sessionStorage.getItem(key) ?? "null");
  sessionStorage.removeItem(key);
  if (!asked || asked.state !== query.get("state")) throw new Error("This sign-in was not begun here. Try again.");
  if (!query.get("code")) throw new Error("The issuer did not let you in.");
  return grant(issuer, {
    grant_type: "authorization_code", code: query.get("code"), redirect_uri: home(), code_verifier: asked.verifier,
  });
}

/// New tokens for an old refresh token.
export const renew = (issuer, refreshToken) =>
  grant(issuer, { grant_type: "refresh_token", refresh_token: refreshToken });

async function grant(issuer, fields) {
  const response = await fetch(issuer.tokenURL, {
    method: "POST", cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(limit),
    body: new URLSearchParams({ client_id: issuer.clientId, ...fields }),
  });
  if (!response.ok) throw new Error("The issuer gave no token. Sign in again.");
  const { access_token: token, refresh_token: refreshToken } = await response.json();
  return { token, refreshToken: refreshToken ?? fields.refresh_token ?? null };
}

const home = () => `${location.origin}/`;

const word = (bytes) => letters(crypto.getRandomValues(new Uint8Array(bytes)));

// base64url without padding
function letters(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

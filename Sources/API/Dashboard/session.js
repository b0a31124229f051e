// Who is signed in. The token lives in sessionStorage: gone with the tab, never in a URL, never in a cookie.
import { arrive, isArriving, issuer, leave, renew } from "./issuer.js";
import { sentence } from "./words.js";

const key = "alert-hub.session";
const retry = 5000;
const longestLead = 60_000;
const element = (id) => document.getElementById(id);

export class Session {
  #listener;
  #issuer = null;
  #renewal = null;

  /// listener: signedIn(token, claims), renewed(token), signedOut(isForced).
  constructor(listener) {
    this.#listener = listener;
    element("token-form").addEventListener("submit", (submit) => {
      submit.preventDefault();
      this.#use(element("token").value.trim(), "");
    });
    element("issuer-button").addEventListener("click", () => leave(this.#issuer));
  }

  async begin() {
    this.#issuer = await issuer();
    const kept = read(() => JSON.parse(sessionStorage.getItem(key)));
    if (this.#issuer && isArriving()) await this.#arrive();
    else if (kept?.token) this.#use(kept.token, kept.clinic, kept.refreshToken);
    else this.#ask("");
  }

  async #arrive() {
    try {
      const { token, refreshToken } = await arrive(this.#issuer);
      this.#use(token, "", refreshToken);
    } catch (error) {
      this.#ask(error.message);
    }
  }

  /// Ends the session. `reason` is shown above the form; `isForced` if it was not the user's own wish.
  end(reason, isForced) {
    sessionStorage.removeItem(key);
    clearTimeout(this.#renewal);
    this.#listener.signedOut(isForced);
    this.#ask(reason);
  }

  #use(token, clinic, refreshToken = null) {
    const claims = this.#claims(token);
    // A token is three words of these letters; only such can go into the upgrade's header.
    if (!claims?.clinic_id || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
      return this.#ask("This is not a token of this hub: it names no clinic.");
    }
    sessionStorage.setItem(key, JSON.stringify({ token, clinic, refreshToken }));
    element("sign-in").hidden = true;
    element("token").value = "";
    this.#renewInTime(claims, clinic, refreshToken);
    this.#listener.signedIn(token, { ...claims, clinic });
  }

  // The issuer may call the three claims by names of its own.
  #claims(token) {
    const names = this.#issuer?.claims ?? {};
    return read(() => {
      const claims = JSON.parse(decoded(token.split(".")[1]));
      const role = claims[names.role ?? "role"];
      return {
        ...claims, clinic_id: claims[names.clinicId ?? "clinic_id"], user_id: claims[names.userId ?? "user_id"],
        role: Array.isArray(role) ? role[0] : role,
      };
    });
  }

  // Well before the end: a minute, or a fifth of the token's life where that is shorter.
  #renewInTime(claims, clinic, refreshToken) {
    clearTimeout(this.#renewal);
    if (!refreshToken || !this.#issuer || !claims.exp) return;
    const life = (claims.exp - (claims.iat ?? Date.now() / 1000)) * 1000;
    const wait = claims.exp * 1000 - Date.now() - Math.min(longestLead, life / 5);
    this.#renewal = setTimeout(() => this.#renew(claims, clinic, refreshToken), Math.max(0, wait));
  }

  async #renew(claims, clinic, refreshToken) {
    try {
      const tokens = await renew(this.#issuer, refreshToken);
      const renewed = this.#claims(tokens.token);
      // Signed out meanwhile, or somebody else's.
      if (sessionStorage.getItem(key) === null || renewed?.user_id !== claims.user_id) return;
      sessionStorage.setItem(key, JSON.stringify({ token: tokens.token, clinic, refreshToken: tokens.refreshToken }));
      this.#renewInTime(renewed, clinic, tokens.refreshToken);
      this.#listener.renewed(tokens.token);
    } catch {
      // Until the token ends; then the hub ends the session, and the page says so.
      this.#renewal = setTimeout(() => this.#renew(claims, clinic, refreshToken), retry);
    }
  }

  #ask(reason) {
    element("sign-in-reason").textContent = reason;
    element("sign-in").hidden = false;
    element("sign-in-title").focus();
    this.#offerWays();
  }

  // Shown all at once: nothing moves, or is replaced, under a hand that is about to click.
  async #offerWays() {
    element("demo").hidden = element("token-form").hidden = element("issuer").hidden = true;
    const users = await demoUsers();
    element("demo-users").replaceChildren(...Object.entries(Object.groupBy(users, (user) => user.clinic)).map(
      ([clinic, members]) => this.#group(clinic, members)));
    element("demo").hidden = users.length === 0;
    element("issuer").hidden = this.#issuer === null;
    element("token-form").hidden = this.#issuer !== null;
  }

  #group(clinic, users) {
    const group = element("clinic-template").content.firstElementChild.cloneNode(true);
    group.querySelector("h3").textContent = clinic;
    group.querySelector("ul").append(...users.map((user) => {
      const item = element("user-template").content.firstElementChild.cloneNode(true);
      item.querySelector(".name").textContent = user.name;
      item.querySelector(".role").textContent = sentence(user.role);
      item.querySelector("button").addEventListener("click", () => this.#use(user.token, clinic));
      return item;
    }));
    return group;
  }
}

// The hub answers 404 here unless it runs with demo data.
async function demoUsers() {
  try {
    const response = await fetch("/demo/users", { cache: "no-store", signal: AbortSignal.timeout(3000) });
    return response.ok ? (await response.json()).users : [];
  } catch {
    return [];
  }
}

// For display only; the hub checks the signature.
function decoded(part) {
  const bytes = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(bytes, (letter) => letter.charCodeAt(0)));
}

function read(action) {
  try {
    return action();
  } catch {
    return null;
  }
}

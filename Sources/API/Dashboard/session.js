// Who is signed in. The token lives in sessionStorage: gone with the tab, never in a URL, never in a cookie.
import { sentence } from "./words.js";

const key = "alert-hub.session";
const element = (id) => document.getElementById(id);

export class Session {
  #listener;

  /// listener: signedIn(token, claims), signedOut(isForced).
  constructor(listener) {
    this.#listener = listener;
    element("token-form").addEventListener("submit", (submit) => {
      submit.preventDefault();
      this.#use(element("token").value.trim(), "");
    });
  }

  begin() {
    const kept = read(() => JSON.parse(sessionStorage.getItem(key)));
    if (kept?.token) this.#use(kept.token, kept.clinic);
    else this.#ask("");
  }

  /// Ends the session. `reason` is shown above the form; `isForced` if it was not the user's own wish.
  end(reason, isForced) {
    sessionStorage.removeItem(key);
    this.#listener.signedOut(isForced);
    this.#ask(reason);
  }

  #use(token, clinic) {
    const claims = read(() => JSON.parse(decoded(token.split(".")[1])));
    // A token is three words of these letters; only such can go into the upgrade's header.
    if (!claims?.clinic_id || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
      return this.#ask("This is not a token of this hub: it names no clinic.");
    }
    sessionStorage.setItem(key, JSON.stringify({ token, clinic }));
    element("sign-in").hidden = true;
    element("token").value = "";
    this.#listener.signedIn(token, { ...claims, clinic });
  }

  #ask(reason) {
    element("sign-in-reason").textContent = reason;
    element("sign-in").hidden = false;
    element("sign-in-title").focus();
    this.#offerWays();
  }

  // Shown all at once: nothing moves, or is replaced, under a hand that is about to click.
  async #offerWays() {
    element("demo").hidden = element("token-form").hidden = true;
    const users = await demoUsers();
    element("demo-users").replaceChildren(...Object.entries(Object.groupBy(users, (user) => user.clinic)).map(
      ([clinic, members]) => this.#group(clinic, members)));
    element("demo").hidden = users.length === 0;
    element("token-form").hidden = false;
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

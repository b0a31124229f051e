// Who is signed in. The token lives in sessionStorage: gone with the tab, never in a URL, never in a cookie.
const key = "alert-hub.token";
const element = (id) => document.getElementById(id);

export class Session {
  #listener;

  constructor(listener) {
    this.#listener = listener;
    element("token-form").addEventListener("submit", (submit) => {
      submit.preventDefault();
      this.#use(element("token").value.trim());
    });
  }

  begin() {
    const token = sessionStorage.getItem(key);
    if (token) this.#use(token);
    else this.#ask("");
  }

  /// Ends the session; `reason` is shown above the form.
  end(reason) {
    sessionStorage.removeItem(key);
    this.#listener.signedOut();
    this.#ask(reason);
  }

  #use(token) {
    const claims = readClaims(token);
    if (!claims?.clinic_id) return this.#ask("This is not a token of this hub: it names no clinic.");
    if (claims.exp * 1000 < Date.now()) return this.#ask("This token has expired. Ask for a new one.");
    sessionStorage.setItem(key, token);
    element("sign-in").hidden = true;
    this.#listener.signedIn(token, claims);
  }

  #ask(reason) {
    element("token-error").textContent = reason;
    element("token").value = "";
    element("sign-in").hidden = false;
    this.#offerDemoUsers();
  }

  // The hub answers 404 here unless it runs with demo data.
  async #offerDemoUsers() {
    const response = await fetch("/demo/users", { cache: "no-store" }).catch(() => null);
    if (!response?.ok) return;
    const { users } = await response.json();
    element("demo-users").replaceChildren(...users.map((user) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = user.name;
      const detail = document.createElement("small");
      detail.textContent = `${user.role} · ${user.clinic}`;
      button.append(detail);
      button.addEventListener("click", () => this.#use(user.token));
      const item = document.createElement("li");
      item.append(button);
      return item;
    }));
    element("demo").hidden = users.length === 0;
  }
}

// Reads the claims for display only; the hub checks the signature.
function readClaims(token) {
  try {
    const part = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (c) => c.charCodeAt(0))));
  } catch {
    return null;
  }
}

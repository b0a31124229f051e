// REST of the hub, with the token of whoever is signed in.
const limit = 10_000;

export class API {
  #token;

  constructor(token) { this.#token = token; }

  /// Goes on with a new token of the same person.
  renew(token) { this.#token = token; }

  get(path) { return this.#call("GET", path); }
  post(path, body) { return this.#call("POST", path, body ?? {}); }
  patch(path, body) { return this.#call("PATCH", path, body); }
  put(path, body) { return this.#call("PUT", path, body); }
  delete(path) { return this.#call("DELETE", path); }

  /// The answer's bytes, for a file to be saved.
  async file(path) { return (await this.#send("GET", path)).blob(); }

  async #call(method, path, body) {
    const response = await this.#send(method, path, body);
    return response.status === 204 ? null : response.json();
  }

  /// Rejects with the hub's own words.
  async #send(method, path, body) {
    const headers = { Authorization: `Bearer ${this.#token}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let response;
    try {
      response = await fetch(path, {
        method, headers, cache: "no-store", signal: AbortSignal.timeout(limit),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch {
      throw new Error("The hub cannot be reached.");
    }
    if (response.ok) return response;
    const problem = await response.json().catch(() => null);
    throw new Error(problem?.detail ?? `The hub answered ${response.status}.`);
  }
}

// The few REST calls of the page. A refusal is thrown as an Error with the problem's own words.
export class HubAPI {
  #token;

  constructor(token) { this.#token = token; }

  flow() { return this.#get("/api/v1/dashboard/flow"); }

  async #get(path) {
    const response = await fetch(path, { headers: { Authorization: `Bearer ${this.#token}` }, cache: "no-store" });
    const body = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(body.detail ?? body.title ?? `The hub answered ${response.status}.`);
    return body;
  }
}

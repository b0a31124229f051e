// The four counts of the clinic's patients, read again whenever something moved.
const settle = 250;
const retry = 5000;
const interval = 60_000;

export class Flow {
  #token;
  #show;
  #timer = null;
  #isStopped = false;

  constructor(token, show) {
    this.#token = token;
    this.#show = show;
  }

  /// Soon: several changes in a row are read once.
  refresh() { this.#readAfter(settle); }

  renew(token) { this.#token = token; }

  stop() {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #readAfter(delay) {
    clearTimeout(this.#timer);
    if (!this.#isStopped) this.#timer = setTimeout(() => this.#read(), delay);
  }

  async #read() {
    try {
      const headers = { Authorization: `Bearer ${this.#token}` };
      const response = await fetch("/api/v1/dashboard/flow", { headers, cache: "no-store" });
      if (!response.ok) throw new Error(String(response.status));
      const counts = await response.json();
      if (!this.#isStopped) this.#show(counts);
      // At midnight "today" begins anew without an event.
      this.#readAfter(interval);
    } catch {
      this.#readAfter(retry);
    }
  }
}

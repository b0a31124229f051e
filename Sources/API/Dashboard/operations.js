// What is under maintenance now: alerts of some urgencies are shown, and nobody is called for them.
import { timeOfDay, write } from "./time.js";

const retry = 5000;
const element = (id) => document.getElementById(id);

export class Operations {
  #token;
  #windows = [];
  #timer = null;
  #isStopped = false;

  constructor(token) { this.#token = token; }

  async refresh() {
    clearTimeout(this.#timer);
    try {
      const headers = { Authorization: `Bearer ${this.#token}` };
      const response = await fetch("/api/v1/maintenance", { headers, cache: "no-store" });
      if (!response.ok) throw new Error(String(response.status));
      this.#windows = (await response.json()).windows.filter((window) => window.isActive);
      this.#draw();
    } catch {
      if (!this.#isStopped) this.#timer = setTimeout(() => this.refresh(), retry);
    }
  }

  stop() {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#windows = [];
    this.#draw();
  }

  #draw() {
    if (this.#isStopped) this.#windows = [];
    element("maintenance").hidden = this.#windows.length === 0;
    const parts = this.#windows.map((window) => {
      const whose = window.source ? ` of ${window.source}` : "";
      const until = timeOfDay(Date.parse(window.endsAt));
      return `${window.suppresses.join(", ")} alerts${whose} call nobody until ${until}`;
    });
    write(element("maintenance-text"), parts.length === 0 ? "" : `Maintenance: ${parts.join("; ")}.`);
  }
}

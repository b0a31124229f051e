// What is under maintenance now: alerts of some urgencies are shown, and nobody is called for them. Administrators begin
// and end it here.
import { made } from "./panel.js";
import { moment, timeOfDay, write } from "./time.js";

const retry = 5000;
const element = (id) => document.getElementById(id);

export class Operations {
  #api = null;
  #now = null;
  #windows = [];
  #timer = null;

  constructor() {
    element("maintenance-form").addEventListener("submit", (submit) => {
      submit.preventDefault();
      this.#begin();
    });
  }

  /// `now` is the hub's time in milliseconds.
  begin(api, now) {
    this.#api = api;
    this.#now = now;
  }

  async refresh() {
    clearTimeout(this.#timer);
    const api = this.#api;
    try {
      const { windows } = await api.get("/api/v1/maintenance");
      if (api !== this.#api) return;
      this.#windows = windows;
      this.#draw();
    } catch {
      if (api === this.#api && api) this.#timer = setTimeout(() => this.refresh(), retry);
    }
  }

  end() {
    clearTimeout(this.#timer);
    this.#api = null;
    this.#windows = [];
    this.#draw();
  }

  async #begin() {
    const suppresses = [...element("maintenance-form").querySelectorAll("[name=suppresses]:checked")].map((box) => box.value);
    const until = new Date(this.#now() + Number(element("maintenance-minutes").value) * 60_000).toISOString();
    const source = element("maintenance-source").value.trim();
    await this.#act((api) => api.post("/api/v1/maintenance", { suppresses, until, ...(source && { source }) }));
  }

  async #act(act) {
    write(element("maintenance-error"), "");
    try {
      await act(this.#api);
      await this.refresh();
    } catch (error) {
      write(element("maintenance-error"), error.message);
    }
  }

  #draw() {
    const active = this.#windows.filter((window) => window.isActive);
    element("maintenance").hidden = active.length === 0;
    const parts = active.map((window) => `${what(window)} until ${timeOfDay(Date.parse(window.endsAt))}`);
    write(element("maintenance-text"), parts.length === 0 ? "" : `Maintenance: ${parts.join("; ")}.`);
    element("windows").replaceChildren(...active.map((window) => {
      const item = made("li", { className: "card" });
      const end = made("button", { type: "button" }, "End now");
      end.addEventListener("click", () => this.#act((api) => api.delete(`/api/v1/maintenance/${window.windowId}`)));
      item.append(made("p", {}, `${what(window)} until ${moment(window.endsAt)}.`), end);
      return item;
    }));
  }
}

function what(window) {
  const whose = window.source ? ` of ${window.source}` : "";
  return `${window.suppresses.join(", ")} alerts${whose} call nobody`;
}

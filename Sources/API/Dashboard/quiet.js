// The hours in which the person who is signed in is not to be woken for what can wait.
import { write } from "./time.js";

const week = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
const element = (id) => document.getElementById(id);

export class QuietHours {
  #api = null;
  #path = "";

  constructor() {
    element("quiet-form").addEventListener("submit", (submit) => {
      submit.preventDefault();
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
      const window = { days: week, from: element("quiet-begin").value, to: element("quiet-end").value };
      this.#act((api) => api.put(this.#path, { zone: timeZone, windows: [window] }));
    });
    element("quiet-clear").addEventListener("click", () => this.#act((api) => api.delete(this.#path)));
  }

  begin(api, user) {
    this.#api = api;
    this.#path = `/api/v1/users/${user}/quiet-hours`;
  }

  end() {
    this.#api = null;
    write(element("quiet-now"), "");
    element("quiet-form").reset();
  }

  async refresh() {
    const api = this.#api;
    try {
      const hours = await api.get(this.#path);
      if (api === this.#api) this.#draw(hours);
    } catch (error) {
      if (api === this.#api) write(element("quiet-now"), error.message);
    }
  }

  #draw({ zone, windows }) {
    element("quiet-clear").hidden = windows.length === 0;
    const spans = windows.map(({ days, from, to }) => {
      const when = days.length === 7 ? "every day" : days.join(", ");
      return `from ${from} to ${to} ${when}`;
    });
    const none = "None: every message comes at once.";
    write(element("quiet-now"), spans.length === 0 ? none : `Quiet ${spans.join("; ")}, by the clocks of ${zone}.`);
    if (windows.length === 1 && !element("quiet-form").contains(document.activeElement)) {
      element("quiet-begin").value = windows[0].from;
      element("quiet-end").value = windows[0].to;
    }
  }

  async #act(act) {
    try {
      await act(this.#api);
    } catch (error) {
      return write(element("quiet-now"), error.message);
    }
    document.activeElement?.blur();
    await this.refresh();
  }
}

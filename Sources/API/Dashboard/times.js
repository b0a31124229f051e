// Response times: how long until an alert was delivered, seen, acknowledged and closed.
import { made } from "./panel.js";
import { clock, write } from "./time.js";

const dimensions = { URGENCY: "Urgency", STEP: "Step", PERSON: "Person" };
const measures = ["DELIVERED", "SEEN", "ACKNOWLEDGED", "CLOSED"];
const element = (id) => document.getElementById(id);

export class Times {
  roles = ["ADMIN", "CORPORATE_ADMIN"];
  #api = null;

  constructor() {
    element("times-days").addEventListener("change", () => this.refresh());
    element("times-save").addEventListener("click", () => this.#save());
  }

  begin(api) { this.#api = api; }

  end() {
    this.#api = null;
    element("times").replaceChildren();
  }

  get #query() {
    const from = new Date(Date.now() - Number(element("times-days").value) * 86_400_000);
    return `?from=${from.toISOString()}`;
  }

  async refresh() {
    const api = this.#api;
    try {
      const report = await api.get(`/api/v1/reports/response-times${this.#query}`);
      if (api !== this.#api) return;
      write(element("times-error"), "");
      write(element("times-count"), `${report.alerts} alerts`);
      element("times").replaceChildren(...rows(report.rows));
    } catch (error) {
      if (api === this.#api) write(element("times-error"), error.message);
    }
  }

  async #save() {
    try {
      const file = await this.#api.file(`/api/v1/reports/response-times.csv${this.#query}`);
      const link = made("a", { href: URL.createObjectURL(file), download: "response-times.csv" });
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (error) {
      write(element("times-error"), error.message);
    }
  }
}

function rows(times) {
  const groups = Map.groupBy(times, (row) => `${row.dimension} ${row.key}`);
  return [...groups.values()].map((group) => {
    const [first] = group;
    const row = made("tr");
    const name = first.name ?? (first.dimension === "PERSON" ? `User ${first.key.slice(-4)}` : first.key);
    row.append(made("td", {}, dimensions[first.dimension] ?? first.dimension), made("th", { scope: "row" }, name));
    for (const measure of measures) {
      const cell = group.find((one) => one.measure === measure);
      row.append(made("td", {}, cell ? `${span(cell.p50Seconds)} / ${span(cell.p90Seconds)} (${cell.count})` : "–"));
    }
    return row;
  });
}

function span(seconds) { return seconds < 60 ? `${seconds.toFixed(1)} s` : clock(seconds); }

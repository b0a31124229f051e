// For administrators: how the gateways do, what nobody got, and which producers are heard.
import { made } from "./panel.js";
import { moment, write } from "./time.js";
import { channels, sentence } from "./words.js";

const element = (id) => document.getElementById(id);

export class Delivery {
  #api = null;

  begin(api) { this.#api = api; }

  end() {
    this.#api = null;
    for (const id of ["gateways", "dead-letters", "monitors"]) element(id).replaceChildren();
  }

  async refresh() {
    const api = this.#api;
    try {
      const [{ gateways }, { deadLetters }, { monitors }] = await Promise.all([
        api.get("/api/v1/gateways"), api.get("/api/v1/dead-letters?limit=20"), api.get("/api/v1/monitors"),
      ]);
      if (api !== this.#api) return;
      write(element("operations-error"), "");
      element("gateways").replaceChildren(...gateways.map(gatewayRow));
      element("dead-letters").replaceChildren(...deadLetters.map((letter) => this.#letterItem(letter)));
      element("no-dead-letters").hidden = deadLetters.length > 0;
      element("monitors").replaceChildren(...monitors.map(monitorItem));
      element("no-monitors").hidden = monitors.length > 0;
    } catch (error) {
      if (api === this.#api) write(element("operations-error"), error.message);
    }
  }

  #letterItem(letter) {
    const item = made("li", { className: "card" });
    const way = channels[letter.channel] ?? letter.channel;
    const text = `${letter.urgencyLevel} ${way}, step ${letter.step}: ${letter.reason ?? "failed"}`;
    const state = letter.state === "QUEUED" ? "is being sent again" : `given up ${moment(letter.deadAt ?? letter.createdAt)}`;
    const tried = `${letter.attempts} tries by ${letter.gateways.join(", ") || "nobody"}; ${state}`;
    item.append(made("p", {}, text), made("p", { className: "quiet" }, tried));
    if (!letter.isReplayable) return item;
    const again = made("button", { type: "button" }, "Send again");
    again.addEventListener("click", async () => {
      again.setAttribute("aria-disabled", "true");
      try {
        await this.#api.post(`/api/v1/dead-letters/${letter.id}/replay`);
        await this.refresh();
      } catch (error) {
        write(element("operations-error"), error.message);
        again.removeAttribute("aria-disabled");
      }
    });
    item.append(again);
    return item;
  }
}

function gatewayRow(gateway) {
  const row = made("tr");
  row.dataset.state = gateway.state;
  const speed = gateway.callMilliseconds === null ? "–" : `${Math.round(gateway.callMilliseconds)} ms`;
  const cells = [
    channels[gateway.channel] ?? gateway.channel, sentence(gateway.state), `${Math.round(gateway.share * 100)} %`,
    String(gateway.accepted), String(gateway.delivered), String(gateway.failed + gateway.rejected), speed,
    gateway.lastFaultCode ? `${gateway.lastFaultCode}, ${moment(gateway.lastFaultAt)}` : "–",
  ];
  row.append(made("th", { scope: "row" }, gateway.name), ...cells.map((text) => made("td", {}, text)));
  return row;
}

function monitorItem(monitor) {
  const item = made("li", { className: "card" });
  const heard = monitor.heardAt ? `heard ${moment(monitor.heardAt)}` : "not heard yet";
  item.append(made("p", {}, `${monitor.source}: every ${monitor.everySeconds} s, ${heard}`));
  if (monitor.silentSince) item.append(made("p", { className: "error" }, `Silent since ${moment(monitor.silentSince)}.`));
  return item;
}

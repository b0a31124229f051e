// Who would be called if an alert came now, and why.
import { made } from "./panel.js";
import { moment, write } from "./time.js";
import { obstacles, sentence, targets } from "./words.js";

const element = (id) => document.getElementById(id);

export class OnCall {
  #api = null;

  begin(api) { this.#api = api; }

  end() {
    this.#api = null;
    element("duties").replaceChildren();
    element("steps").replaceChildren();
  }

  async refresh() {
    const api = this.#api;
    try {
      const view = await api.get("/api/v1/on-call");
      if (api !== this.#api) return;
      write(element("on-call-error"), "");
      write(element("policy-name"), `${view.policy.name}, version ${view.policy.version}`);
      element("duties").replaceChildren(...view.schedules.map(duty));
      element("no-duties").hidden = view.schedules.length > 0;
      element("steps").replaceChildren(...view.policy.steps.map((step) => stepItem(step, view.schedules)));
    } catch (error) {
      if (api === this.#api) write(element("on-call-error"), error.message);
    }
  }
}

function duty(schedule) {
  const card = made("li", { className: "card" });
  card.append(made("h3", {}, schedule.name));
  const now = schedule.onCall;
  if (!now) card.append(made("p", { className: "error" }, "Nobody is on call."));
  else {
    const why = now.reason === "OVERRIDE" ? "stands in" : `by rotation ${now.layerName ?? ""}`.trim();
    card.append(person(now, "strong"), made("p", {}, `until ${moment(now.to)} (${why})`));
  }
  if (schedule.next) card.append(made("p", { className: "quiet" }, `then ${schedule.next.name ?? "somebody"} from ${moment(schedule.next.from)}`));
  card.append(made("p", { className: "quiet" }, `Hand-overs in ${schedule.zone}`));
  return card;
}

function stepItem(step, schedules) {
  const item = made("li", { className: "card" });
  item.append(made("h3", {}, `Step ${step.step}`));
  for (const target of step.targets) {
    const schedule = schedules.find((one) => one.scheduleId === target.scheduleId);
    const whose = target.kind === "ROLE" ? sentence(target.role) : schedule?.name ?? "";
    const title = sentence(`${targets[target.kind] ?? target.kind}${whose ? ` ${whose}` : ""}`);
    item.append(made("p", { className: "target" }, title));
    if (target.isOfAlert) item.append(made("p", { className: "quiet" }, "as each alert says"));
    else if (target.people.length === 0) item.append(made("p", { className: "error" }, "nobody"));
    else item.append(...target.people.map((one) => person(one, "p")));
  }
  return item;
}

function person(one, name) {
  const line = made("p");
  line.append(made(name === "strong" ? "strong" : "span", {}, one.name ?? `User ${one.userId.slice(-4)}`));
  if (one.obstacle) line.append(made("span", { className: "error" }, ` ${obstacles[one.obstacle] ?? one.obstacle}`));
  return line;
}

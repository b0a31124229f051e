// The story of one alert: who was meant, why, by which way, with which outcome and when.
import { made } from "./panel.js";
import { timeOfDay, write } from "./time.js";
import { causes, channels, obstacles, outcomes, reasons, sentence, targets, ways } from "./words.js";

const element = (id) => document.getElementById(id);

export class Story {
  #dialog = element("story");
  #api = null;
  #shown = null;

  constructor() {
    element("story-close").addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("close", () => { this.#shown = null; });
  }

  begin(api) { this.#api = api; }

  end() {
    this.#api = null;
    this.#dialog.close();
    element("story-lines").replaceChildren();
    write(element("story-facts"), "");
  }

  async show(alertId) {
    this.#shown = alertId;
    write(element("story-title"), "Reading…");
    write(element("story-facts"), "");
    write(element("story-error"), "");
    element("story-lines").replaceChildren();
    if (!this.#dialog.open) this.#dialog.showModal();
    try {
      const alert = await this.#api.get(`/api/v1/alerts/${alertId}`);
      if (this.#shown === alertId) this.#draw(alert);
    } catch (error) {
      write(element("story-error"), error.message);
    }
  }

  /// Something happened to an alert: the story that is open is read again.
  changed(alertId) { if (alertId === this.#shown) this.show(alertId); }

  #draw(alert) {
    const names = new Map(alert.people.map((person) => [person.userId, person.name]));
    write(element("story-title"), `${alert.urgencyLevel} alert ${alert.code}, room ${alert.room || "not given"}`);
    const facts = [alert.patientName, alert.reason, sentence(alert.status)];
    write(element("story-facts"), facts.filter(Boolean).join(" · "));
    element("story-lines").replaceChildren(...alert.timeline.map((entry) => line(entry, alert, names)));
  }
}

function line(entry, alert, names) {
  const item = made("li", { className: `story-${entry.kind.toLowerCase()}` });
  item.append(made("time", { dateTime: entry.at }, timeOfDay(Date.parse(entry.at))), made("p", {}, words(entry, names)));
  if (entry.ways.length > 0) {
    const list = made("ul");
    list.append(...entry.ways.map((way) => made("li", {}, tries(way, alert))));
    item.append(list);
  }
  return item;
}

// By which ways the person was to be reached, each with its tries.
function tries(way, alert) {
  const attempts = alert.attempts.filter((attempt) => attempt.messageId === way.messageId).map((attempt) => {
    const code = attempt.errorCode ? ` (${attempt.errorCode})` : "";
    const outcome = outcomes[attempt.state] ?? attempt.state;
    return `${attempt.gateway}: ${outcome}${code} at ${timeOfDay(Date.parse(attempt.updatedAt))}`;
  });
  const outcome = outcomes[way.outcome] ?? way.outcome;
  const details = attempts.length > 0 ? `. ${attempts.join("; ")}` : "";
  return `By ${channels[way.channel] ?? way.channel}: ${outcome}${details}`;
}

function words(entry, names) {
  const who = entry.userId ? names.get(entry.userId) ?? `User ${entry.userId.slice(-4)}` : "";
  const cause = entry.reason ? causes[entry.reason] ?? targets[entry.reason] ?? obstacles[entry.reason] ?? entry.reason : "";
  const answered = [ways[entry.way], reasons[entry.why]].filter(Boolean).join(", ");
  const by = who ? ` by ${who}` : "";
  const because = cause ? `: ${cause}` : "";
  const how = answered ? ` (${answered})` : "";
  switch (entry.kind) {
    case "RAISED": return `Raised${by}`;
    case "PAGED": return `Step ${entry.step}: ${who} was called${because}`;
    case "UNREACHABLE": return `Step ${entry.step} means ${who}, who ${cause || "cannot be reached"}`;
    case "DELIVERED": return `${who}'s phone or screen has it`;
    case "CONTACTS_FAILED": return `Nothing reached ${who}`;
    case "CONTACT_GONE": return `${who} ${cause || "cannot be reached any more"}`;
    case "DECLINED": return `${who} passed it on${how}`;
    case "ESCALATED": return `On to step ${entry.step}${because}${by}`;
    case "REPEATED": return `Step ${entry.step}: called again`;
    case "SKIPPED": return `Step ${entry.step} was passed over${because}`;
    case "EXHAUSTED": return `Everybody was called, and nobody answered${because}`;
    case "SNOOZED": return `${who} put it off${how}`;
    case "ACKNOWLEDGED": return `${who} accepted it${how}`;
    case "WORKING_ON_IT": return `${who} is working on it${how}`;
    case "REMINDED": return `${who} was reminded that it is open`;
    case "BUNDLED": return `The text to ${who} was gathered with others into one`;
    case "UNACCEPTED": return `It went back: ${cause || "handed back"}${by}${how}`;
    case "RAISED_AGAIN": return "Raised again";
    case "HELD": return `Held back${because}`;
    case "RELEASED": return "Held back no more";
    case "URGENCY_RAISED": return "Became more urgent";
    case "CLOSED": return `Closed${by}${how}${because}`;
    case "REOPENED": return `Re-opened${by}${how}`;
    default: return sentence(entry.kind);
  }
}

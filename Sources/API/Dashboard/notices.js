// What an administrator must put right before the next alert needs it, and the weekly test of every contact.
import { made } from "./panel.js";
import { moment, write } from "./time.js";
import { obstacles } from "./words.js";

const settle = 500;
const element = (id) => document.getElementById(id);

export class Notices {
  roles = ["ADMIN"];
  #api = null;
  #timer = null;

  constructor() {
    element("test-plan").addEventListener("submit", (submit) => {
      submit.preventDefault();
      this.#act("Saved.", (api) => api.put("/api/v1/reachability/test-page", {
        isEnabled: element("test-enabled").checked, day: element("test-day").value, time: element("test-time").value,
      }));
    });
    element("test-now").addEventListener("click", () => this.#act(
      ({ queued }) => `${queued} contacts are being tested.`, (api) => api.post("/api/v1/reachability/test-page/run")));
  }

  /// Nothing is read for whoever may not.
  begin(api, role) { if (this.roles.includes(role)) this.#api = api; }

  end() {
    clearTimeout(this.#timer);
    this.#api = null;
    this.#draw({ notices: [], people: [], schedules: [] });
  }

  /// Soon: several notices in a row are read once.
  refreshSoon() {
    clearTimeout(this.#timer);
    if (this.#api) this.#timer = setTimeout(() => this.refresh(), settle);
  }

  async refresh() {
    const api = this.#api;
    if (!api) return;
    try {
      const [report, plan] = await Promise.all([
        api.get("/api/v1/reachability"), api.get("/api/v1/reachability/test-page"),
      ]);
      if (api !== this.#api) return;
      write(element("notices-error"), "");
      this.#draw(report);
      this.#drawPlan(plan);
    } catch (error) {
      if (api === this.#api) write(element("notices-error"), error.message);
    }
  }

  #draw(report) {
    const count = report.notices.length;
    element("notice-count").hidden = count === 0;
    write(element("notice-count"), String(count));
    element("no-notices").hidden = count > 0;
    element("notice-list").replaceChildren(...report.notices.map((notice) => {
      const item = made("li", { className: "card" });
      item.append(made("p", {}, text(notice, report)), made("p", { className: "quiet" }, `since ${moment(notice.raisedAt)}`));
      return item;
    }));
  }

  #drawPlan(plan) {
    if (element("test-plan").contains(document.activeElement)) return;
    element("test-enabled").checked = plan.isEnabled;
    element("test-day").value = plan.day;
    element("test-time").value = plan.time;
    write(element("test-last"), plan.lastRunAt ? `Last run ${moment(plan.lastRunAt)}.` : "It has not run yet.");
  }

  async #act(done, act) {
    try {
      const answer = await act(this.#api);
      write(element("test-result"), typeof done === "function" ? done(answer) : done);
    } catch (error) {
      write(element("test-result"), error.message);
    }
  }
}

function text(notice, report) {
  const person = report.people.find((one) => one.userId === notice.userId);
  const name = person?.name ?? "Somebody";
  const contact = person?.contactMethods.find((one) => one.contactId === notice.contactId);
  const which = contact ? `${contact.kind} ${contact.address}${contact.label ? ` (${contact.label})` : ""}` : "a contact";
  switch (notice.kind) {
    case "PERSON_UNREACHABLE": return `${name} cannot be reached: ${obstacles[person?.obstacle] ?? "no message can be sent"}.`;
    case "CONTACT_UNVERIFIED": return `${name} has not confirmed ${which}.`;
    case "CONTACT_OPTED_OUT": return `${name} asked for silence at ${which}.`;
    case "CONTACT_FAILING": return `The last message to ${name} at ${which} failed${code(contact)}.`;
    case "CONTACT_NOT_SERVED": return `No gateway of this hub reaches ${which} of ${name}.`;
    case "REPLIES_LOCKED": return `Somebody sent five wrong codes from the phone of ${name}, ${which}. It is not heard for half an hour.`;
    case "ALERTS_FOR_REVIEW": return "Alerts are open that nobody has touched for long. They stand on the board as accepted.";
    case "ALERT_STORM": return "Very many alerts come at once. Texts to one person are gathered into one; CRITICAL goes out by itself.";
    case "SCHEDULE_GAP": {
      const schedule = report.schedules.find((one) => one.scheduleId === notice.scheduleId);
      return `Nobody is on call in ${schedule?.name ?? "a schedule"} from ${moment(notice.gapFrom)} to ${moment(notice.gapTo)}.`;
    }
    default: return notice.kind;
  }
}

function code(contact) { return contact?.lastOutcome?.errorCode ? ` (${contact.lastOutcome.errorCode})` : ""; }

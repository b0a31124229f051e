// One alert on the board.
import { Panel } from "./panel.js";
import { clock, timeOfDay, write } from "./time.js";

const soonSeconds = 30;
const words = { PENDING: "Not yet delivered", DELIVERED: "Delivered to the doctor", CLOSED: "Closed" };

export class AlertRow {
  element;
  #part;
  #panel;
  #isSending = false;
  #role;

  /// `actor`: `role`, `perform(type, fields)`, which does an act and rejects with the words to show, and `tell()`.
  constructor(alert, actor) {
    this.element = document.getElementById("alert-template").content.firstElementChild.cloneNode(true);
    this.element.dataset.alertId = alert.alertId;
    this.#part = (name) => this.element.querySelector(`.${name}`);
    this.#role = actor.role;
    this.#panel = new Panel(this.#part("panel"), actor.perform, actor.tell);
    this.button.addEventListener("click", () => this.#send(() => actor.perform("acknowledge", {})));
    const more = this.#part("more");
    more.addEventListener("click", () => this.#open(more.getAttribute("aria-expanded") !== "true"));
    this.element.addEventListener("keydown", (key) => {
      if (key.key !== "Escape" || this.#part("panel").hidden) return;
      this.#open(false);
      more.focus();
    });
  }

  get button() { return this.#part("acknowledge"); }

  fill(alert) {
    const { element } = this;
    const isDone = alert.status === "ACKNOWLEDGED" || alert.status === "CLOSED";
    element.dataset.urgency = alert.urgencyLevel;
    element.dataset.status = alert.status;
    element.dataset.exhausted = Boolean(alert.isExhausted);
    element.dataset.held = Boolean(alert.snoozedUntil) && !isDone;
    const room = alert.room || "No room";
    write(this.#part("urgency"), alert.urgencyLevel);
    write(this.#part("room"), room);
    write(this.#part("patient"), alert.patientName ?? "");
    write(this.#part("state"), stateText(alert));
    write(this.#part("notes"), notesText(alert));
    const whose = `${alert.urgencyLevel} alert, room ${room}, ${alert.patientName ?? ""}`;
    this.button.setAttribute("aria-label", `Acknowledge ${whose}`);
    this.button.hidden = isDone || this.#role !== "DOCTOR";
    this.#part("more").setAttribute("aria-label", `More for ${whose}`);
    this.#panel.fill(alert, this.#role);
    if (isDone) write(this.#part("error"), "");
  }

  /// Writes the clocks; `now` is the hub's time.
  tick(alert, now) {
    write(this.#part("age-value"), clock((now - Date.parse(alert.createdAt)) / 1000));
    const countdown = this.#part("countdown");
    countdown.hidden = !alert.escalatesAt;
    if (!alert.escalatesAt) return;
    const left = Math.ceil((Date.parse(alert.escalatesAt) - now) / 1000);
    countdown.dataset.soon = left <= soonSeconds;
    write(this.#part("countdown-value"), left > 0 ? clock(left) : "now");
    write(this.#part("countdown-label"), alert.isExhausted ? "to the next alarm" : "to escalation");
  }

  #open(isOpen) {
    this.#part("more").setAttribute("aria-expanded", String(isOpen));
    this.#part("panel").hidden = !isOpen;
  }

  async #send(acknowledge) {
    if (this.#isSending) return;
    this.#isSending = true;
    // Not disabled: a disabled button would lose the keyboard's place.
    this.button.setAttribute("aria-disabled", "true");
    write(this.button, "Acknowledging…");
    write(this.#part("error"), "");
    try {
      await acknowledge();
    } catch (error) {
      write(this.#part("error"), error.message);
    } finally {
      this.#isSending = false;
      this.button.removeAttribute("aria-disabled");
      write(this.button, "Acknowledge");
    }
  }
}

function stateText(alert) {
  if (alert.isExhausted) return "Nobody answered";
  if (alert.status === "CLOSED") return alert.closedAt ? `Closed at ${timeOfDay(Date.parse(alert.closedAt), true)}` : "Closed";
  if (alert.snoozedUntil && alert.status !== "ACKNOWLEDGED") {
    const until = timeOfDay(Date.parse(alert.snoozedUntil));
    if (alert.hold === "INHIBITED") return "Held back: a more urgent alert of this patient is open";
    return alert.hold === "MAINTENANCE" ? `Held back by maintenance until ${until}` : `Put off until ${until}`;
  }
  if (alert.status === "ESCALATED") return `Escalated, step ${alert.step}`;
  if (alert.status !== "ACKNOWLEDGED") return words[alert.status] ?? alert.status;
  const by = alert.acknowledgedByMe ? " by you" : "";
  return alert.acknowledgedAt ? `Acknowledged${by} at ${timeOfDay(Date.parse(alert.acknowledgedAt), true)}` : "Acknowledged";
}

function notesText(alert) {
  const notes = [];
  if (alert.declines > 0) notes.push(alert.declines === 1 ? "Passed on once" : `Passed on ${alert.declines} times`);
  if (alert.isGivenBack) notes.push("Given back");
  if (alert.count > 1) notes.push(`Raised ${alert.count} times`);
  if (alert.isReminded && alert.status === "ACKNOWLEDGED") notes.push("Reminded: still open");
  return notes.join(" · ");
}

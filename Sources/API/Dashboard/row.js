// One alert on the board.
import { clock, timeOfDay, write } from "./time.js";

const soonSeconds = 30;
const words = { PENDING: "Not yet delivered", DELIVERED: "Delivered to the doctor" };

export class AlertRow {
  element;
  #part;
  #isSending = false;
  #mayAcknowledge;

  /// `acknowledge` does it and rejects with the words to show; null for who may not.
  constructor(alert, acknowledge) {
    this.element = document.getElementById("alert-template").content.firstElementChild.cloneNode(true);
    this.element.dataset.alertId = alert.alertId;
    this.#part = (name) => this.element.querySelector(`.${name}`);
    this.#mayAcknowledge = acknowledge !== null;
    this.button.addEventListener("click", () => this.#send(acknowledge));
  }

  get button() { return this.#part("acknowledge"); }

  fill(alert) {
    const { element } = this;
    const isDone = alert.status === "ACKNOWLEDGED";
    element.dataset.urgency = alert.urgencyLevel;
    element.dataset.status = alert.status;
    element.dataset.exhausted = Boolean(alert.isExhausted);
    element.dataset.held = Boolean(alert.snoozedUntil);
    const room = alert.room || "No room";
    write(this.#part("urgency"), alert.urgencyLevel);
    write(this.#part("room"), room);
    write(this.#part("patient"), alert.patientName ?? "");
    write(this.#part("state"), stateText(alert));
    write(this.#part("notes"), notesText(alert));
    this.button.setAttribute(
      "aria-label", `Acknowledge ${alert.urgencyLevel} alert, room ${room}, ${alert.patientName ?? ""}`);
    this.button.hidden = isDone || !this.#mayAcknowledge;
    if (isDone) {
      write(this.#part("error"), "");
    }
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
  return notes.join(" · ");
}

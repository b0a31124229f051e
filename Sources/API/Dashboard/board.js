// The board: open alerts as rows, the unanswered first, then the most urgent, then the oldest.
import { AlertRow } from "./row.js";
import { write } from "./time.js";

const rank = { CRITICAL: 0, URGENT: 1, MODERATE: 2, LOW: 3 };
const farewell = 8000;
const mostAnswered = 500;
const element = (id) => document.getElementById(id);

export class Board {
  #alerts = new Map();
  #rows = new Map();
  // Those that somebody accepted: they may be given back.
  #answered = new Map();
  #waits = {};
  #clockOffset = 0;
  #claims = null;
  #acknowledge = null;
  #changed;
  #ticker = null;

  /// `changed` is told after every change, with the open alerts.
  constructor(changed) { this.#changed = changed; }

  show(claims, acknowledge) {
    this.#claims = claims;
    this.#acknowledge = claims.role === "DOCTOR" ? acknowledge : null;
    element("board").hidden = false;
    element("alerts-loading").hidden = false;
    element("empty").hidden = true;
    this.#ticker = setInterval(() => this.#tick(), 250);
  }

  hide() {
    clearInterval(this.#ticker);
    this.replace([]);
    element("board").hidden = true;
  }

  showFlow(flow) {
    for (const name of ["waiting", "beingAttended", "discharged", "total"]) write(element(`flow-${name}`), String(flow[name]));
  }

  /// The hub's clock counts, not this computer's.
  adjustClock(serverNow) { this.#clockOffset = serverNow - Date.now(); }

  /// Seconds until the first escalation, by urgency; null where none follows.
  useWaits(seconds) { this.#waits = seconds; }

  replace(alerts) {
    this.#alerts = new Map(alerts.map((alert) => [alert.alertId, alert]));
    element("alerts-loading").hidden = true;
    this.#render();
  }

  apply({ event, at, data }) {
    const alert = this.#alerts.get(data.alertId);
    if (event === "alert:new" || event === "alert:reopened") this.#raised(data, at);
    else if (alert) this.#changeAlert(alert, event, data);
    else if (event === "alert:unaccepted" && this.#answered.has(data.alertId)) this.#giveBack(data);
    else return;
    this.#render();
  }

  #raised(data, at) {
    const wait = this.#waits[data.urgencyLevel] ?? null;
    const escalatesAt = wait === null ? null : new Date(Date.parse(at) + wait * 1000).toISOString();
    this.#alerts.set(data.alertId, { ...data, status: "PENDING", createdAt: at, step: 1, escalatesAt });
    if (data.urgencyLevel === "CRITICAL") {
      this.#announce(`New critical alert. Room ${data.room || "not given"}. ${data.patientName ?? ""}`);
    }
  }

  #changeAlert(alert, event, data) {
    switch (event) {
      case "alert:delivered":
        if (alert.status === "PENDING") alert.status = "DELIVERED";
        break;
      case "alert:escalated":
        Object.assign(alert, {
          status: "ESCALATED", step: data.step, escalatesAt: data.nextStepAt ?? null, isExhausted: false,
          snoozedUntil: null, hold: null, declines: 0,
        });
        break;
      case "alert:exhausted":
        if (!alert.isExhausted) this.#announce(`Nobody answered the alert of room ${alert.room || "not given"}.`);
        Object.assign(alert, { status: "ESCALATED", isExhausted: true, escalatesAt: null });
        break;
      case "alert:acknowledged":
        Object.assign(alert, {
          status: "ACKNOWLEDGED", escalatesAt: null, isExhausted: false, acknowledgedAt: data.timestamp,
          acknowledgedByMe: data.doctorId === this.#claims.user_id,
        });
        setTimeout(() => this.#forget(alert), farewell);
        break;
      case "alert:snoozed":
        Object.assign(alert, { snoozedUntil: data.until, hold: null, escalatesAt: data.until, isExhausted: false });
        break;
      case "alert:urgency_raised":
        alert.urgencyLevel = data.urgencyLevel;
        break;
      case "alert:closed":
        this.#alerts.delete(alert.alertId);
        this.#answered.delete(alert.alertId);
        break;
      case "alert:declined":
        alert.declines = (alert.declines ?? 0) + 1;
        break;
      case "alert:inhibited":
        Object.assign(alert, {
          snoozedUntil: data.until, escalatesAt: data.until, hold: data.byAlertId ? "INHIBITED" : "MAINTENANCE",
        });
        break;
      case "alert:released":
        Object.assign(alert, { snoozedUntil: null, hold: null, escalatesAt: data.nextStepAt ?? null });
        break;
      case "alert:repeated":
        Object.assign(alert, { urgencyLevel: data.urgencyLevel, count: data.count });
        break;
      case "alert:unaccepted":
        this.#giveBack(data);
        break;
    }
  }

  // An acknowledged alert stays for a moment, so that everybody sees what became of it.
  #forget(alert) {
    if (this.#alerts.get(alert.alertId) !== alert) return;
    this.#alerts.delete(alert.alertId);
    this.#answered.set(alert.alertId, alert);
    if (this.#answered.size > mostAnswered) this.#answered.delete(this.#answered.keys().next().value);
    this.#render();
  }

  // Nobody has it any more: it comes back to the board.
  #giveBack(data) {
    const alert = this.#answered.get(data.alertId) ?? this.#alerts.get(data.alertId);
    this.#answered.delete(data.alertId);
    this.#alerts.set(data.alertId, {
      ...alert, status: "ESCALATED", escalatesAt: data.nextStepAt ?? null, isGivenBack: true, acknowledgedAt: null,
    });
  }

  #render() {
    const sorted = [...this.#alerts.values()].sort(inOrder);
    const focused = document.activeElement;
    const list = element("alerts");
    const place = [...list.children].findIndex((row) => row.contains(focused));
    for (const [id, row] of this.#rows) {
      if (this.#alerts.has(id)) continue;
      row.element.remove();
      this.#rows.delete(id);
    }
    sorted.forEach((alert, index) => {
      const row = this.#rows.get(alert.alertId) ?? this.#makeRow(alert);
      row.fill(alert);
      if (list.children[index] !== row.element) list.insertBefore(row.element, list.children[index] ?? null);
    });
    if (place >= 0) this.#keepFocus(focused, place);

    const open = sorted.filter((alert) => alert.status !== "ACKNOWLEDGED");
    write(element("open-count"), String(open.length));
    element("empty").hidden = sorted.length > 0 || !element("alerts-loading").hidden;
    this.#tick();
    this.#changed(open);
  }

  // Moving or removing a row takes the keyboard's focus away; it goes back, or to the row that took its place.
  #keepFocus(focused, place) {
    if (document.activeElement === focused && !focused.hidden) return;
    if (focused.isConnected && !focused.hidden) return focused.focus({ preventScroll: true });
    const buttons = [...element("alerts").querySelectorAll(".acknowledge:not([hidden])")];
    (buttons[Math.min(place, buttons.length - 1)] ?? element("alerts-title")).focus({ preventScroll: true });
  }

  #makeRow(alert) {
    const id = alert.alertId;
    const row = new AlertRow(alert, this.#acknowledge && (() => this.#acknowledge(id)));
    this.#rows.set(id, row);
    return row;
  }

  #tick() {
    const now = Date.now() + this.#clockOffset;
    for (const [id, row] of this.#rows) row.tick(this.#alerts.get(id), now);
  }

  // A line each: a screen reader reads what is added, also where the words are the same as before.
  #announce(text) {
    const line = document.createElement("p");
    line.textContent = text;
    element("announcements").append(line);
    setTimeout(() => line.remove(), 20_000);
  }
}

function inOrder(a, b) {
  return (a.status === "ACKNOWLEDGED") - (b.status === "ACKNOWLEDGED")
    || Boolean(b.isExhausted) - Boolean(a.isExhausted)
    || rank[a.urgencyLevel] - rank[b.urgencyLevel]
    || Date.parse(a.createdAt) - Date.parse(b.createdAt);
}

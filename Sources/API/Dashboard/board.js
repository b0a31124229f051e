// The board: open alerts as rows, the unanswered first; below them those that somebody has accepted, and the last closed.
import { change, inOrder, newestFirst } from "./changes.js";
import { AlertRow } from "./row.js";
import { write } from "./time.js";

const farewell = 8000;
const mostAnswered = 500;
const mostClosed = 20;
const element = (id) => document.getElementById(id);

export class Board {
  // Each alert stands in one of these.
  #open = new Map();
  #answered = new Map();
  #closed = new Map();
  #rows = new Map();
  #waits = {};
  #clockOffset = 0;
  #claims = null;
  #actor = null;
  #changed;
  #ticker = null;

  /// `changed` is told after every change, with the open alerts.
  constructor(changed) { this.#changed = changed; }

  /// `perform(type, alertId, fields)` does an act and rejects with the words to show; `tell(alertId)` shows a story.
  show(claims, perform, tell) {
    this.#claims = claims;
    this.#actor = { perform, tell };
    element("alerts-loading").hidden = false;
    element("empty").hidden = true;
    this.#ticker = setInterval(() => this.#tick(), 250);
  }

  hide() {
    clearInterval(this.#ticker);
    this.replace([]);
  }

  showFlow(flow) {
    for (const name of ["waiting", "beingAttended", "discharged", "total"]) write(element(`flow-${name}`), String(flow[name]));
  }

  /// The hub's clock counts, not this computer's.
  adjustClock(serverNow) { this.#clockOffset = serverNow - Date.now(); }

  /// The hub's time in milliseconds.
  get now() { return Date.now() + this.#clockOffset; }

  /// Seconds until the first escalation, by urgency; null where none follows.
  useWaits(seconds) { this.#waits = seconds; }

  replace(alerts) {
    this.#open = new Map(alerts.map((alert) => [alert.alertId, alert]));
    this.#answered.clear();
    this.#closed.clear();
    element("alerts-loading").hidden = true;
    this.#render();
  }

  /// What was accepted or closed before this screen came, as REST tells it; what events said since stands.
  remember(alerts) {
    for (const alert of alerts) {
      const id = alert.alertId;
      if (this.#open.has(id) || this.#answered.has(id) || this.#closed.has(id)) continue;
      const known = { ...alert, acknowledgedByMe: alert.acknowledgedBy === this.#claims.user_id };
      (alert.status === "CLOSED" ? this.#closed : this.#answered).set(id, known);
    }
    this.#render();
  }

  apply({ event, at, data }) {
    if (event === "alert:new" || event === "alert:reopened") this.#raised(data, at);
    else {
      const alert = this.#open.get(data.alertId) ?? this.#answered.get(data.alertId) ?? this.#closed.get(data.alertId);
      if (!alert) return;
      this.#follow(alert, event, data);
    }
    this.#render();
  }

  #raised(data, at) {
    const wait = this.#waits[data.urgencyLevel] ?? null;
    const escalatesAt = wait === null ? null : new Date(Date.parse(at) + wait * 1000).toISOString();
    this.#answered.delete(data.alertId);
    this.#closed.delete(data.alertId);
    this.#open.set(data.alertId, { ...data, status: "PENDING", createdAt: at, step: 1, escalatesAt });
    if (data.urgencyLevel === "CRITICAL") {
      this.#announce(`New critical alert. Room ${data.room || "not given"}. ${data.patientName ?? ""}`);
    }
  }

  #follow(alert, event, data) {
    if (event === "alert:exhausted" && !alert.isExhausted) {
      this.#announce(`Nobody answered the alert of room ${alert.room || "not given"}.`);
    }
    change(alert, event, data, this.#claims.user_id);
    const id = alert.alertId;
    if (event === "alert:acknowledged") setTimeout(() => this.#settle(alert), farewell);
    if (event === "alert:unaccepted") {
      this.#answered.delete(id);
      this.#open.set(id, alert);
    }
    if (event === "alert:closed") {
      this.#open.delete(id);
      this.#answered.delete(id);
      this.#closed.set(id, alert);
      const oldest = [...this.#closed.values()].sort(newestFirst)[mostClosed];
      if (oldest) this.#closed.delete(oldest.alertId);
    }
  }

  // An acknowledged alert stays for a moment, so that everybody sees what became of it.
  #settle(alert) {
    if (this.#open.get(alert.alertId) !== alert || alert.status !== "ACKNOWLEDGED") return;
    this.#open.delete(alert.alertId);
    this.#answered.set(alert.alertId, alert);
    if (this.#answered.size > mostAnswered) this.#answered.delete(this.#answered.keys().next().value);
    this.#render();
  }

  #render() {
    const focused = document.activeElement;
    const place = [...element("alerts").children].findIndex((row) => row.contains(focused));
    for (const [id, row] of this.#rows) {
      if (this.#open.has(id) || this.#answered.has(id) || this.#closed.has(id)) continue;
      row.element.remove();
      this.#rows.delete(id);
    }
    const sorted = [...this.#open.values()].sort(inOrder);
    this.#fill("alerts", sorted);
    this.#fill("answered", [...this.#answered.values()].sort(newestFirst));
    this.#fill("closed", [...this.#closed.values()].sort(newestFirst));
    if (place >= 0) this.#keepFocus(focused, place);

    const open = sorted.filter((alert) => alert.status !== "ACKNOWLEDGED");
    write(element("open-count"), String(open.length));
    write(element("answered-count"), String(this.#answered.size));
    element("answered-section").hidden = this.#answered.size === 0;
    element("closed-section").hidden = this.#closed.size === 0;
    element("empty").hidden = sorted.length > 0 || !element("alerts-loading").hidden;
    this.#tick();
    this.#changed(open);
  }

  #fill(list, alerts) {
    const rows = element(list);
    alerts.forEach((alert, index) => {
      const row = this.#rows.get(alert.alertId) ?? this.#makeRow(alert);
      row.fill(alert);
      if (rows.children[index] !== row.element) rows.insertBefore(row.element, rows.children[index] ?? null);
    });
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
    const { perform, tell } = this.#actor;
    const row = new AlertRow(alert, {
      role: this.#claims.role,
      perform: (type, fields) => perform(type, id, fields),
      tell: () => tell(id),
    });
    this.#rows.set(id, row);
    return row;
  }

  #tick() {
    const now = this.now;
    for (const [id, row] of this.#rows) {
      row.tick(this.#open.get(id) ?? this.#answered.get(id) ?? this.#closed.get(id), now);
    }
  }

  // A line each: a screen reader reads what is added, also where the words are the same as before.
  #announce(text) {
    const line = document.createElement("p");
    line.textContent = text;
    element("announcements").append(line);
    setTimeout(() => line.remove(), 20_000);
  }
}

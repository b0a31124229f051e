// The board: open alerts as rows, the most urgent and oldest first, with their clocks.
const element = (id) => document.getElementById(id);
const rank = { CRITICAL: 0, URGENT: 1, MODERATE: 2, LOW: 3 };
const stateText = {
  PENDING: "not yet delivered",
  DELIVERED: "delivered to the doctor",
  ESCALATED: "escalated",
  ACKNOWLEDGED: "acknowledged",
};

export class Board {
  #alerts = new Map();
  #rows = new Map();
  #waits = {};
  #clockOffset = 0;
  #acknowledge = null;
  #mayAcknowledge = false;
  #lastLive = null;
  #ticker = null;

  show(claims, acknowledge) {
    this.#acknowledge = acknowledge;
    this.#mayAcknowledge = claims.role === "DOCTOR";
    element("who").textContent = [claims.name, claims.role].filter(Boolean).join(" · ");
    element("board").hidden = false;
    this.#ticker ??= setInterval(() => this.#tick(), 250);
  }

  hide() {
    clearInterval(this.#ticker);
    this.#ticker = null;
    this.replace([]);
    element("board").hidden = true;
    element("banner").hidden = true;
    element("who").textContent = "";
  }

  showLink(state, detail) {
    document.body.dataset.link = state;
    element("link-text").textContent = { live: "Live", connecting: "Connecting", offline: "Offline" }[state];
    if (state === "live") this.#lastLive = null;
    else if (state === "offline") this.#lastLive ??= { at: new Date(), detail };
    this.#showBanner();
  }

  showFlow(flow) {
    element("flow-waiting").textContent = flow.waiting;
    element("flow-attended").textContent = flow.beingAttended;
    element("flow-discharged").textContent = flow.discharged;
    element("flow-total").textContent = flow.total;
  }

  /// The hub's clock counts, not this computer's.
  adjustClock(serverNow) { this.#clockOffset = serverNow - Date.now(); }

  /// Seconds until the first escalation, by urgency.
  useWaits(seconds) { this.#waits = seconds; }

  replace(alerts) {
    this.#alerts = new Map(alerts.map((alert) => [alert.alertId, alert]));
    this.#render();
  }

  apply({ event, at, data }) {
    const alert = this.#alerts.get(data.alertId);
    switch (event) {
      case "alert:new": {
        const wait = this.#waits[data.urgencyLevel];
        const escalatesAt = wait === undefined ? null : new Date(Date.parse(at) + wait * 1000).toISOString();
        this.#alerts.set(data.alertId, { ...data, status: "PENDING", createdAt: at, step: 1, escalatesAt });
        break;
      }
      case "alert:delivered":
        if (alert?.status === "PENDING") alert.status = "DELIVERED";
        break;
      case "alert:escalated":
        if (alert) Object.assign(alert, { status: "ESCALATED", step: data.step, escalatesAt: data.nextStepAt ?? null });
        break;
      case "alert:exhausted":
        if (alert) Object.assign(alert, { status: "ESCALATED", isExhausted: true, escalatesAt: null });
        break;
      case "alert:acknowledged":
        if (alert) Object.assign(alert, { status: "ACKNOWLEDGED", escalatesAt: null, isExhausted: false });
        if (alert) setTimeout(() => this.#remove(data.alertId), 8000);
        break;
      case "alert:closed":
        this.#alerts.delete(data.alertId);
        break;
    }
    this.#render();
  }

  #remove(alertId) {
    if (this.#alerts.get(alertId)?.status !== "ACKNOWLEDGED") return;
    this.#alerts.delete(alertId);
    this.#render();
  }

  #render() {
    const sorted = [...this.#alerts.values()].sort((a, b) =>
      (a.status === "ACKNOWLEDGED") - (b.status === "ACKNOWLEDGED")
      || rank[a.urgencyLevel] - rank[b.urgencyLevel]
      || a.createdAt.localeCompare(b.createdAt));
    for (const [id, row] of this.#rows) {
      if (this.#alerts.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    const list = element("alerts");
    sorted.forEach((alert, index) => {
      const row = this.#rows.get(alert.alertId) ?? this.#makeRow(alert.alertId);
      this.#fill(row, alert);
      if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
    });
    const open = sorted.filter((alert) => alert.status !== "ACKNOWLEDGED").length;
    element("open-count").textContent = open;
    element("empty").hidden = sorted.length > 0;
    document.title = open > 0 ? `(${open}) AlertHub board` : "AlertHub board";
    this.#tick();
    this.#showBanner();
  }

  #makeRow(alertId) {
    const row = element("alert-template").content.firstElementChild.cloneNode(true);
    row.dataset.alertId = alertId;
    const button = row.querySelector(".acknowledge");
    button.addEventListener("click", async () => {
      button.disabled = true;
      row.querySelector(".act .error").textContent = "";
      try {
        await this.#acknowledge(alertId);
      } catch (error) {
        row.querySelector(".act .error").textContent = error.message;
        button.disabled = false;
      }
    });
    this.#rows.set(alertId, row);
    return row;
  }

  #fill(row, alert) {
    row.dataset.urgency = alert.urgencyLevel;
    row.dataset.status = alert.status;
    row.dataset.exhausted = Boolean(alert.isExhausted);
    row.querySelector(".urgency").textContent = alert.urgencyLevel;
    row.querySelector(".room").textContent = alert.room ?? "no room";
    row.querySelector(".patient").textContent = alert.patientName ?? "";
    row.querySelector(".state").textContent = alert.isExhausted
      ? "NOBODY ANSWERED"
      : alert.status === "ESCALATED" ? `escalated, step ${alert.step}` : stateText[alert.status] ?? alert.status;
    row.querySelector(".acknowledge").hidden = !this.#mayAcknowledge || alert.status === "ACKNOWLEDGED";
  }

  #tick() {
    const now = Date.now() + this.#clockOffset;
    for (const [id, row] of this.#rows) {
      const alert = this.#alerts.get(id);
      row.querySelector(".age .value").textContent = clock((now - Date.parse(alert.createdAt)) / 1000);
      const countdown = row.querySelector(".countdown");
      countdown.hidden = !alert.escalatesAt;
      if (!alert.escalatesAt) continue;
      const left = (Date.parse(alert.escalatesAt) - now) / 1000;
      countdown.dataset.soon = left < 30;
      countdown.querySelector(".value").textContent = left > 0 ? clock(left) : "now";
      countdown.querySelector(".label").textContent = "to escalation";
    }
  }

  #showBanner() {
    const banner = element("banner");
    const exhausted = [...this.#alerts.values()].filter((alert) => alert.isExhausted);
    if (this.#lastLive) {
      const { at, detail } = this.#lastLive;
      banner.textContent = `OFFLINE since ${at.toLocaleTimeString()}. This board is not up to date. ${detail ?? ""}`;
    } else if (exhausted.length > 0) {
      const rooms = exhausted.map((alert) => alert.room ?? "no room").join(", ");
      banner.textContent = `NOBODY ANSWERED ${exhausted.length === 1 ? "the alert" : `${exhausted.length} alerts`}: ${rooms}. Act now.`;
    }
    banner.classList.toggle("alarm", !this.#lastLive && exhausted.length > 0);
    banner.hidden = !this.#lastLive && exhausted.length === 0;
  }
}

// 75 → "1:15", 3700 → "1:01:40"
function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

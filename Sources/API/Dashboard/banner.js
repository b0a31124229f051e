// What must not be overlooked: no connection, nobody answered, a sign-in that ends; and the tab's title.
import { clock, timeOfDay, write } from "./time.js";

const expiryNotice = 5 * 60_000;
const element = (id) => document.getElementById(id);

export class Banner {
  #since = null;
  #detail = {};
  #unanswered = [];
  #open = [];
  #tokenEnds = null;
  #lateSeconds = null;
  #signedOutSince = null;
  #clockOffset = 0;

  constructor() { setInterval(() => this.#draw(), 500); }

  adjustClock(serverNow) { this.#clockOffset = serverNow - Date.now(); }

  showLink(state, detail) {
    document.body.dataset.link = state;
    write(element("link-text"), { live: "Live", connecting: "Connecting", offline: "Offline" }[state]);
    if (state === "live") this.#since = null;
    else if (state === "offline") this.#since ??= detail.lastHeard ?? Date.now();
    if (state !== "connecting") this.#detail = detail;
    else this.#detail = { ...this.#detail, retryAt: null };
    document.body.classList.toggle("stale", this.#since !== null);
    this.#draw();
  }

  showAlerts(open) {
    this.#open = open;
    this.#unanswered = open.filter((alert) => alert.isExhausted);
    this.#draw();
  }

  /// Escalation is so many seconds late; null where it is in time.
  showLateness(seconds) {
    this.#lateSeconds = seconds;
    this.#draw();
  }

  showTokenEnd(milliseconds) {
    this.#tokenEnds = milliseconds;
    this.#draw();
  }

  /// Nobody is signed in; `isForced` if not by their own wish.
  showSignedOut(isForced) {
    this.#since = this.#tokenEnds = this.#lateSeconds = null;
    this.#signedOutSince = isForced ? Date.now() : null;
    document.body.classList.remove("stale");
    document.body.dataset.link = "none";
    this.#draw();
  }

  showSignedIn() {
    this.#signedOutSince = null;
    this.#draw();
  }

  get isOffline() { return this.#since !== null || this.#signedOutSince !== null; }

  #draw() {
    const [kind, text, detail] = this.#most();
    const banner = element("banner");
    banner.hidden = kind === null;
    banner.className = kind ?? "";
    write(element("banner-text"), text ?? "");
    write(element("banner-detail"), detail ?? "");
    this.#drawExpiry();
    this.#drawTitle(kind);
  }

  #most() {
    const now = Date.now();
    if (this.#signedOutSince !== null) {
      return ["offline", `SIGNED OUT since ${timeOfDay(this.#signedOutSince)}. This screen shows no alerts.`, ""];
    }
    if (this.#since !== null) {
      const { reason, retryAt } = this.#detail;
      const next = retryAt ? `Next try in ${Math.max(1, Math.ceil((retryAt - now) / 1000))} s.` : "Trying now…";
      return [
        "offline", `OFFLINE since ${timeOfDay(this.#since)}. This board is not up to date.`,
        [`For ${clock((now - this.#since) / 1000)}.`, reason, next].filter(Boolean).join(" "),
      ];
    }
    if (this.#lateSeconds !== null) {
      return [
        "alarm", "ESCALATION IS LATE: doctors are not called in time.",
        `Call by phone. The oldest call is ${clock(this.#lateSeconds)} late.`,
      ];
    }
    if (this.#unanswered.length > 0) {
      const rooms = this.#unanswered.map((alert) => alert.room || "no room");
      const shown = rooms.length > 5 ? [...rooms.slice(0, 5), `${rooms.length - 5} more`] : rooms;
      return ["alarm", `NOBODY ANSWERED: ${shown.join(", ")}`, "Everybody was called. Act now."];
    }
    return [null];
  }

  #drawExpiry() {
    const left = this.#tokenEnds === null ? null : this.#tokenEnds - (Date.now() + this.#clockOffset);
    const at = this.#tokenEnds === null ? "" : timeOfDay(this.#tokenEnds - this.#clockOffset, true);
    write(element("until"), left === null ? "" : `Signed in until ${at}`);
    element("expiry").hidden = left === null || left > expiryNotice;
    if (left === null || left > expiryNotice) return;
    write(element("expiry-text"), `Your sign-in ends at ${at}. Sign in again to keep this board live.`);
    write(element("expiry-left"), clock(left / 1000));
  }

  // The title and its mark are all that a hidden tab shows.
  #drawTitle(kind) {
    const critical = this.#open.filter((alert) => alert.urgencyLevel === "CRITICAL").length;
    const title = {
      offline: this.#signedOutSince === null ? "OFFLINE – AlertHub" : "SIGNED OUT – AlertHub",
      alarm: this.#lateSeconds === null ? "NOBODY ANSWERED – AlertHub" : "ESCALATION LATE – AlertHub",
    }[kind];
    const count = critical > 0 ? `(${this.#open.length}) CRITICAL – AlertHub` : `(${this.#open.length}) AlertHub`;
    const text = title ?? (this.#open.length > 0 ? count : "AlertHub");
    if (document.title !== text) document.title = text;
  }
}

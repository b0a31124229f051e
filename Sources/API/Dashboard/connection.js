// The WebSocket to the hub: reconnects with full jitter, resumes by position, notices silence and gaps.
const firstDelay = 500;
const longestDelay = 20_000;
const connectLimit = 10_000;
const replyLimit = 10_000;
const unseenLimit = 500;
const protocolName = "alert-hub.v1";

export class Connection {
  #options;
  #socket = null;
  #position = null;
  #catchUpTo = null;
  #subscribeId = 0;
  #attempt = 0;
  #retryTimer = null;
  #silenceTimer = null;
  #probeTimer = null;
  #silenceLimit = connectLimit;
  #lastHeard = null;
  #isClosed = false;
  #nextId = 1;
  #replies = new Map();
  #unseen = [];

  /// options: token, channel, and the callbacks
  /// stateChanged(state, {reason, lastHeard, retryAt}), refused(reason, isExpired), tokenEnds(time),
  /// snapshot(alerts), waits(seconds), clock(serverNow), event(event).
  constructor(options) {
    this.#options = options;
    addEventListener("online", this.#networkCame);
    addEventListener("offline", this.#networkLeft);
    document.addEventListener("visibilitychange", this.#visibilityChanged);
  }

  open() {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    this.#silenceLimit = connectLimit;
    this.#tell("connecting", "");
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws`, [protocolName, `bearer.${this.#options.token}`]);
    this.#socket = socket;
    this.#awaitWord();
    socket.addEventListener("message", ({ data }) => {
      if (socket === this.#socket) this.#heard(data);
    });
    socket.addEventListener("close", ({ code, reason }) => {
      if (socket === this.#socket) this.#closed(code, reason);
    });
  }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#retryTimer);
    removeEventListener("online", this.#networkCame);
    removeEventListener("offline", this.#networkLeft);
    document.removeEventListener("visibilitychange", this.#visibilityChanged);
    this.#drop("");
  }

  /// Goes on with a new token of the same person: on this socket, and on every later one.
  async renew(token) {
    this.#options.token = token;
    try {
      const { tokenExpiresAt } = await this.#ask({ type: "refresh", token }, "Offline");
      this.#options.tokenEnds(Date.parse(tokenExpiresAt));
    } catch {
      // The next socket brings it along.
    }
  }

  /// Does an act to an alert. Resolves when the hub has committed it; rejects with the words to show.
  act(type, alertId, fields) {
    return this.#ask({ type, alertId, ...fields }, "Offline: nothing was sent.");
  }

  #ask(message, offlineText) {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      if (!this.#send({ ...message, id })) return reject(new Error(offlineText));
      const timer = setTimeout(() => {
        this.#settle(id)?.reject(new Error("The hub has not answered. Look whether the alert is still open."));
      }, replyLimit);
      this.#replies.set(id, { resolve, reject, timer });
    });
  }

  #settle(id) {
    const waiting = this.#replies.get(id);
    clearTimeout(waiting?.timer);
    this.#replies.delete(id);
    return waiting;
  }

  // MARK: What the hub says

  #heard(data) {
    this.#lastHeard = Date.now();
    this.#awaitWord();
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return this.#drop("The hub sent something that this page cannot read.");
    }
    this.#receive(message);
  }

  #receive(message) {
    switch (message.type) {
      case "welcome":
        this.#silenceLimit = 2000 * (message.heartbeatSeconds ?? 15);
        this.#options.clock(Date.parse(message.serverTime));
        if (message.tokenExpiresAt) this.#options.tokenEnds(Date.parse(message.tokenExpiresAt));
        this.#awaitWord();
        this.#subscribeId = this.#nextId++;
        this.#send({
          type: "subscribe", id: this.#subscribeId, channel: this.#options.channel,
          ...(this.#position && { since: this.#position }),
        });
        break;
      case "subscribed":
        this.#subscribed(message);
        break;
      case "event":
        this.#receiveEvent(message);
        break;
      case "heartbeat":
        this.#options.clock(Date.parse(message.serverTime));
        this.#options.lateness(message.escalationLateSeconds ?? null);
        this.#compareHead(message.channels?.[this.#options.channel]);
        break;
      case "token_expiring":
        this.#options.tokenEnds(Date.parse(message.expiresAt));
        break;
      case "reply":
        this.#settle(message.id)?.resolve(message);
        break;
      case "error":
        this.#failed(message);
        break;
    }
  }

  #subscribed({ epoch, seq, recovered, snapshot, escalationWaitSeconds }) {
    this.#attempt = 0;
    if (escalationWaitSeconds) this.#options.waits(escalationWaitSeconds);
    if (!recovered) {
      this.#position = { epoch, seq };
      this.#unseen = [];
      this.#options.snapshot(snapshot ?? []);
    }
    // What was missed follows; the board is up to date only when it has come.
    this.#catchUpTo = seq;
    this.#liveIfCaughtUp();
  }

  #failed(message) {
    const text = message.message ?? "The hub refused.";
    const waiting = this.#settle(message.id);
    if (waiting) return waiting.reject(new Error(text));
    if (message.id !== this.#subscribeId) return;
    if (message.temporary) this.#drop(text);
    else this.#refused(text, false);
  }

  #receiveEvent(message) {
    if (!this.#position || message.seq <= this.#position.seq) return;
    if (message.seq !== this.#position.seq + 1) return this.#drop("An event was missed; asking for it again.");
    this.#position = { ...this.#position, seq: message.seq };
    this.#options.event(message);
    this.#liveIfCaughtUp();
    if (message.data?.alertId === undefined) return;
    this.#send({ type: "receipt", channel: message.channel, seq: message.seq, stage: "received" });
    if (this.#unseen.length < unseenLimit) this.#unseen.push(message.seq);
    this.#confirmSeen();
  }

  // "Rendered" is said only of what a person could see.
  #confirmSeen() {
    if (document.visibilityState !== "visible" || this.#unseen.length === 0) return;
    requestAnimationFrame(() => {
      for (const seq of this.#unseen.splice(0)) {
        this.#send({ type: "receipt", channel: this.#options.channel, seq, stage: "rendered" });
      }
    });
  }

  #liveIfCaughtUp() {
    if (this.#catchUpTo === null || this.#position.seq < this.#catchUpTo) return;
    this.#catchUpTo = null;
    this.#tell("live", "");
  }

  // A heartbeat names the newest event. One that is still on its way here is not a gap: ask only if it stays away.
  #compareHead(head) {
    const socket = this.#socket;
    if (head === undefined || !this.#position || head <= this.#position.seq) return;
    setTimeout(() => {
      if (socket === this.#socket && this.#position.seq < head) this.#drop("An event was missed; asking for it again.");
    }, 2000);
  }

  #send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  // MARK: Silence and loss

  // The hub speaks at least once a heartbeat. Two heartbeats of silence, the second one after a question, are a dead line.
  #awaitWord() {
    clearTimeout(this.#silenceTimer);
    clearTimeout(this.#probeTimer);
    this.#probeTimer = setTimeout(() => this.#send({ type: "ping" }), this.#silenceLimit * 0.75);
    this.#silenceTimer = setTimeout(() => this.#drop("The hub is silent."), this.#silenceLimit);
  }

  #visibilityChanged = () => {
    if (document.visibilityState !== "visible") return;
    // Timers of a hidden page, or of a computer that slept, come late.
    if (this.#socket && this.#lastHeard !== null && Date.now() - this.#lastHeard > this.#silenceLimit) {
      this.#drop("The hub is silent.");
    }
    if (this.#retryTimer !== null) this.open();
    this.#confirmSeen();
  };

  #networkLeft = () => this.#drop("This computer has no network.");

  // Every screen of the house sees the network come back at the same moment.
  #networkCame = () => {
    if (this.#retryTimer === null) return;
    clearTimeout(this.#retryTimer);
    this.#retryLater(Math.random() * 1000, "");
  };

  /// Gives the socket up without waiting for its end.
  #drop(reason) {
    const socket = this.#socket;
    if (!socket) return;
    this.#closed(0, reason);
    socket.close(1000);
  }

  #closed(code, reason) {
    clearTimeout(this.#silenceTimer);
    clearTimeout(this.#probeTimer);
    this.#socket = null;
    this.#catchUpTo = null;
    for (const id of [...this.#replies.keys()]) {
      this.#settle(id).reject(new Error("The connection was lost. Look whether the alert is still open."));
    }
    if (this.#isClosed) return;
    if ((code >= 3500 && code <= 3999) || (code >= 4500 && code <= 4999)) {
      return this.#refused(reason || `The hub refused this connection (${code}).`, false);
    }
    if (code === 3005) return this.#refused("Your sign-in has ended.", true);
    this.#retryLater(this.#delay(reason), endings[code] ?? (code === 0 ? reason : ""));
  }

  #refused(reason, isExpired) {
    this.close();
    this.#options.refused(reason, isExpired);
  }

  #retryLater(delay, reason) {
    this.#retryTimer = setTimeout(() => this.open(), delay);
    this.#tell("offline", reason, Date.now() + delay);
  }

  // The hub may give each screen its own slot ("retry_after_ms=1234"); else full jitter under a doubling ceiling.
  #delay(reason) {
    const slot = /retry_after_ms=(\d+)/.exec(reason ?? "");
    if (slot) return Math.min(longestDelay, Number(slot[1]));
    const ceiling = Math.min(longestDelay, firstDelay * 2 ** this.#attempt);
    this.#attempt = Math.min(this.#attempt + 1, 16);
    return Math.random() * ceiling;
  }

  #tell(state, reason, retryAt = null) {
    this.#options.stateChanged(state, { reason, retryAt, lastHeard: this.#lastHeard });
  }
}

// What a close code means to whoever stands before the screen.
const endings = {
  1001: "The hub stops.",
  1006: "The hub cannot be reached.",
  1011: "The hub had a fault.",
  1012: "The hub restarts.",
  1013: "The hub is busy.",
  3008: "This screen was too slow.",
  3012: "This screen did not answer.",
  3013: "This screen asked too much.",
};

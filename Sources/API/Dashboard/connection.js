// The WebSocket to the hub: reconnects with full jitter, resumes by position, notices silence and gaps.
const firstDelay = 500;
const longestDelay = 20_000;
const protocolName = "alert-hub.v1";

export class Connection {
  #options;
  #socket = null;
  #position = null;
  #attempt = 0;
  #retryTimer = null;
  #silenceTimer = null;
  #heartbeatSeconds = 10;
  #isClosed = false;
  #nextId = 1;
  #replies = new Map();

  /// options: token, channel, and the callbacks stateChanged, refused, snapshot, waits, clock, event.
  constructor(options) {
    this.#options = options;
    window.addEventListener("online", this.#retryNow);
    window.addEventListener("offline", this.#lost);
  }

  open() {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    this.#options.stateChanged("connecting");
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws`, [protocolName, `bearer.${this.#options.token}`]);
    this.#socket = socket;
    socket.addEventListener("open", () => this.#listenForSilence());
    socket.addEventListener("message", ({ data }) => {
      this.#listenForSilence();
      if (socket === this.#socket) this.#receive(JSON.parse(data));
    });
    socket.addEventListener("close", ({ code, reason }) => {
      if (socket === this.#socket) this.#closed(code, reason);
    });
  }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#silenceTimer);
    window.removeEventListener("online", this.#retryNow);
    window.removeEventListener("offline", this.#lost);
    this.#socket?.close(1000);
    this.#socket = null;
  }

  /// Resolves when the hub has committed the acknowledgement; rejects with its words.
  acknowledge(alertId) {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      if (!this.#send({ type: "acknowledge", id, alertId })) {
        reject(new Error("Offline: the acknowledgement was not sent."));
        return;
      }
      this.#replies.set(id, { resolve, reject });
    });
  }

  #receive(message) {
    switch (message.type) {
      case "welcome":
        this.#attempt = 0;
        this.#heartbeatSeconds = message.heartbeatSeconds ?? 10;
        if (message.serverTime) this.#options.clock(Date.parse(message.serverTime));
        this.#listenForSilence();
        this.#subscribe();
        break;
      case "subscribed":
        if (message.escalationWaitSeconds) this.#options.waits(message.escalationWaitSeconds);
        if (message.recovered === false) {
          this.#position = { epoch: message.epoch, seq: message.seq };
          this.#options.snapshot(message.snapshot ?? []);
        } else if (!this.#position) {
          this.#position = { epoch: message.epoch, seq: message.seq };
        }
        this.#options.stateChanged("live");
        break;
      case "event":
        this.#receiveEvent(message);
        break;
      case "heartbeat":
        this.#compareHead(message.channels?.[this.#options.channel]);
        break;
      case "reply":
        this.#replies.get(message.id)?.resolve(message);
        this.#replies.delete(message.id);
        break;
      case "error": {
        const waiting = this.#replies.get(message.id);
        this.#replies.delete(message.id);
        const text = message.message ?? "The hub refused.";
        if (waiting) waiting.reject(new Error(text));
        else if (!message.temporary) this.#options.refused(text);
        break;
      }
    }
  }

  #receiveEvent(message) {
    if (this.#position && message.seq <= this.#position.seq) return;
    if (this.#position && message.seq !== this.#position.seq + 1) return this.#resume();
    this.#position = { ...this.#position, seq: message.seq };
    this.#options.event(message);
    this.#send({ type: "receipt", channel: message.channel, seq: message.seq, stage: "received" });
    if (document.visibilityState !== "visible") return;
    requestAnimationFrame(() => {
      this.#send({ type: "receipt", channel: message.channel, seq: message.seq, stage: "rendered" });
    });
  }

  // A heartbeat names the newest event. One that is still on its way here is not a gap: ask only if it stays away.
  #compareHead(head) {
    if (head === undefined || !this.#position || head <= this.#position.seq) return;
    const missing = head;
    setTimeout(() => {
      if (this.#position && this.#position.seq < missing) this.#resume();
    }, 2000);
  }

  #resume() {
    this.#options.stateChanged("connecting", "An event was missed; asking for it.");
    this.#send({ type: "unsubscribe", channel: this.#options.channel });
    this.#subscribe();
  }

  #subscribe() {
    this.#send({ type: "subscribe", channel: this.#options.channel, ...(this.#position && { since: this.#position }) });
  }

  #send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  // The hub speaks at least once a heartbeat; twice that in silence is a dead line.
  #listenForSilence() {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => {
      const socket = this.#socket;
      this.#closed(0, "The hub has been silent.");
      socket?.close();
    }, this.#heartbeatSeconds * 2000 + 1000);
  }

  #lost = () => {
    const socket = this.#socket;
    this.#closed(0, "This computer has no network.");
    socket?.close();
  };

  #retryNow = () => {
    if (this.#retryTimer !== null) this.open();
  };

  #closed(code, reason) {
    clearTimeout(this.#silenceTimer);
    this.#socket = null;
    for (const { reject } of this.#replies.values()) reject(new Error("The connection was lost; please check the alert."));
    this.#replies.clear();
    if (this.#isClosed || this.#retryTimer !== null) return;
    if ((code >= 3500 && code <= 3999) || (code >= 4500 && code <= 4999) || code === 3005) {
      this.#options.refused(reason || `The hub refused this connection (${code}).`);
      return;
    }
    this.#options.stateChanged("offline", reason);
    this.#retryTimer = setTimeout(() => this.open(), this.#delay(reason));
  }

  // The hub may give each screen its own slot ("retry_after_ms=1234"); else full jitter under a doubling ceiling.
  #delay(reason) {
    const slot = /retry_after_ms=(\d+)/.exec(reason ?? "");
    if (slot) return Number(slot[1]);
    const ceiling = Math.min(longestDelay, firstDelay * 2 ** this.#attempt++);
    return Math.random() * ceiling;
  }
}

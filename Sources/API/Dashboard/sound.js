// The alarm's sound, made here: no file. A browser plays it only after a click or a key.
const key = "alert-hub.sound";

// Tones of one round: [start, length, hertz], in seconds; then silence up to `round`.
const patterns = {
  critical: { round: 6, tones: [[0, 0.16, 880], [0.24, 0.16, 880], [0.48, 0.3, 1100]] },
  unanswered: { round: 3, tones: [[0, 0.3, 960], [0.3, 0.3, 720], [0.6, 0.3, 960], [0.9, 0.3, 720]] },
  offline: { round: 20, tones: [[0, 0.35, 440], [0.45, 0.5, 330]] },
  hello: { round: 0.5, tones: [[0, 0.12, 660], [0.16, 0.16, 880]] },
};

export class Sound {
  #button;
  #context = null;
  #source = null;
  #kind = null;
  #isWanted = localStorage.getItem(key) === "on";

  constructor(button) {
    this.#button = button;
    button.addEventListener("click", (click) => {
      click.stopPropagation();
      this.#want(!this.isOn);
    });
    // Wanted since the last visit: the first touch of the page may start it.
    for (const gesture of ["click", "keydown"]) {
      addEventListener(gesture, () => { if (this.#isWanted && !this.isOn) this.#start(false); });
    }
    this.#draw();
  }

  get isOn() { return this.#isWanted && this.#context?.state === "running"; }

  /// What sounds, again and again: "critical", "unanswered", "offline" or null.
  play(kind) {
    if (kind === this.#kind) return;
    this.#kind = kind;
    this.#loop();
  }

  async #want(isWanted) {
    this.#isWanted = isWanted;
    localStorage.setItem(key, isWanted ? "on" : "off");
    if (isWanted) return this.#start(true);
    await this.#context?.suspend();
    this.#draw();
  }

  async #start(isGreeting) {
    if (!this.#context) {
      this.#context = new AudioContext();
      this.#context.addEventListener("statechange", () => this.#draw());
    }
    await this.#context.resume().catch(() => {});
    if (isGreeting && this.#kind === null) this.#node("hello").start();
    this.#loop();
    this.#draw();
  }

  // One looped buffer needs no timer, which a hidden tab would slow down.
  #loop() {
    this.#source?.stop();
    this.#source = null;
    if (!this.#context || this.#kind === null) return;
    this.#source = this.#node(this.#kind);
    this.#source.loop = true;
    this.#source.start();
  }

  #node(kind) {
    const { round, tones } = patterns[kind];
    const rate = this.#context.sampleRate;
    const buffer = this.#context.createBuffer(1, Math.ceil(round * rate), rate);
    const samples = buffer.getChannelData(0);
    for (const [start, length, hertz] of tones) {
      const count = Math.floor(length * rate);
      for (let index = 0; index < count; index++) {
        // Ten milliseconds up and down, or every tone would click.
        const edge = Math.min(1, index / (0.01 * rate), (count - index) / (0.01 * rate));
        samples[Math.floor(start * rate) + index] = 0.4 * edge * Math.sin((2 * Math.PI * hertz * index) / rate);
      }
    }
    const node = new AudioBufferSourceNode(this.#context, { buffer });
    node.connect(this.#context.destination);
    return node;
  }

  #draw() {
    this.#button.setAttribute("aria-pressed", String(this.isOn));
    this.#button.querySelector("span").textContent = this.isOn ? "Sound on" : this.#isWanted ? "Sound waits for a click" : "Sound off";
    this.#button.title = this.isOn ? "Turn the alarm's sound off" : "Turn the alarm's sound on";
  }
}

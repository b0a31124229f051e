// The acts of one alert beside the acknowledgement: a row of buttons, and the question that some of them ask first.
import { possibleActs } from "./acts.js";
import { reasons } from "./words.js";
import { write } from "./time.js";

export class Panel {
  #element;
  #perform;
  #tell;
  #drawn = "";
  #acts = [];

  /// `perform(type, fields)` does an act and rejects with the words to show, `minutes` among the fields for a snooze;
  /// `tell` shows the alert's story.
  constructor(element, perform, tell) {
    this.#element = element;
    this.#perform = perform;
    this.#tell = tell;
  }

  /// Draws the buttons anew only where they are others: a question that somebody is answering stays.
  fill(alert, role) {
    this.#acts = possibleActs(alert, role);
    const key = this.#acts.map((act) => act.type).join();
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.#drawButtons();
  }

  #drawButtons() {
    const buttons = this.#acts.map((act) => {
      const button = made("button", { type: "button", className: `act-${act.type}` }, act.label);
      button.addEventListener("click", () => (act.reasons ? this.#ask(act) : this.#send(act, {}, button)));
      return button;
    });
    const story = made("button", { type: "button", className: "story" }, "Story");
    story.addEventListener("click", this.#tell);
    this.#element.replaceChildren(...buttons, story, made("p", { className: "error", role: "alert" }));
  }

  #ask(act) {
    const form = made("form", { className: "question" });
    const why = this.#choice("Why", "reason", act.reasons.map((reason) => [reason, reasons[reason]]));
    const parts = [why];
    if (act.minutes) parts.push(this.#choice("For", "minutes", act.minutes.map((minutes) => [minutes, span(minutes)])));
    const send = made("button", { type: "submit", className: "main" }, act.label);
    const cancel = made("button", { type: "button" }, "Cancel");
    cancel.addEventListener("click", () => {
      this.#drawButtons();
      this.#element.querySelector(`.act-${act.type}`)?.focus();
    });
    form.append(...parts, send, cancel);
    form.addEventListener("submit", (submit) => {
      submit.preventDefault();
      const fields = Object.fromEntries(new FormData(form));
      this.#send(act, fields, send);
    });
    this.#element.replaceChildren(form, made("p", { className: "error", role: "alert" }));
    form.querySelector("select").focus();
  }

  #choice(label, name, options) {
    const select = made("select", { name });
    select.append(...options.map(([value, text]) => made("option", { value }, text)));
    const field = made("label", {}, `${label} `);
    field.append(select);
    return field;
  }

  async #send(act, fields, button) {
    if (button.hasAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    const label = button.textContent;
    write(button, act.doing);
    const error = this.#element.querySelector(".error");
    write(error, "");
    try {
      await this.#perform(act.type, fields);
      if (button.isConnected && act.reasons) this.#drawButtons();
    } catch (failure) {
      write(error, failure.message);
    } finally {
      button.removeAttribute("aria-disabled");
      write(button, label);
    }
  }
}

/// An element with properties and text.
export function made(name, properties = {}, text = "") {
  const element = Object.assign(document.createElement(name), properties);
  if (text !== "") element.textContent = text;
  return element;
}

function span(minutes) {
  return minutes < 60 ? `${minutes} minutes` : minutes === 60 ? "1 hour" : `${minutes / 60} hours`;
}

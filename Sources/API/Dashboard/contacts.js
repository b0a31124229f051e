// How the person who is signed in is reached outside of this page: each contact is proved by a code that was sent to it.
import { made } from "./panel.js";
import { moment, write } from "./time.js";
import { obstacles, outcomes } from "./words.js";

const examples = { SMS: "+12025550123", PUSH: "the app's token", WEBHOOK: "https://pager.example.org/in" };
const element = (id) => document.getElementById(id);

export class Contacts {
  #api = null;
  #path = "";

  constructor() {
    element("contact-kind").addEventListener("change", () => {
      element("contact-address").placeholder = examples[element("contact-kind").value];
    });
    element("contact-form").addEventListener("submit", (submit) => {
      submit.preventDefault();
      const label = element("contact-label").value.trim();
      this.#act(async (api) => {
        const address = element("contact-address").value.trim();
        await api.post(this.#path, { kind: element("contact-kind").value, address, ...(label && { label }) });
        element("contact-form").reset();
      }, "A code is on its way to it. Type it in beside the contact.");
    });
  }

  begin(api, user) {
    this.#api = api;
    this.#path = `/api/v1/users/${user}/contact-methods`;
  }

  end() {
    this.#api = null;
    element("contact-form").reset();
    write(element("contacts-result"), "");
    element("contacts").replaceChildren();
  }

  async refresh() {
    const api = this.#api;
    // A code that is being typed stays.
    if (element("contacts").contains(document.activeElement) && document.activeElement.value) return;
    try {
      const { contactMethods } = await api.get(this.#path);
      if (api !== this.#api) return;
      element("contacts").replaceChildren(...contactMethods.map((contact) => this.#item(contact)));
      element("no-contacts").hidden = contactMethods.length > 0;
    } catch (error) {
      if (api === this.#api) write(element("contacts-result"), error.message);
    }
  }

  #item(contact) {
    const item = made("li", { className: "card" });
    const path = `${this.#path}/${contact.contactId}`;
    item.append(made("h3", {}, `${contact.kind} ${contact.address}${contact.label ? ` · ${contact.label}` : ""}`));
    const [text, isGood] = state(contact);
    item.append(made("p", { className: isGood ? "quiet" : "error" }, text));
    const line = made("div", { className: "line" });
    if (!contact.verifiedAt && !contact.optedOutAt && contact.kind !== "VOICE") line.append(this.#proof(path));
    line.append(this.#button(contact.optedOutAt ? "Use it again" : "Do not use it",
      (api) => api.patch(path, { isOptedOut: !contact.optedOutAt })));
    if (!contact.isFromDirectory) line.append(this.#button("Delete", (api) => api.delete(path)));
    item.append(line);
    return item;
  }

  #proof(path) {
    const form = made("form", { className: "line" });
    const code = made("input", { name: "code", inputMode: "numeric", maxLength: 6, size: 8, required: true, autocomplete: "one-time-code" });
    code.setAttribute("aria-label", "The code that was sent to it");
    form.append(code, made("button", { type: "submit" }, "Confirm"), this.#button("Send another code", (api) => api.post(`${path}/code`)));
    form.addEventListener("submit", (submit) => {
      submit.preventDefault();
      const typed = code.value.trim();
      code.value = "";
      this.#act((api) => api.post(`${path}/verify`, { code: typed }), "Confirmed.");
    });
    return form;
  }

  #button(label, act) {
    const button = made("button", { type: "button" }, label);
    button.addEventListener("click", () => this.#act(act, ""));
    return button;
  }

  async #act(act, done) {
    write(element("contacts-result"), "");
    try {
      await act(this.#api);
      write(element("contacts-result"), done);
    } catch (error) {
      write(element("contacts-result"), error.message);
    }
    await this.refresh();
  }
}

function state(contact) {
  if (contact.optedOutAt) return [`Not used: silence was asked for ${moment(contact.optedOutAt)}.`, false];
  if (contact.obstacle === "VOICE_NOT_SERVED") return ["Not used: this hub places no calls.", false];
  if (contact.obstacle) return [`Not used yet: it ${obstacles[contact.obstacle] ?? contact.obstacle}.`.replace("has verified no contact", "is not confirmed"), false];
  const last = contact.lastOutcome;
  if (!last) return ["In use. Nothing was sent to it yet.", true];
  return [`In use. The last message was ${outcomes[last.state] ?? last.state} ${moment(last.at)}.`, !contact.isFailing];
}

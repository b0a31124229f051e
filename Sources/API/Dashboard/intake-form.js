// One form that waits for a person: what the machine read, the scan beside it, and what the person decides.
const unsureBelow = 0.8;
const words = {
  LOW_CONFIDENCE: "hard to read", FIELD_UNSURE: "a field is unsure", FIELD_MISSING: "a field is missing",
  POSSIBLE_EMERGENCY: "possible emergency", CARD_NUMBER_REMAINS: "a card number could not be taken out",
  UNREADABLE: "could not be read: type it in",
};

export class ReviewForm {
  #form;
  #call;
  #changed;
  #image = null;
  row;

  /// call(method, path, options) asks the hub; changed() is called once the form is settled.
  constructor(form, call, changed) {
    this.#form = form;
    this.#call = call;
    this.#changed = changed;
    this.row = document.getElementById("form-template").content.firstElementChild.cloneNode(true);
    this.row.id = `form-${form.formId}`;
    this.#tell();
    this.#suggest();
    this.#part(".see").addEventListener("click", () => this.#see());
    this.#part(".review").addEventListener("submit", (submit) => {
      submit.preventDefault();
      this.#approve();
    });
    this.#part(".reject").addEventListener("click", () => this.#settle({ decision: "REJECTED" }));
  }

  remove() {
    if (this.#image) URL.revokeObjectURL(this.#image);
    this.row.remove();
  }

  #part(selector) { return this.row.querySelector(selector); }

  #tell() {
    const form = this.#form;
    this.row.classList.toggle("emergency", form.isEmergency);
    const score = form.emergencyScore === null ? "" : ` · emergency score ${Math.round(form.emergencyScore * 100)}`;
    this.#part(".marks").textContent = `${form.isEmergency ? "Emergency, alerted" : "Form"}${score}`;
    this.#part(".filename").textContent = form.filename ?? "";
    this.#part(".reasons").textContent = form.reasons.map((reason) => words[reason] ?? reason).join(", ");
    this.#part(".terms").textContent = [
      ...form.emergencyTerms.map((term) => `“${term.phrase}” ${term.weight}`),
      ...form.deniedTerms.map((term) => `denied: “${term.phrase}”`),
    ].join(", ");
    const reason = form.fields.find((field) => field.name === "reason");
    this.#part(".reason-read").textContent = reason ? `Reason: ${reason.value}` : "";
  }

  #suggest() {
    for (const field of this.#form.fields) {
      const input = this.#part(`.review [name=${field.name}]`);
      if (!input) continue;
      input.value = field.value;
      const note = input.parentElement.querySelector("small");
      const isUnsure = field.confidence < unsureBelow || (input.type === "date" && input.value === "");
      note.textContent = input.type === "date" && input.value === "" ? `read as “${field.value}”` : isUnsure ? "unsure" : "";
      note.classList.toggle("unsure", isUnsure);
    }
  }

  async #see() {
    try {
      const response = await this.#call("GET", `/api/v1/intake/${this.#form.formId}/file`);
      this.#image ??= URL.createObjectURL(await response.blob());
      const image = this.#part(".scan");
      image.src = this.#image;
      image.hidden = false;
      this.#part(".see").hidden = true;
    } catch (error) {
      this.#fail(error);
    }
  }

  #approve() {
    const decision = { decision: "APPROVED" };
    for (const name of ["fullName", "dateOfBirth", "insuranceId", "notes"]) {
      const value = this.#part(`.review [name=${name}]`).value.trim();
      if (value) decision[name] = value;
    }
    this.#settle(decision);
  }

  async #settle(decision) {
    this.#part(".review .error").textContent = "";
    const buttons = this.row.querySelectorAll(".act button");
    for (const button of buttons) button.disabled = true;
    try {
      await this.#call("PATCH", `/api/v1/intake/${this.#form.formId}/confirm`, {
        body: JSON.stringify(decision), headers: { "Content-Type": "application/json" },
      });
      this.#changed();
    } catch (error) {
      this.#fail(error);
      for (const button of buttons) button.disabled = false;
    }
  }

  #fail(error) { this.#part(".review .error").textContent = error.message; }
}

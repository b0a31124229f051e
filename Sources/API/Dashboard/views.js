// The parts of the page behind the buttons under the header. A part is read when it is looked at, and now and then.
const interval = 60_000;
/// Who takes forms in, on a page of its own.
const deskRoles = ["ADMIN", "ADMISSIONS"];
const element = (id) => document.getElementById(id);

export class Views {
  #parts;
  #role = null;
  #shown = "alerts";
  #timer = null;

  /// `parts`: by the name in `data-view`, what has `roles` (all, where it is left out) and `refresh()`.
  constructor(parts) {
    this.#parts = parts;
    element("views").addEventListener("click", (click) => {
      const name = click.target.closest("button")?.dataset.view;
      if (name) this.#show(name);
    });
  }

  begin(role) {
    this.#role = role;
    for (const button of element("views").children) {
      button.hidden = !(this.#parts[button.dataset.view]?.roles?.includes(role) ?? true);
    }
    element("to-intake").hidden = !deskRoles.includes(role);
    element("views").hidden = element("board").hidden = false;
    this.#show("alerts");
    this.#timer = setInterval(() => this.#refresh(), interval);
  }

  end() {
    clearInterval(this.#timer);
    this.#role = null;
    element("to-intake").hidden = true;
    element("views").hidden = element("board").hidden = true;
  }

  /// The connection is live again: what is looked at may have changed meanwhile.
  refresh() { if (this.#role !== null) this.#refresh(); }

  #show(name) {
    this.#shown = name;
    for (const button of element("views").children) {
      if (button.dataset.view === name) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
    }
    for (const part of document.querySelectorAll("#board > [data-view]")) part.hidden = part.dataset.view !== name;
    this.#refresh();
  }

  #refresh() { this.#parts[this.#shown]?.refresh?.(); }
}

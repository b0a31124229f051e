// Forms: uploaded, and approved by a person. Nothing that the machine read becomes a patient's record from here by itself.
import { ReviewForm } from "./intake-form.js";
import { Session } from "./session.js";
import { sentence } from "./words.js";

const interval = 4000;
const element = (id) => document.getElementById(id);
let token = null;
let timer = null;
const shown = new Map();

async function call(method, path, options = {}) {
  const headers = { Authorization: `Bearer ${token}`, ...options.headers };
  const response = await fetch(path, { method, headers, body: options.body, cache: "no-store" });
  if (response.status === 401) session.end("Your sign-in has ended.", true);
  if (response.ok) return response;
  const problem = await response.json().catch(() => null);
  throw new Error(problem?.detail ?? `The hub answered ${response.status}.`);
}

const session = new Session({
  signedIn(given, claims) {
    token = given;
    showPerson(claims);
    element("intake").hidden = false;
    refresh();
  },
  renewed(given) {
    token = given;
  },
  signedOut() {
    token = null;
    clearTimeout(timer);
    element("intake").hidden = true;
    for (const form of shown.values()) form.remove();
    shown.clear();
    showPerson(null);
  },
});

function showPerson(claims) {
  element("clinic").textContent = claims?.clinic ?? "";
  element("name").textContent = claims ? claims.name ?? `User ${String(claims.user_id).slice(-4)}` : "";
  element("role").textContent = claims ? sentence(claims.role) : "";
  element("person").hidden = claims === null;
}

async function refresh() {
  clearTimeout(timer);
  try {
    const all = element("include-all").checked ? "?include=all" : "";
    const { forms } = await (await call("GET", `/api/v1/intake/review-queue${all}`)).json();
    show(forms);
    element("queue-error").textContent = "";
  } catch (error) {
    element("queue-error").textContent = error.message;
  }
  if (token) timer = setTimeout(refresh, interval);
}

// A form that somebody is typing in stays as it is; the order is the hub's.
function show(forms) {
  const known = new Set(forms.map((form) => form.formId));
  for (const [id, form] of shown) {
    if (known.has(id)) continue;
    form.remove();
    shown.delete(id);
  }
  for (const form of forms) {
    if (!shown.has(form.formId)) shown.set(form.formId, new ReviewForm(form, call, refresh));
    element("queue").append(shown.get(form.formId).row);
  }
  element("queue-count").textContent = String(forms.length);
  element("queue-empty").hidden = forms.length > 0;
}

element("upload").addEventListener("submit", async (submit) => {
  submit.preventDefault();
  const file = element("file").files[0];
  const body = new FormData();
  body.append("file", file);
  element("upload-error").textContent = "";
  element("upload-state").textContent = `Uploading ${file.name}…`;
  try {
    const headers = { "Idempotency-Key": crypto.randomUUID() };
    await call("POST", "/api/v1/intake/upload", { body, headers });
    element("upload-state").textContent = `${file.name} is stored and will be read.`;
    element("upload").reset();
    refresh();
  } catch (error) {
    element("upload-state").textContent = "";
    element("upload-error").textContent = error.message;
  }
});
element("include-all").addEventListener("change", refresh);
element("sign-out").addEventListener("click", () => session.end("", false));
session.begin();

// Puts the page together: who is signed in, the connection, the board and the other views, and what calls for attention.
import { API } from "./api.js";
import { Banner } from "./banner.js";
import { Board } from "./board.js";
import { Connection } from "./connection.js";
import { Contacts } from "./contacts.js";
import { Delivery } from "./delivery.js";
import { Flow } from "./flow.js";
import { Notices } from "./notices.js";
import { OnCall } from "./oncall.js";
import { Operations } from "./operations.js";
import { QuietHours } from "./quiet.js";
import { Session } from "./session.js";
import { Sound } from "./sound.js";
import { Story } from "./story.js";
import { Times } from "./times.js";
import { Views } from "./views.js";
import { sentence } from "./words.js";

const recallWithin = 2000;
const element = (id) => document.getElementById(id);
const banner = new Banner();
const sound = new Sound(element("sound"));
let open = [];
const board = new Board((alerts) => {
  open = alerts;
  banner.showAlerts(alerts);
  chooseSound();
});
const story = new Story();
const onCall = new OnCall();
const contacts = new Contacts();
const quiet = new QuietHours();
const notices = new Notices();
const operations = new Operations();
const delivery = new Delivery();
const times = new Times();
const views = new Views({
  "on-call": onCall, notices, times,
  contacts: {
    refresh() {
      contacts.refresh();
      quiet.refresh();
    },
  },
  operations: {
    roles: ["ADMIN"],
    refresh() {
      operations.refresh();
      delivery.refresh();
    },
  },
});
let api = null;
let connection = null;
let flow = null;

const session = new Session({
  signedIn(token, claims) {
    api = new API(token);
    showPerson(claims);
    banner.showSignedIn();
    board.show(claims, act, (alertId) => story.show(alertId));
    flow = new Flow(token, (counts) => board.showFlow(counts));
    story.begin(api);
    onCall.begin(api);
    contacts.begin(api, claims.user_id);
    quiet.begin(api, claims.user_id);
    notices.begin(api, claims.role);
    operations.begin(api, () => board.now);
    delivery.begin(api);
    times.begin(api);
    views.begin(claims.role);
    connection = new Connection({
      token,
      channel: `clinic:${claims.clinic_id}`,
      stateChanged(state, detail) {
        banner.showLink(state, detail);
        chooseSound();
        if (state !== "live") return;
        flow.refresh();
        operations.refresh();
        notices.refreshSoon();
        views.refresh();
      },
      refused: (reason) => session.end(reason, true),
      tokenEnds: (time) => banner.showTokenEnd(time),
      snapshot(alerts) {
        board.replace(alerts);
        recall();
      },
      waits: (seconds) => board.useWaits(seconds),
      lateness: (seconds) => banner.showLateness(seconds),
      clock(serverNow) {
        board.adjustClock(serverNow);
        banner.adjustClock(serverNow);
      },
      event(event) {
        if (event.event === "clinic:maintenance") return operations.refresh();
        if (event.event === "operator:notice") return notices.refreshSoon();
        board.apply(event);
        story.changed(event.data.alertId);
        if (!event.event.startsWith("alert:")) flow.refresh();
      },
    });
    connection.open();
  },
  renewed(token) {
    connection?.renew(token);
    flow?.renew(token);
    api?.renew(token);
  },
  signedOut(isForced) {
    connection?.close();
    flow?.stop();
    connection = flow = api = null;
    for (const part of [story, onCall, contacts, quiet, notices, operations, delivery, times, views]) part.end();
    board.hide();
    showPerson(null);
    banner.showSignedOut(isForced);
    chooseSound();
  },
});

// A snooze is asked for in minutes, and told as a time of the hub's clock.
function act(type, alertId, { minutes, ...fields }) {
  if (minutes) fields.until = new Date(board.now + minutes * 60_000).toISOString();
  return connection.act(type, alertId, fields);
}

// The snapshot holds what nobody has answered; what was accepted or closed lately is asked for, a little later: every
// screen of the house may have been given a snapshot at the same moment.
async function recall() {
  const asked = api;
  await new Promise((resolve) => setTimeout(resolve, Math.random() * recallWithin));
  if (asked !== api) return;
  try {
    const lists = await Promise.all(["ACKNOWLEDGED&limit=50", "CLOSED&limit=10"].map(
      (query) => asked.get(`/api/v1/alerts?status=${query}`)));
    if (asked === api) board.remember(lists.flatMap((list) => list.alerts));
  } catch {
    // The board itself is complete without them; the next snapshot asks again.
  }
}

function showPerson(claims) {
  element("clinic").textContent = claims?.clinic ?? "";
  element("name").textContent = claims ? claims.name ?? `User ${String(claims.user_id).slice(-4)}` : "";
  element("role").textContent = claims ? sentence(claims.role) : "";
  element("person").hidden = element("link").hidden = claims === null;
}

function chooseSound() {
  if (open.some((alert) => alert.isExhausted)) sound.play("unanswered");
  else if (open.some((alert) => alert.urgencyLevel === "CRITICAL")) sound.play("critical");
  else sound.play(banner.isOffline ? "offline" : null);
}

element("sign-out").addEventListener("click", () => session.end("", false));
element("sign-in-again").addEventListener("click", () => session.end("", false));
session.begin();

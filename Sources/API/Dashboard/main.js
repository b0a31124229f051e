// Puts the page together: who is signed in, the connection, the board, and what calls for attention.
import { Banner } from "./banner.js";
import { Board } from "./board.js";
import { Connection } from "./connection.js";
import { Flow } from "./flow.js";
import { Operations } from "./operations.js";
import { Session, roleName } from "./session.js";
import { Sound } from "./sound.js";

const element = (id) => document.getElementById(id);
const banner = new Banner();
const sound = new Sound(element("sound"));
let open = [];
const board = new Board((alerts) => {
  open = alerts;
  banner.showAlerts(alerts);
  chooseSound();
});
let connection = null;
let flow = null;
let operations = null;

const session = new Session({
  signedIn(token, claims) {
    showPerson(claims);
    banner.showSignedIn();
    board.show(claims, (alertId) => connection.acknowledge(alertId));
    flow = new Flow(token, (counts) => board.showFlow(counts));
    operations = new Operations(token);
    connection = new Connection({
      token,
      channel: `clinic:${claims.clinic_id}`,
      stateChanged(state, detail) {
        banner.showLink(state, detail);
        chooseSound();
        if (state === "live") {
          flow.refresh();
          operations.refresh();
        }
      },
      refused: (reason) => session.end(reason, true),
      tokenEnds: (time) => banner.showTokenEnd(time),
      snapshot: (alerts) => board.replace(alerts),
      waits: (seconds) => board.useWaits(seconds),
      lateness: (seconds) => banner.showLateness(seconds),
      clock(serverNow) {
        board.adjustClock(serverNow);
        banner.adjustClock(serverNow);
      },
      event(event) {
        if (event.event === "clinic:maintenance") return operations.refresh();
        board.apply(event);
        if (!event.event.startsWith("alert:")) flow.refresh();
      },
    });
    connection.open();
  },
  signedOut(isForced) {
    connection?.close();
    flow?.stop();
    operations?.stop();
    connection = flow = operations = null;
    board.hide();
    showPerson(null);
    banner.showSignedOut(isForced);
    chooseSound();
  },
});

function showPerson(claims) {
  element("clinic").textContent = claims?.clinic ?? "";
  element("name").textContent = claims ? claims.name ?? `User ${String(claims.user_id).slice(-4)}` : "";
  element("role").textContent = claims ? roleName(claims.role) : "";
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

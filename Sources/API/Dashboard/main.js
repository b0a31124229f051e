// Puts the page together: who is signed in, the connection, the board.
import { Connection } from "./connection.js";
import { Board } from "./board.js";
import { Session } from "./session.js";
import { HubAPI } from "./api.js";

const element = (id) => document.getElementById(id);
const board = new Board();
let connection = null;

const session = new Session({
  signedIn(token, claims) {
    const api = new HubAPI(token);
    board.show(claims, (alertId) => connection.acknowledge(alertId));
    const refreshFlow = debounce(() => api.flow().then((flow) => board.showFlow(flow)).catch(() => {}), 250);
    connection = new Connection({
      token,
      channel: `clinic:${claims.clinic_id}`,
      stateChanged: (state, detail) => {
        board.showLink(state, detail);
        if (state === "live") refreshFlow();
      },
      refused: (reason) => { session.end(reason); },
      snapshot: (alerts) => board.replace(alerts),
      waits: (seconds) => board.useWaits(seconds),
      clock: (serverNow) => board.adjustClock(serverNow),
      event: (event) => {
        board.apply(event);
        if (event.event === "patient:status_changed") refreshFlow();
      },
    });
    connection.open();
    element("sign-out").hidden = false;
  },
  signedOut() {
    connection?.close();
    connection = null;
    board.hide();
    element("sign-out").hidden = true;
  },
});

element("sign-out").addEventListener("click", () => session.end(""));
session.begin();

function debounce(action, milliseconds) {
  let timer = null;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, milliseconds);
  };
}

// What may be done to an alert, by whom and when. The hub decides; this only spares people what it would refuse.
const unanswered = (alert) => ["PENDING", "DELIVERED", "ESCALATED"].includes(alert.status);
const mine = (alert) => alert.status === "ACKNOWLEDGED" && alert.acknowledgedByMe;
const staff = ["DOCTOR", "ADMIN"];

const acts = [
  {
    type: "decline", label: "Pass on", doing: "Passing on…", roles: staff, when: unanswered,
    reasons: ["BUSY", "WITH_ANOTHER_PATIENT", "OFF_SITE", "NOT_MY_PATIENT", "OTHER"],
  },
  { type: "escalate", label: "Call the next now", doing: "Calling…", roles: [...staff, "ADMISSIONS"], when: unanswered },
  {
    type: "snooze", label: "Put off", doing: "Putting off…", roles: staff,
    when: (alert) => unanswered(alert) && alert.urgencyLevel !== "CRITICAL",
    reasons: ["WITH_ANOTHER_PATIENT", "BUSY", "WAITING_FOR_RESULT", "OTHER"], minutes: [5, 15, 60, 240],
  },
  { type: "progress", label: "Still working on it", doing: "Telling…", roles: ["DOCTOR"], when: mine },
  {
    type: "unaccept", label: "Hand back", doing: "Handing back…", roles: staff, when: mine,
    reasons: ["BUSY", "WITH_ANOTHER_PATIENT", "OFF_SITE", "NOT_MY_PATIENT", "OTHER"],
  },
  {
    type: "close", label: "Close", doing: "Closing…", roles: staff, when: (alert) => alert.status !== "CLOSED",
    reasons: ["HANDLED", "FALSE_ALARM", "DUPLICATE", "TRANSFERRED", "OTHER"],
  },
  {
    type: "reopen", label: "Re-open", doing: "Re-opening…", roles: staff, when: (alert) => alert.status === "CLOSED",
  },
];

/// The acts that make sense for this alert and role, in the order of their buttons.
export function possibleActs(alert, role) {
  return acts.filter((act) => act.roles.includes(role) && act.when(alert));
}

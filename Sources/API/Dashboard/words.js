// The hub's words, as people say them.
export const reasons = {
  BUSY: "Busy",
  WITH_ANOTHER_PATIENT: "With another patient",
  OFF_SITE: "Not on site",
  NOT_MY_PATIENT: "Not my patient",
  WAITING_FOR_RESULT: "Waiting for a result",
  TRANSFERRED: "Transferred",
  HANDLED: "Handled",
  FALSE_ALARM: "False alarm",
  DUPLICATE: "Duplicate",
  OTHER: "Other",
};

export const obstacles = {
  NO_CONTACT: "has no contact",
  UNVERIFIED: "has verified no contact",
  OPTED_OUT: "asked for silence",
  VOICE_NOT_SERVED: "has a voice number only",
  INACTIVE: "is not active",
  FAILING: "cannot be reached: messages fail",
  OFF_DUTY: "is off duty",
};

export const targets = {
  ASSIGNED_DOCTOR: "assigned doctor",
  BACKUP_OF_ASSIGNED: "backup of the assigned doctor",
  SCHEDULE: "on call",
  ROLE: "by role",
  ACCEPTOR: "who accepted",
};

export const causes = {
  TIMER: "nobody answered in time",
  RECEIPT_TIMEOUT: "no phone confirmed the page",
  MANUAL: "called by hand",
  DECLINED: "passed on",
  CONTACTS_FAILED: "messages failed",
  NOBODY_REACHABLE: "nobody can be reached",
  NO_LIVE_SCREEN: "no screen showed it",
  SNOOZE_OVER: "the time it was put off is over",
  NOT_HANDLED: "not handled in time",
  STALE: "nobody touched it any more",
  HANDED_BACK: "handed back",
  URGENCY_RAISED: "raised again, more urgent",
  INHIBITED: "a more urgent alert of this patient is open",
  MAINTENANCE: "maintenance",
};

export const ways = { SCREEN: "on a screen", REST: "by a program", TEXT: "by text message", LINK: "by link" };
export const channels = { SMS: "text", PUSH: "push", VOICE: "call", WEBHOOK: "webhook" };

export const outcomes = {
  QUEUED: "waits", SUBMITTING: "being sent", SUBMITTED: "sent", DELIVERED: "delivered", DEAD: "failed",
  BUNDLED: "gathered into one text", CANCELLED: "not needed any more", EXPIRED: "too late to send", UNKNOWN: "outcome unknown", ACCEPTED: "taken",
  SENT: "sent", REJECTED: "refused", FAILED: "failed", UNDELIVERED: "not delivered", READ: "read",
};

/// CORPORATE_ADMIN → "Corporate admin"
export function sentence(word) {
  const text = String(word ?? "").replaceAll("_", " ").toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// What an event makes of an alert that the board knows. Nothing here touches the page.

/// Changes the alert as the event says; `me` is whose screen it is.
export function change(alert, event, data, me) {
  switch (event) {
    case "alert:delivered":
      if (alert.status === "PENDING") alert.status = "DELIVERED";
      break;
    case "alert:escalated":
      Object.assign(alert, {
        status: "ESCALATED", step: data.step, escalatesAt: data.nextStepAt ?? null, isExhausted: false,
        snoozedUntil: null, hold: null, declines: 0,
      });
      break;
    case "alert:exhausted":
      Object.assign(alert, { status: "ESCALATED", isExhausted: true, escalatesAt: null });
      break;
    case "alert:acknowledged":
      Object.assign(alert, {
        status: "ACKNOWLEDGED", escalatesAt: null, isExhausted: false, acknowledgedAt: data.timestamp,
        acknowledgedByMe: data.doctorId === me, snoozedUntil: null, hold: null, isReminded: false,
      });
      break;
    case "alert:reminded":
      alert.isReminded = true;
      break;
    case "alert:snoozed":
      Object.assign(alert, { snoozedUntil: data.until, hold: null, escalatesAt: data.until, isExhausted: false });
      break;
    case "alert:urgency_raised":
      alert.urgencyLevel = data.urgencyLevel;
      break;
    case "alert:closed":
      Object.assign(alert, { status: "CLOSED", escalatesAt: null, isExhausted: false, closedAt: data.timestamp });
      break;
    case "alert:declined":
      alert.declines = (alert.declines ?? 0) + 1;
      break;
    case "alert:inhibited":
      Object.assign(alert, {
        snoozedUntil: data.until, escalatesAt: data.until, hold: data.byAlertId ? "INHIBITED" : "MAINTENANCE",
      });
      break;
    case "alert:released":
      Object.assign(alert, { snoozedUntil: null, hold: null, escalatesAt: data.nextStepAt ?? null });
      break;
    case "alert:repeated":
      Object.assign(alert, { urgencyLevel: data.urgencyLevel, count: data.count });
      break;
    // Nobody has it any more.
    case "alert:unaccepted":
      Object.assign(alert, {
        status: "ESCALATED", escalatesAt: data.nextStepAt ?? null, isGivenBack: true, acknowledgedAt: null,
        acknowledgedByMe: false,
      });
      break;
  }
}

const rank = { CRITICAL: 0, URGENT: 1, MODERATE: 2, LOW: 3 };

/// The unanswered first, then the most urgent, then the oldest.
export function inOrder(a, b) {
  return (a.status === "ACKNOWLEDGED") - (b.status === "ACKNOWLEDGED")
    || Boolean(b.isExhausted) - Boolean(a.isExhausted)
    || rank[a.urgencyLevel] - rank[b.urgencyLevel]
    || Date.parse(a.createdAt) - Date.parse(b.createdAt);
}

/// The one that moved last first.
export function newestFirst(a, b) { return Date.parse(moved(b)) - Date.parse(moved(a)); }

function moved(alert) { return alert.closedAt ?? alert.acknowledgedAt ?? alert.createdAt; }

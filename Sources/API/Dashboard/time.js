// Time as the board writes it.

/// 75 → "1:15", 3700 → "1:01:40". Whole seconds; nothing below zero.
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/// The time of day, "14:05:09"; `short` without the seconds.
export function timeOfDay(milliseconds, short = false) {
  return new Date(milliseconds).toLocaleTimeString([], {
    hour: "2-digit", minute: "2-digit", ...(!short && { second: "2-digit" }), hourCycle: "h23",
  });
}

/// A moment of another day too: "Tue 24 Nov, 14:05".
export function moment(text) {
  return new Date(text).toLocaleString("en-GB", {
    weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  });
}

/// Writes text only where it changes: the page is drawn, and read aloud, no more often than needed.
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

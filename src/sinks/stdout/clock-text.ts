const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Local time of day to the millisecond: `14:03:07.042`. */
export function formatTimeOfDay(unixMillis: number): string {
  const date = new Date(unixMillis);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
  return `${time}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Local date as C's `ctime` writes it, and netstacklat with it: `Fri Nov 20 23:06:12 2026`. */
export function formatDateLine(unixMillis: number): string {
  const date = new Date(unixMillis);
  const day = String(date.getDate()).padStart(2);
  const time = formatTimeOfDay(unixMillis).slice(0, 8);
  return `${DAYS[date.getDay()]} ${MONTHS[date.getMonth()]} ${day} ${time} ${date.getFullYear()}`;
}

/** Time that has passed, always as wide as a clock up to 99 hours: `00:01:23`. */
export function formatElapsed(millis: number): string {
  const seconds = Math.max(0, Math.floor(millis / 1000));
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(twoDigits).join(':');
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

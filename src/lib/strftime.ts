const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAY_MILLIS = 86_400_000;

/** English names of a zone differ by country: `CET` is known in Britain, `PST` in America; elsewhere it is `GMT+2`. */
const ZONE_LOCALES = ['en-US', 'en-GB', 'en-AU', 'en-CA', 'en-IN', 'en-ZA'];

/** `%`, an optional flag of glibc's, an optional E or O (which the C locale ignores), and the conversion. */
const CONVERSION = /%([_0^#-]?)([EO]?)(.)/gsu;

/**
 * The local time of a second as C's `strftime` writes it in the C locale, with the flags of glibc: `_` pads with
 * spaces, `-` does not pad, `0` pads with zeros, `^` is upper case. A conversion that does not exist stays as it is.
 */
export function strftime(format: string, unixSeconds: number): string {
  const date = new Date(unixSeconds * 1000);
  return format.replaceAll(CONVERSION, (whole, flag: string, _modifier: string, conversion: string) => {
    const text = convert(conversion, date, unixSeconds);
    return text === undefined ? whole : flagged(text, flag);
  });
}

function convert(conversion: string, date: Date, unixSeconds: number): string | undefined {
  const compound = COMPOUNDS[conversion];
  if (compound !== undefined) return strftime(compound, unixSeconds);
  switch (conversion) {
    case '%':
      return '%';
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'a':
      return DAYS[date.getDay()].slice(0, 3);
    case 'A':
      return DAYS[date.getDay()];
    case 'b':
    case 'h':
      return MONTHS[date.getMonth()].slice(0, 3);
    case 'B':
      return MONTHS[date.getMonth()];
    case 'p':
      return date.getHours() < 12 ? 'AM' : 'PM';
    case 'P':
      return date.getHours() < 12 ? 'am' : 'pm';
    case 's':
      return String(unixSeconds);
    case 'z':
      return zoneOffset(date);
    case 'Z':
      return zoneName(date);
    case 'Y':
      return String(date.getFullYear());
    case 'G':
      return String(isoWeek(date).year);
    case 'u':
      return String(date.getDay() || 7);
    case 'w':
      return String(date.getDay());
    default:
      return padded(conversion, date);
  }
}

const COMPOUNDS: Readonly<Record<string, string>> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  R: '%H:%M',
  r: '%I:%M:%S %p',
  T: '%H:%M:%S',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
};

/** Numbers of a fixed width. */
function padded(conversion: string, date: Date): string | undefined {
  const hour12 = date.getHours() % 12 || 12;
  switch (conversion) {
    case 'd':
      return zeros(date.getDate());
    case 'e':
      return String(date.getDate()).padStart(2);
    case 'H':
      return zeros(date.getHours());
    case 'I':
      return zeros(hour12);
    case 'k':
      return String(date.getHours()).padStart(2);
    case 'l':
      return String(hour12).padStart(2);
    case 'm':
      return zeros(date.getMonth() + 1);
    case 'M':
      return zeros(date.getMinutes());
    case 'S':
      return zeros(date.getSeconds());
    case 'C':
      return zeros(Math.floor(date.getFullYear() / 100));
    case 'y':
      return zeros(date.getFullYear() % 100);
    case 'g':
      return zeros(isoWeek(date).year % 100);
    case 'j':
      return zeros(dayOfYear(date) + 1, 3);
    case 'U':
      return zeros(Math.floor((dayOfYear(date) + 7 - date.getDay()) / 7));
    case 'V':
      return zeros(isoWeek(date).week);
    case 'W':
      return zeros(Math.floor((dayOfYear(date) + 7 - ((date.getDay() + 6) % 7)) / 7));
    default:
      return undefined;
  }
}

function flagged(text: string, flag: string): string {
  if (flag === '^') return text.toUpperCase();
  if (flag === '#') return text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();
  if (flag === '' || !/^[ 0]*\d+$/.test(text)) return text;
  const bare = text.replace(/^[ 0]+(?=\d)/, '');
  return flag === '-' ? bare : bare.padStart(text.length, flag === '_' ? ' ' : '0');
}

function zeros(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}

function dayOfYear(date: Date): number {
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()];
  return Math.round((Date.UTC(year, month, day) - Date.UTC(year, 0, 1)) / DAY_MILLIS);
}

/** ISO 8601: weeks begin on Monday, and week 1 is the one with the first Thursday. */
function isoWeek(date: Date): { readonly year: number; readonly week: number } {
  const day = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  const thursday = new Date(day + (3 - ((date.getDay() + 6) % 7)) * DAY_MILLIS);
  const year = thursday.getUTCFullYear();
  return { year, week: 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MILLIS)) };
}

/** `+0100`, east of Greenwich. */
function zoneOffset(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${zeros(Math.floor(size / 60))}${zeros(size % 60)}`;
}

function zoneName(date: Date): string {
  const names = ZONE_LOCALES.map(
    (locale) =>
      new Intl.DateTimeFormat(locale, { timeZoneName: 'short' })
        .formatToParts(date)
        .find((part) => part.type === 'timeZoneName')?.value ?? '',
  );
  return names.find((name) => !/^(GMT|UTC)[+-]/.test(name)) ?? names[0];
}

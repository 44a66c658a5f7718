const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const LONG_DAY = '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day';
const MONTH = `(${MONTHS.join('|')})`;
const TIME = '(\\d{2}):(\\d{2}):(\\d{2})';

const IMF_FIXDATE = new RegExp(`^${DAY}, (\\d{2}) ${MONTH} (\\d{4}) ${TIME} GMT$`);
const RFC_850 = new RegExp(`^${LONG_DAY}, (\\d{2})-${MONTH}-(\\d{2}) ${TIME} GMT$`);
const ASCTIME = new RegExp(`^${DAY} ${MONTH} ([ \\d]\\d) ${TIME} (\\d{4})$`);

/**
 * Formats a date as an IMF-fixdate (RFC 9110 section 5.6.7). Fractions of a second are truncated.
 *
 * @param date a `Date`, or milliseconds since 1970-01-01 UTC.
 * @throws RangeError for an invalid date, and for years outside of 0000 to 9999.
 * @example formatHttpDate(0) // 'Thu, 01 Jan 1970 00:00:00 GMT'
 */
export function formatHttpDate(date: Date | number): string {
  const instant = typeof date === 'number' ? new Date(date) : date;
  const year = instant.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) {
    throw new RangeError(`An HTTP date needs a valid date with a year from 0 to 9999, not ${String(date)}.`);
  }
  return instant.toUTCString();
}

/**
 * Parses a date in the three formats of RFC 9110 section 5.6.7: IMF-fixdate, and the obsolete RFC 850 and asctime formats.
 *
 * @returns the date, or `undefined` for an invalid date, so that the header is ignored.
 * @example parseHttpDate('Sun, 06 Nov 1994 08:49:37 GMT')
 * @example parseHttpDate('Sunday, 06-Nov-94 08:49:37 GMT')
 * @example parseHttpDate('Sun Nov  6 08:49:37 1994')
 */
export function parseHttpDate(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  let match = IMF_FIXDATE.exec(text);
  if (match) return instant(Number(match[3]), match[2], match[1], match[4], match[5], match[6]);
  match = ASCTIME.exec(text);
  if (match) return instant(Number(match[6]), match[1], match[2], match[3], match[4], match[5]);
  match = RFC_850.exec(text);
  if (match) return instant(fullYear(Number(match[3])), match[2], match[1], match[4], match[5], match[6]);
  return undefined;
}

/** A two-digit year more than 50 years in the future is a year in the past (RFC 9110 section 5.6.7). */
function fullYear(twoDigits: number): number {
  const now = new Date().getUTCFullYear();
  const year = now - (now % 100) + twoDigits;
  return year > now + 50 ? year - 100 : year;
}

function instant(
  year: number,
  month: string | undefined,
  day: string | undefined,
  hour: string | undefined,
  minute: string | undefined,
  second: string | undefined,
): Date | undefined {
  const seconds = Number(second);
  // 60 is a leap second; Date rolls it over into the next minute.
  if (Number(hour) > 23 || Number(minute) > 59 || seconds > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, MONTHS.indexOf(month ?? ''), Number(day));
  if (date.getUTCDate() !== Number(day)) return undefined;
  date.setUTCHours(Number(hour), Number(minute), seconds);
  return date;
}

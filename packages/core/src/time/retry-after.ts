/** Longest wait that is passed on, ms: nobody means more. */
const maxRetryAfterMs = 365 * 86_400_000

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const clock = String.raw`(?<hour>[01]\d|2[0-3]):(?<minute>[0-5]\d):(?<second>[0-5]\d|60)`
const month = `(?<month>${months.join('|')})`

/** The three forms of a date of HTTP, RFC 9110 section 5.6.7: of mail, of RFC 850, and of `asctime`. */
const dates = [
  new RegExp(
    String.raw`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\d\d) ${month} (?<year>\d{4}) ${clock} GMT$`,
  ),
  new RegExp(
    String.raw`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\d\d)-${month}-(?<year>\d\d) ${clock} GMT$`,
  ),
  new RegExp(String.raw`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${month} (?<day>[ \d]\d) ${clock} (?<year>\d{4})$`),
]

/**
 * The header `Retry-After` in ms from `now`, from 0, where the moment has passed, to a year: whole seconds, or a date of HTTP in any of
 * its three forms. `undefined` where it is neither. Format: RFC 9110 section 10.2.3.
 */
export function parseRetryAfter(value: string, now: number): number | undefined {
  const text = value.trim()
  const until = /^\d+$/.test(text) ? now + Number(text) * 1000 : parseHttpDate(text, now)
  return until === undefined ? undefined : Math.min(Math.max(0, until - now), maxRetryAfterMs)
}

function parseHttpDate(text: string, now: number): number | undefined {
  const found = dates.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined)
  if (found === undefined) return undefined
  const number = (name: string): number => Number(found[name])
  const [day, monthIndex] = [number('day'), months.indexOf(found['month'] ?? '')]
  const year = found['year']?.length === 2 ? fullYear(number('year'), now) : number('year')
  const midnight = Date.UTC(year, monthIndex, day)
  // Date.UTC takes the 31st of June for the 1st of July.
  if (new Date(midnight).getUTCDate() !== day) return undefined
  return midnight + (number('hour') * 3600 + number('minute') * 60 + number('second')) * 1000
}

/** Of two digits the year that is at most 50 years ahead. */
function fullYear(digits: number, now: number): number {
  const present = new Date(now).getUTCFullYear()
  const year = present - (present % 100) + digits
  return year > present + 50 ? year - 100 : year
}

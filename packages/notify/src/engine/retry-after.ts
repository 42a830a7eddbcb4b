/**
 * The header `Retry-After` in ms from `now`: whole seconds, or a date of HTTP. `undefined` where it is neither.
 * Format: RFC 9110 section 10.2.3.
 */
export function parseRetryAfter(value: string, now: number): number | undefined {
  const text = value.trim()
  if (/^\d+$/.test(text)) return Number(text) * 1000
  // A date of HTTP begins with the day of the week; Date.parse alone takes much more.
  const date = /^[A-Z][a-z]{2,8}, /.test(text) ? Date.parse(text) : NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** A value, all of its digits. */
export function valueText(value: number, exact?: bigint): string {
  if (exact !== undefined) return exact.toString()
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  // Digits that nobody knows are not written.
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) return value.toExponential()
  return Object.is(value, -0) ? '-0' : String(value)
}

/** A time in seconds, to the microsecond. */
export function secondsText(time: number): string {
  if (!Number.isInteger(time)) return valueText(Math.round(time * 1000) / 1e6)
  const magnitude = Math.abs(time)
  const rest = magnitude % 1000
  const whole = (magnitude - rest) / 1000
  const sign = time < 0 ? '-' : ''
  return rest === 0 ? `${sign}${whole}` : `${sign}${whole}.${String(rest).padStart(3, '0')}`
}

// A time of day as typed, as the next time at which it is that.
import { dayOf } from '../words/times.js'

const dayMs = 86_400_000

/** The server's time when it is `text` (`07:30`) next, within 24 h; `undefined` where that is no time of day. */
export function nextTime(text, now, zone) {
  const [, hours, minutes] = /^\s*(\d{1,2})[:.](\d{2})\s*$/.exec(text) ?? []
  if (hours === undefined || Number(hours) > 23 || Number(minutes) > 59) return undefined
  const [hour, minute] = [Number(hours), Number(minutes)]
  if (zone === 'utc') {
    const today = dayOf(now, zone) * dayMs + (hour * 60 + minute) * 60_000
    return today > now ? today : today + dayMs
  }
  // By the clock on the wall, which may have changed by then.
  const end = new Date(now)
  end.setHours(hour, minute, 0, 0)
  if (end.getTime() <= now) end.setDate(end.getDate() + 1)
  return end.getTime()
}

import type { Notification, Notifier } from '@tocsin/notify'

import { certificateDays } from './rules.ts'

/** What a severity means of each kind of alert. */
const meanings: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  outage: { 1: 'is down', 3: 'cannot be looked at, so nobody knows how it is', 4: 'is up, with a warning' },
  certificate: {
    2: `has a certificate for less than ${certificateDays.bad} days`,
    4: `has a certificate for less than ${certificateDays.warning} days`,
  },
}
const ends: Readonly<Record<string, string>> = {
  outage: 'is up again',
  certificate: 'has a new certificate',
}

/** A notification as people say it; what is not known here stays as it is. */
function sentenceOf({ subject, kind, alerts: [alert] }: Notification): string {
  const target = alert.fields.find(({ name }) => name === 'check')?.value
  if (target === undefined || kind === 'unknown') return subject
  const said =
    alert.clearedAt === undefined
      ? meanings[alert.ruleSet]?.[alert.severity]
      : alert.cause.reason === 'gone'
        ? 'is looked at no more'
        : ends[alert.ruleSet]
  return said === undefined ? subject : `${target} ${said}`
}

/** Tells by a notifier, in words of one's own. */
export const inWords = (notifier: Notifier): Notifier => ({
  ...notifier,
  send: (notification, signal) =>
    notifier.send({ ...notification, subject: sentenceOf(notification) }, signal),
})

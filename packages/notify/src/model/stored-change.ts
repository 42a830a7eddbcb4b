import { check, list, number, object, oneOf, optional, text, variants } from '@tocsin/core/shape'
import type { Shape } from '@tocsin/core/shape'

import type { Acknowledgement, Alert, AlertPlace, SuppressReason } from './alert.ts'
import type { EndedEpisode, NotifyChange } from './change.ts'
import type { PlannedNotification } from './notification.ts'
import { maintenanceShape } from './policy.ts'
import { faultShape, severityShape } from './signal.ts'

/** Version of the changes that are written today. One is added with each change that an older release would misread. */
export const changesVersion = 2

// Bounds are those of a file: what was written is never refused for being large.
const word = text(0, 65_536)
const time = number()
const many = 100_000
/** What a later release adds is left alone. */
const stored = { open: true } as const

const acknowledgement: Shape<Acknowledgement> = object(
  { by: word, at: time, until: optional(time), notes: optional(word), severity: severityShape },
  stored,
)

const suppressReason: Shape<SuppressReason> = oneOf([
  'acknowledged',
  'maintenance',
  'flapping',
  'no-route',
  'no-notifier',
  'cleared-before-wait',
  'never-told',
])

const yes: Shape<true> = oneOf([true])

const place: Shape<AlertPlace> = object(
  {
    place: word,
    due: time,
    severity: optional(severityShape),
    told: oneOf(['no', 'unsure', 'yes']),
    planned: optional(word),
    sequence: number(),
    givenUp: optional(number()),
    resumeAt: optional(time),
    remind: optional(yes),
    toldUnknown: optional(yes),
    held: optional(suppressReason),
    closed: optional(yes),
  },
  stored,
)

const alert: Shape<Alert> = object(
  {
    id: word,
    ruleSet: word,
    series: word,
    severity: severityShape,
    openedAt: time,
    clearedAt: optional(time),
    text: word,
    signal: faultShape,
    episode: word,
    formerly: optional(list(word, 0, many)),
    openings: number(),
    heardAt: time,
    unknownSince: optional(time),
    settlesAt: optional(time),
    seen: list(word, 0, many),
    acknowledgement: optional(acknowledgement),
    maintenance: list(word, 0, many),
    places: list(place, 0, many),
  },
  stored,
)

const notification: Shape<PlannedNotification> = object(
  {
    id: word,
    kind: oneOf(['alert', 'transition', 'recovery', 'reminder', 'unknown']),
    place: word,
    notifier: word,
    alerts: list(word, 0, many),
    sequence: number(),
    severity: severityShape,
    previousSeverity: optional(severityShape),
    time,
    notBefore: optional(time),
  },
  stored,
)

const episode: Shape<EndedEpisode> = object(
  { id: word, of: number(), at: time, byHand: optional(severityShape), seen: optional(list(word, 0, many)) },
  stored,
)

const gone = { id: word }

const change: Shape<NotifyChange> = variants({
  reset: {},
  alert: { alert },
  place: { alert: word, place },
  ended: { episode },
  notification: { notification },
  maintenance: { maintenance: maintenanceShape },
  'alert-gone': gone,
  settled: gone,
  'maintenance-gone': gone,
})

const changes = list(change, 0, 10_000_000, 'an array of changes')

/** What is wrong with changes that were written by this version, `undefined` when all is well. */
export const checkChanges = (value: unknown): string | undefined => check(changes, value, 'changes')?.message

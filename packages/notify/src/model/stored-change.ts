import { check, list, number, object, oneOf, optional, text, variants } from '@tocsin/core/shape'
import type { Shape } from '@tocsin/core/shape'

import type { Acknowledgement, Alert, AlertTarget, SuppressReason } from './alert.ts'
import type { Notification, NotificationField } from '../render/notification.ts'
import { maintenanceShape } from './policy.ts'
import { causeShape, faultShape, severityShape } from './signal.ts'
import type { EndedEpisode, NotifyChange } from '../engine/state.ts'

// Bounds are those of the file: what was written is never refused for being large.
const word = text(0, 65_536)
const time = number()
/** What a later release adds is left alone. */
const stored = { open: true } as const

const acknowledgement: Shape<Acknowledgement> = object(
  {
    by: word,
    at: time,
    until: optional(time),
    notes: optional(word),
    severity: severityShape,
  },
  stored,
)

const suppressReason: Shape<SuppressReason> = oneOf([
  'acknowledged',
  'maintenance',
  'no-route',
  'no-notifier',
  'cleared-before-wait',
  'never-told',
])

const target: Shape<AlertTarget> = object(
  {
    target: word,
    due: time,
    severity: optional(severityShape),
    told: oneOf(['no', 'unsure', 'yes']),
    outstanding: optional(word),
    sequence: number(),
    held: optional(suppressReason),
    closed: optional(oneOf([true])),
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
    text: word,
    clearedAt: optional(time),
    signal: faultShape,
    acknowledgement: optional(acknowledgement),
    maintenance: list(word, 0, 100_000),
    targets: list(target, 0, 100_000),
  },
  stored,
)

const field: Shape<NotificationField> = object({ name: word, value: word }, stored)

const notification: Shape<Notification> = object(
  {
    id: word,
    ruleSet: word,
    series: word,
    severity: severityShape,
    openedAt: time,
    text: word,
    alert: word,
    kind: oneOf(['alert', 'transition', 'recovery']),
    target: word,
    sequence: number(),
    previousSeverity: optional(severityShape),
    subject: word,
    fields: list(field, 0, 100_000),
    fault: word,
    cause: causeShape,
    time,
  },
  stored,
)

const episode: Shape<EndedEpisode> = object({ key: word, fault: word, openedAt: time }, stored)

const gone = { id: word }

const change: Shape<NotifyChange> = variants({
  alert: { alert },
  ended: { episode },
  notification: { notification },
  maintenance: { maintenance: maintenanceShape },
  'alert-gone': gone,
  settled: gone,
  'maintenance-gone': gone,
})

const changes = list(change, 0, 10_000_000, 'an array of changes')

/** What is wrong with the changes of one append, `undefined` when all is well. */
export const checkChanges = (value: unknown): string | undefined => check(changes, value, 'changes')?.message

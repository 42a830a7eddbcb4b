import { expect, it } from 'vitest'

import { rankOf } from '../../src/engine/outbox/rank.ts'
import type { NotificationKind } from '../../src/model/notification.ts'
import type { Severity } from '../../src/model/signal.ts'

const rank = (kind: NotificationKind, severity: Severity, previousSeverity?: Severity, isOver = false) =>
  rankOf({ kind, severity, previousSeverity }, isOver)

it('tells first pages by severity, then milder changes, ends, what nobody knows, reminders', () => {
  const order = [
    rank('alert', 1),
    rank('alert', 2),
    rank('alert', 3),
    rank('alert', 4),
    rank('alert', 5),
    rank('transition', 4, 2),
    rank('recovery', 1),
    rank('unknown', 1),
    rank('reminder', 1),
  ]
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
})

it('tells of a worse severity as of a fault that begins with it', () => {
  expect([rank('transition', 1, 3), rank('transition', 3, 5), rank('transition', 5, 5)]).toEqual([0, 2, 5])
})

it('tells a beginning whose alert is over as an end, whatever its severity', () => {
  expect([rank('alert', 1, undefined, true), rank('transition', 1, 5, true)]).toEqual([6, 6])
})

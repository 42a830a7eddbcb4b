import { createNotifyEngine, series } from '@tocsin/notify/engine'
import type { CommandInput, FaultSignal, NotifyEvent, Outcome, Severity } from '@tocsin/notify/engine'

import { box, dot, label, line, picture } from './svg.ts'

const start = Date.UTC(2026, 11, 24, 3)
const minute = 60_000

/** Something that happens in the story. */
interface Happening {
  readonly at: number
  readonly signal?: FaultSignal
  readonly command?: (alert: string) => CommandInput
}

const signal = (type: FaultSignal['type'], at: number, severity: Severity): Happening => ({
  at,
  signal: {
    type,
    id: `${type} ${at}`,
    fault: 'f1',
    ruleSet: 'queue',
    series: series('queue', { shop: 'berlin' }),
    severity,
    openedAt: start,
    time: start + at * minute,
    cause: { reason: 'above' },
    text: 'above 100',
  },
})

/** What an operator's night looks like; the pager cannot be reached at first. */
const story: readonly Happening[] = [
  signal('opened', 0, 3),
  signal('severity', 5, 1),
  {
    at: 12,
    command: (alert) => ({ type: 'acknowledge', alert, by: 'ann', until: start + 40 * minute }),
  },
  signal('cleared', 60, 1),
]
const pagerIsDown = (at: number): boolean => at < 8

/** All decisions of the package's own engine. */
function decisions(): readonly NotifyEvent[] {
  const engine = createNotifyEngine({
    policy: {
      groups: { ops: { notifiers: ['pager'] }, boss: { notifiers: ['mail'] } },
      routes: [
        { group: 'ops', wait: { '3': '2m' } },
        { group: 'boss', wait: '15m' },
      ],
    },
    notifiers: ['pager', 'mail'],
    random: () => 0.9,
    baseDelayMs: minute,
  })
  const events: NotifyEvent[] = []
  const follow = ({ events: decided, sends }: Outcome, time: number): void => {
    events.push(...decided)
    for (const { id, notifier } of sends) {
      const isDown = notifier === 'pager' && pagerIsDown((time - start) / minute)
      const failure = { failure: 'transient', message: 'the connection was refused', arrived: 'no' } as const
      const result = { id, notifier, ...(isDown && { failure }) }
      follow(engine.step({ type: 'result', result }, time), time)
    }
  }
  const wake = (until: number): void => {
    for (let due = engine.nextDue(); due <= until; due = engine.nextDue()) follow(engine.advance(due), due)
  }
  follow(engine.restore([], start), start)
  for (const { at, signal: said, command } of story) {
    const time = start + at * minute
    wake(time - 1)
    const created = events.find(({ type }) => type === 'created')
    const alert = created !== undefined && 'alert' in created ? created.alert : ''
    if (said !== undefined) follow(engine.step({ type: 'signal', signal: said }, time), time)
    if (command !== undefined) follow(engine.step({ type: 'command', command: command(alert) }, time), time)
  }
  wake(start + 70 * minute)
  return events
}

const kinds = {
  alert: 'told of the alert',
  transition: 'told of the new severity',
  recovery: 'told of its end',
  reminder: 'reminded that it is still open',
  unknown: 'told that nobody knows',
} as const

/** What is marked in the picture: whose lane, whether it went well, and the words of the list below. */
function markOf(
  event: NotifyEvent,
): { readonly place: string; readonly of: string; readonly words: string } | undefined {
  if (event.type === 'delivered' && event.ruleSet === 'tocsin.notify') {
    const words = event.kind === 'recovery' ? 'works again' : 'fails: an alert of its own'
    return { place: event.place, of: 'dot', words: `${event.place} is told that the pager ${words}` }
  }
  if (event.type === 'delivered') {
    const severity = event.kind === 'recovery' ? '' : `, severity ${event.severity}`
    return { place: event.place, of: 'dot', words: `${event.place} is ${kinds[event.kind]}${severity}` }
  }
  if (event.type === 'attempt-failed') {
    return { place: event.place, of: 'late', words: `${event.place} cannot be reached; tried again later` }
  }
  if (event.type === 'superseded') {
    return {
      place: event.place,
      of: 'late',
      words: `that would be out of date now: the new severity takes its place, at once`,
    }
  }
  if (event.type === 'suppressed' && event.place !== undefined && event.reason === 'acknowledged') {
    return { place: event.place, of: 'late', words: `${event.place} is not told: ann has acknowledged it` }
  }
  return undefined
}

/** The life of one alert: who is told of it, when, and why not. */
function life(): string {
  const [left, width, laneHeight] = [110, 640, 46]
  const x = (time: number): number => left + ((time - start) / (66 * minute)) * width
  const clock = (time: number): string => new Date(time).toISOString().slice(11, 19)
  const lanes = ['the alert', 'ann', 'pager', 'mail']
  const y = (lane: string): number => 44 + lanes.indexOf(lane) * laneHeight
  const at = (of: number): number => x(start + of * minute)
  const marks = decisions().flatMap((event) => {
    const mark = markOf(event)
    return mark === undefined ? [] : [{ ...mark, time: event.time }]
  })
  const listTop = y('mail') + 56
  const parts = [
    ...[0, 10, 20, 30, 40, 50, 60].flatMap((minutes) => [
      line(at(minutes), 26, at(minutes), y('mail') + 24, 'faint'),
      label(at(minutes), 20, clock(start + minutes * minute).slice(0, 5), 'small', 'middle'),
    ]),
    ...lanes.map((lane) => label(12, y(lane) + 5, lane, 'strong')),
    box(at(0), y('the alert') - 12, at(5) - at(0), 24),
    label(at(0) + 6, y('the alert') + 5, 'sev. 3'),
    box(at(5), y('the alert') - 12, at(60) - at(5), 24, 'kept'),
    label(at(5) + 8, y('the alert') + 5, 'severity 1'),
    box(at(12), y('ann') - 12, at(40) - at(12), 24),
    label(at(12) + 8, y('ann') + 5, 'has acknowledged it, until 03:40'),
    ...['pager', 'mail'].map((lane) => line(left, y(lane), left + width, y(lane))),
    ...marks.flatMap(({ place, of, time }, index) => {
      // Marks of one moment stand one above the other.
      const before = marks
        .slice(0, index)
        .filter((other) => other.place === place && x(time) - x(other.time) < 9)
      const above = 10 + 12 * before.length
      return [
        dot(x(time), y(place), of),
        label(x(time), y(place) - above, String(index + 1), 'small', 'middle'),
      ]
    }),
    ...marks.flatMap(({ time, words }, index) => [
      label(left - 60, listTop + index * 20, String(index + 1), 'small', 'end'),
      label(left - 48, listTop + index * 20, clock(time), 'small'),
      label(left + 10, listTop + index * 20, words),
    ]),
  ]
  return picture(
    780,
    listTop + marks.length * 20,
    'The life of one alert: the pager is told as soon as it can be reached, nobody while it is acknowledged, everybody when it is not any more, and those who were told are told of its end',
    parts,
  )
}

/** The pictures of the guide to notifications, by file name. */
export const notifyPictures: Readonly<Record<string, () => string>> = { 'notify-life.svg': life }

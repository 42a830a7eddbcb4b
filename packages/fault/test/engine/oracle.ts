import { parseDuration } from '@tocsin/core'

import { compileCriterion } from '../../src/engine/criterion.ts'
import type { FaultInput, RuleSet } from '../../src/index.ts'

/** A delivered sample. */
export interface Delivery {
  readonly sample: FaultInput
  readonly now: number
}

/** What matters of an event. */
export interface Told {
  readonly type: 'opened' | 'severity' | 'cleared'
  readonly severity: number
  readonly time: number
  readonly value: unknown
}

/**
 * The rules of one set for one series, told once more in the plainest way: the whole history is kept, and each judgement
 * looks at all of it. Deliveries must be of that series, by ascending `now`; silence is told up to `end`.
 */
export function oracle(ruleSet: RuleSet, deliveries: readonly Delivery[], end: number): readonly Told[] {
  const rules = ruleSet.rules.map(({ when, severity }) => ({ severity, ...compileCriterion(when) }))
  const { window } = ruleSet
  const spanMs = parseDuration(window?.duration ?? '0s') ?? 0
  const minFillMs = parseDuration(window?.minFill ?? '0s') ?? 0
  const numbers: { time: number; value: number }[] = []
  const told: Told[] = []
  let filledSince = Infinity
  let previous: number | string | undefined
  let lastTime = -Infinity
  let valueRule = -1
  let severity: number | undefined
  let eventTime = -Infinity

  const decide = (rule: number, time: number, value: unknown): void => {
    const next = rules[rule]?.severity
    if (next === severity) return
    const type = severity === undefined ? 'opened' : next === undefined ? 'cleared' : 'severity'
    eventTime = Math.max(time, type === 'opened' ? eventTime + 1 : eventTime)
    told.push({ type, severity: next ?? severity!, time: eventTime, value })
    severity = next
  }
  const silence = (until: number): void => {
    const dues = rules.filter(({ reason }) => reason === 'absent').map(({ threshold }) => Number(threshold))
    for (const due of dues.map((ms) => lastTime + ms).sort((a, b) => a - b)) {
      if (due > until || lastTime === -Infinity) continue
      const first = rules.findIndex(({ reason, threshold }, index) =>
        reason === 'absent' ? due - lastTime >= Number(threshold) : index === valueRule,
      )
      if (rules[first]?.reason === 'absent') decide(first, due, undefined)
    }
  }
  const inWindow = (end: number): { value: number }[] =>
    numbers.filter(({ time }) => time > end - spanMs && time <= end)
  const record = (time: number, value: number): void => {
    const newest = Math.max(...numbers.map((number) => number.time))
    if (time <= newest - spanMs) return
    const startsAnew = time >= newest && inWindow(time).length === 0
    filledSince = startsAnew ? time : Math.min(filledSince, time)
    numbers.push({ time, value })
  }
  const textual = rules.some(({ compares }) => compares === 'string')
  const numeric = rules.some(({ compares }) => compares === 'number')
  const blind = rules.every(({ compares }) => compares === 'none')

  for (const { sample, now } of deliveries) {
    const { value } = sample
    if (Math.max(now, sample.receivedAt ?? now) - sample.time > 10_000) continue
    const time = sample.time > now + 10_000 ? now : sample.time
    const good =
      blind ||
      (typeof value === 'number' && Number.isFinite(value) && !textual) ||
      (typeof value === 'string' && !numeric)
    if (time < lastTime) {
      if (good && typeof value === 'number') record(time, value)
      continue
    }
    silence(now)
    lastTime = time
    if (!good) continue
    let judged: unknown = value
    if (window !== undefined && typeof value === 'number') {
      record(time, value)
      if (Math.min(spanMs, time - filledSince) < minFillMs) continue
      const held = inWindow(time)
      judged = held.reduce((sum, number) => sum + number.value, 0) / held.length
    }
    valueRule = rules.findIndex(({ test }) => test(judged as number, previous))
    previous = value as number
    decide(valueRule, time, typeof judged === 'string' || Number.isFinite(judged) ? judged : undefined)
  }
  silence(end)
  return told
}

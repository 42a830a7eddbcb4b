import { describe, expect, it } from 'vitest'

import type { DeliveryFailure } from '../../src/model/failure.ts'
import { Rig } from '../support/engine.ts'
import { changed, cleared, opened } from '../support/signals.ts'

const unreached: DeliveryFailure = { failure: 'transient', message: 'ECONNREFUSED', arrived: 'no' }
const hourMs = 3_600_000

describe('what comes late of a fault that is over', () => {
  const next = (): Rig => new Rig().signal(opened(0)).signal(cleared(10)).signal(opened(20)).to(100)

  it('makes the next one no worse', () => {
    const rig = next().late(changed(5, 1, { openedAt: 0 }))
    expect(rig.decisions.at(-1)).toBe('duplicate already-cleared')
    expect(rig.open).toMatchObject([{ severity: 2, openedAt: 20 }])
    expect(rig.told).toHaveLength(3)
  })

  it('does not end the next one, whatever time it has', () => {
    const rig = next().late(cleared(30, { openedAt: 0 }))
    expect(rig.decisions.at(-1)).toBe('duplicate already-cleared')
    expect(rig.open).toHaveLength(1)
  })

  it('does not end the next one where both are one alert, whose first end could not be told', () => {
    const rig = new Rig()
    rig.answer = ({ kind }) => (kind === 'recovery' ? unreached : 'ok')
    rig.signal(opened(0)).signal(cleared(10)).signal(opened(20)).late(cleared(10))
    expect(rig.decisions.at(-1)).toBe('duplicate already-cleared')
    expect(rig.open).toMatchObject([{ openings: 2 }])
  })

  it('begins nothing where its end is not told yet, nor does the end of a fault that nobody knows', () => {
    const rig = new Rig()
    rig.answer = ({ kind }) => (kind === 'recovery' ? unreached : 'ok')
    rig.signal(opened(0)).signal(cleared(10)).late(changed(5, 1))
    expect(rig.decisions.at(-1)).toBe('duplicate already-cleared')
    rig.signal(cleared(30, { openedAt: 20 }))
    expect(rig.decisions.at(-1)).toBe('refused unknown-alert')
    expect(rig.open).toEqual([])
  })

  it('is known for a day, so that what is remembered does not grow for ever', () => {
    const rig = new Rig()
    for (let at = 0; at < 240 * hourMs; at += 24 * hourMs)
      rig.signal(opened(at)).signal(cleared(at + hourMs, { openedAt: at }))
    expect(rig.engine.state.ended.size).toBe(1)
    rig.late(opened(216 * hourMs))
    expect(rig.decisions.at(-1)).toBe('duplicate already-cleared')
  })
})

it('a detector that repeats itself for ever makes an alert no larger, and the latest repeats are known again', () => {
  const rig = new Rig().signal(opened(0))
  for (let time = 1; time <= 1000; time++) rig.signal(changed(time, 2))
  rig.signal(changed(1001, 1))
  const [alert] = rig.open
  expect(alert?.seen.length).toBeLessThanOrEqual(16)
  // A severity that is known by its mark is not taken for news.
  rig.late(changed(1000, 2))
  expect(rig.decisions.at(-1)).toBe('duplicate out-of-order')
  expect(rig.told).toEqual(['0 alert 2 a', '1001 transition 1 a'])
})

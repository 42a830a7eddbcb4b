import { describe, expect, it } from 'vitest'

import { at, openingsOf, recorded, watch } from './recorder.ts'

const during = { from: '01:00', until: '02:00' } as const
const night = 3600
const rules = [
  { when: { above: 95 }, severity: 1 },
  { when: { above: 80 }, severity: 3 },
] as const

describe('a mute', () => {
  it('holds back an opening, which comes when it ends with its true start', () => {
    const { sample, advance, told, events } = recorded([watch(rules, { mute: [{ when: { during } }] })])
    sample(at(night + 60, 90))
    advance(2 * night + 20)
    sample(at(2 * night + 60, 10))
    expect(told).toEqual([
      `${night + 60} muted opened s3 above`,
      `${2 * night} opened s3 above`,
      `${2 * night + 60} cleared s3 recovered`,
    ])
    expect(events[0]).toMatchObject({ mute: { during } })
    expect(openingsOf(events)).toMatchObject([{ openedAt: (night + 60) * 1000 }])
  })

  it('lets what ended under it end there', () => {
    const { sample, advance, told } = recorded([watch(rules, { mute: [{ when: { during } }] })])
    sample(at(night + 60, 90))
    sample(at(night + 120, 10))
    advance(3 * night)
    expect(told).toEqual([`${night + 60} muted opened s3 above`, `${night + 120} muted cleared s3 recovered`])
  })

  it('never holds back the end of what was told, nor its severity', () => {
    const { sample, told } = recorded([watch(rules, { mute: [{ when: { during } }] })])
    sample(at(night - 60, 90))
    sample(at(night + 60, 99))
    sample(at(night + 120, 10))
    expect(told).toEqual([
      `${night - 60} opened s3 above`,
      `${night + 60} severity s1 above`,
      `${night + 120} cleared s1 recovered`,
    ])
  })

  it('is broken by a severity that it is not for', () => {
    const { sample, told, events } = recorded([
      watch(rules, { mute: [{ when: { during }, severities: [3] }] }),
    ])
    sample(at(night + 60, 90))
    sample(at(night + 120, 99))
    sample(at(night + 180, 10))
    expect(told).toEqual([
      `${night + 60} muted opened s3 above`,
      `${night + 120} opened s1 above`,
      `${night + 180} cleared s1 recovered`,
    ])
    expect(openingsOf(events)).toMatchObject([{ openedAt: (night + 60) * 1000, time: (night + 120) * 1000 }])
  })

  it('tells a change that it holds back too', () => {
    const { sample, told } = recorded([watch(rules, { mute: [{ when: { during } }] })])
    sample(at(night + 60, 90))
    sample(at(night + 120, 99))
    expect(told).toEqual([`${night + 60} muted opened s3 above`, `${night + 120} muted severity s1 above`])
  })

  it('that follows another goes on holding back', () => {
    const later = { from: '02:00', until: '03:00' } as const
    const { sample, advance, told } = recorded([
      watch(rules, { mute: [{ when: { during } }, { when: { during: later } }] }),
    ])
    sample(at(night + 60, 90))
    advance(4 * night)
    expect(told).toEqual([`${night + 60} muted opened s3 above`, `${3 * night} opened s3 above`])
  })
})

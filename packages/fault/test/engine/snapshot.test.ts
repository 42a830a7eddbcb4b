import { describe, expect, it } from 'vitest'

import { createFaultEngine, type RuleSetInput, series } from '../../src/engine.ts'
import { parseRuleSets } from '../../src/rules/parse-rule-sets.ts'
import { at, record, recorded, watch } from './recorder.ts'

const rules = [
  watch([
    { when: { of: { average: '5m' }, above: 80 }, severity: 1, for: '1m' },
    { when: { absentFor: '2m' }, severity: 1 },
  ]),
]

describe('a snapshot', () => {
  it('goes on in the middle of a window, a hold and a silence, with what was handed in', () => {
    const { engine, sample } = recorded(rules)
    for (let second = 0; second <= 50; second += 10) sample(at(second, 99))
    const next = createFaultEngine(rules, { snapshot: engine.snapshot({ segment: 7, offset: 42 }) })
    expect(next.position).toEqual({ segment: 7, offset: 42 })
    const { advance, told } = record(next)
    advance(300)
    expect(told).toEqual(['60 opened s1 above', '170 reason s1 absent'])
  })

  it('is judged by rules that were edited since, field by field', () => {
    const { engine, sample } = recorded(rules)
    for (let second = 0; second <= 60; second += 10) sample(at(second, 99))
    const edited = [watch([{ when: { of: { average: '5m' }, above: 90 }, severity: 1, for: '1m' }])]
    const { advance, told, sample: next } = record(createFaultEngine(edited, { snapshot: engine.snapshot() }))
    advance(61)
    next(at(70, -1000))
    expect(told).toEqual(['70 cleared s1 recovered'])
  })

  it('of nothing is one too, and the same state gives the same bytes', () => {
    const empty = createFaultEngine(rules).snapshot()
    expect(createFaultEngine(rules, { snapshot: empty }).snapshot()).toEqual(empty)
    const { engine, sample } = recorded(rules)
    sample(at(0, 'text'))
    sample(at(1, 5, { series: series('m', { host: 'ä "x"' }) }))
    const bytes = engine.snapshot()
    expect(createFaultEngine(rules, { snapshot: bytes }).snapshot()).toEqual(bytes)
  })

  it('that is cut or changed in any byte is refused', () => {
    const { engine, sample } = recorded(rules)
    sample(at(0, 99))
    const bytes = engine.snapshot()
    const refused = expect.objectContaining({ code: 'FAULT_BAD_SNAPSHOT' })
    for (let length = 0; length < bytes.length; length += 7) {
      expect(() => createFaultEngine(rules, { snapshot: bytes.slice(0, length) })).toThrow(refused)
    }
    for (let place = 0; place < bytes.length; place += 1) {
      const changed = bytes.slice()
      changed[place] = (changed[place] ?? 0) ^ 0x10
      expect(() => createFaultEngine(rules, { snapshot: changed })).toThrow(refused)
    }
    expect(() => createFaultEngine(rules, { snapshot: bytes })).not.toThrow()
  })

  it('of another version is refused, and says which', () => {
    const bytes = createFaultEngine(rules).snapshot()
    new Uint32Array(bytes.buffer, 0, 2)[1] = 1
    expect(() => createFaultEngine(rules, { snapshot: bytes })).toThrow('has version 1')
  })

  it('is read wherever its bytes lie', () => {
    const { engine, sample } = recorded(rules)
    sample(at(0, 99))
    const bytes = engine.snapshot()
    for (let offset = 0; offset < 8; offset += 1) {
      const moved = new Uint8Array(bytes.length + 8).subarray(offset, offset + bytes.length)
      moved.set(bytes)
      expect(createFaultEngine(rules, { snapshot: moved }).snapshot()).toEqual(bytes)
    }
  })

  it('keeps back an opening that is muted, though its rule set was edited since', () => {
    const mute = [{ when: { during: { start: '1970-01-01T00:00:00Z', end: '1970-01-01T00:01:00Z' } } }]
    const muted = (above: number): RuleSetInput => watch([{ when: { above }, severity: 1 }], { mute })
    const { engine, sample, told } = recorded([muted(80)])
    sample(at(0, 99))
    engine.setRuleSets(parseRuleSets([muted(90)]), 1000)
    const after = record(createFaultEngine([muted(90)], { snapshot: engine.snapshot() }))
    after.advance(80)
    expect([told, after.told]).toEqual([['0 muted opened s1 above'], ['60 opened s1 above']])
  })

  it('of windows in other parts is refused', () => {
    const { engine, sample } = recorded(rules)
    sample(at(0, 99))
    expect(() => createFaultEngine(rules, { snapshot: engine.snapshot(), panes: 5 })).toThrow('panes')
  })
})

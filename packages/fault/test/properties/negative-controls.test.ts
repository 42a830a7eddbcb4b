import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createFaultEngine, type FaultOutput } from '../../src/engine.ts'
import { anyHistory } from './any-history.ts'
import { anyRules } from './any-rules.ts'
import { judge } from './judge.ts'
import type { MakeEngine } from './run-engine.ts'

/** Whether the comparison with the oracle finds out what stands in for the engine. */
function isFound(make: MakeEngine): boolean {
  const history = anyHistory({ names: ['m'] })
  const property = fc.property(anyRules({ absences: true }), history, (ruleSet, deliveries) => {
    judge([ruleSet], deliveries, { make })
  })
  return fc.check(property, { endOnFailure: true }).failed
}

const changed =
  (change: (output: FaultOutput, calls: number) => FaultOutput): MakeEngine =>
  (ruleSets, options) => {
    const engine = createFaultEngine(ruleSets, options)
    let calls = 0
    const pass = (output: FaultOutput): FaultOutput =>
      change(output, output.events.length > 0 ? ++calls : calls)
    return new Proxy(engine, {
      get: (target, name) => {
        if (name === 'sample')
          return (...args: Parameters<typeof target.sample>) => pass(target.sample(...args))
        if (name === 'advance') return (now: number) => pass(target.advance(now))
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
  }

describe('the comparison with the oracle finds', () => {
  it('nothing wrong with the engine itself', () => {
    expect(isFound(createFaultEngine)).toBe(false)
  })

  it('an engine that drops an event', () => {
    expect(
      isFound(
        changed((output, calls) => (calls === 3 ? { ...output, events: output.events.slice(1) } : output)),
      ),
    ).toBe(true)
  })

  it('an engine whose limits are shifted', () => {
    const make: MakeEngine = (ruleSets, options) =>
      createFaultEngine(
        JSON.parse(
          JSON.stringify(ruleSets).replaceAll(
            /"above":([\d.]+)/g,
            (_, limit) => `"above":${Number(limit) + 0.15}`,
          ),
        ) as typeof ruleSets,
        options,
      )
    expect(isFound(make)).toBe(true)
  })

  it('an engine that takes `above` for `atLeast`', () => {
    const make: MakeEngine = (ruleSets, options) =>
      createFaultEngine(
        JSON.parse(JSON.stringify(ruleSets).replaceAll('"above"', '"atLeast"')) as typeof ruleSets,
        options,
      )
    expect(isFound(make)).toBe(true)
  })

  it('an engine that is a ms late', () => {
    expect(
      isFound(
        changed((output) => ({
          ...output,
          events: output.events.map((event) => ({ ...event, time: event.time + 1 })),
        })),
      ),
    ).toBe(true)
  })

  it('an engine that judges a sample again that it had', () => {
    const make: MakeEngine = (ruleSets, options) => {
      const engine = createFaultEngine(ruleSets, options)
      const had = new Set<unknown>()
      return new Proxy(engine, {
        get: (target, name) => {
          if (name === 'sample')
            return (...[sample, now]: Parameters<typeof target.sample>) => {
              const again = had.has(sample) ? { ...sample, time: sample.time + 1, value: 95 } : sample
              had.add(sample)
              return target.sample(again, now)
            }
          const value: unknown = Reflect.get(target, name, target)
          return typeof value === 'function' ? (value.bind(target) as unknown) : value
        },
      })
    }
    expect(isFound(make)).toBe(true)
  })

  it('an engine that knows silence too early', () => {
    expect(
      isFound((ruleSets, options) => createFaultEngine(ruleSets, { ...options, staleAfterMs: 9000 })),
    ).toBe(true)
  })
})

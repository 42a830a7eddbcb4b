import { describe, expect, it } from 'vitest'

import { createCheckEngine, defaultCheckLimits, type CheckTiming } from '../src/engine.ts'
import { defaultChecksOptions } from '../src/checks/index.ts'
import * as root from '../src/index.ts'

describe('the engine of checks', () => {
  const timing: CheckTiming = { periodMs: 1000, timeoutMs: 100, phaseMs: 0, host: 'a' }
  const code = expect.objectContaining({ code: 'PROTOCOL_BAD_OPTION' })

  it('has nothing due where there are no checks, or only such as are asked for', () => {
    const engine = createCheckEngine()
    expect(engine.nextDue()).toBe(Infinity)
    engine.set('asked', { ...timing, periodMs: undefined }, 0, 0)
    expect(engine.nextDue()).toBe(Infinity)
    engine.set('a', timing, 0, 0)
    expect(engine.nextDue()).toBe(1000)
    expect(engine.ask('asked', 300, 500, 500)).toEqual([{ kind: 'start', key: 'asked', tick: 300, run: 1 }])
  })

  it('refuses timings and limits that cannot be, and has the defaults of checks', () => {
    const engine = createCheckEngine()
    for (const wrong of [
      { periodMs: 0 },
      { periodMs: NaN },
      { timeoutMs: 2 ** 31 },
      { phaseMs: 1000 },
      { periodMs: undefined, phaseMs: 1 },
      { host: 3 },
      { phase: 1 },
    ]) {
      const given = { ...timing, ...wrong } as CheckTiming
      expect(() => engine.set('a', given, 0, 0), JSON.stringify(wrong)).toThrow(code)
    }
    expect(() => createCheckEngine({ concurrency: 0 })).toThrow(code)
    expect(() => createCheckEngine({ perHost: 0 })).toThrow(code)
    expect(defaultChecksOptions).toMatchObject(defaultCheckLimits)
  })

  it('refuses timings that are none', () => {
    expect(() => createCheckEngine().set('a', null as never, 0, 0)).toThrow(
      'PROTOCOL_BAD_OPTION: a timing must be an object',
    )
  })
})

describe('the root', () => {
  it('leaves parsers to the subpath of experts', () => {
    expect(Object.keys(root).filter((name) => name.endsWith('Parser'))).toEqual([])
  })
})

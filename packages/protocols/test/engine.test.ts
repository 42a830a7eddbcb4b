import { describe, expect, it } from 'vitest'

import { createCheckEngine, defaultCheckLimits } from '../src/engine.ts'
import { defaultChecksOptions } from '../src/checks/index.ts'
import * as root from '../src/index.ts'

describe('the engine of checks', () => {
  const timing = { periodMs: 1000, timeoutMs: 100, phaseMs: 0 }

  it('has nothing due where there are no checks', () => {
    expect(createCheckEngine([], 0).nextDue()).toBe(Infinity)
    expect(createCheckEngine([timing], 0).nextDue()).toBe(1000)
  })

  it('refuses timings and limits that cannot be, and has the defaults of checks', () => {
    const code = expect.objectContaining({ code: 'PROTOCOL_BAD_OPTION' })
    for (const wrong of [
      { periodMs: 0 },
      { periodMs: NaN },
      { timeoutMs: 2 ** 31 },
      { phaseMs: 1000 },
      { phase: 1 },
    ]) {
      expect(() => createCheckEngine([{ ...timing, ...wrong }], 0), JSON.stringify(wrong)).toThrow(code)
    }
    expect(() => createCheckEngine([timing], 0, { concurrency: 0 })).toThrow(code)
    expect(defaultChecksOptions).toMatchObject(defaultCheckLimits)
  })
})

describe('the root', () => {
  it('leaves parsers to the subpath of experts', () => {
    expect(Object.keys(root).filter((name) => name.endsWith('Parser'))).toEqual([])
  })
})

it('refuses timings that are none, and says which', () => {
  expect(() => createCheckEngine([null as never], 0)).toThrow(
    'PROTOCOL_BAD_OPTION: timing 0 must be an object',
  )
})

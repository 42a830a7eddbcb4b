import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  ending,
  firing,
  type Hold,
  holdDue,
  type HoldRule,
  holdRunsOut,
  holdStep,
  quiet,
} from '../../src/conditions/hold.ts'
import type { Truth } from '../../src/conditions/truth.ts'

interface Judged {
  readonly time: number
  readonly when: Truth
  readonly clear: Truth
}

/** What the engine does with it: what has run out before a sample is told first, then the sample is judged. */
function changesOf(rule: HoldRule, history: readonly Judged[], end: number): string[] {
  const hold: Hold = { phase: quiet, since: 0, isHeld: false }
  const changes: string[] = []
  const isOn = (): boolean => hold.phase === firing || hold.phase === ending
  const doing = (time: number, act: () => void): void => {
    const was = isOn()
    act()
    if (isOn() !== was) changes.push(`${time} ${was ? 'ends' : 'fires'}`)
  }
  const runOut = (before: number): void => {
    const due = holdDue(hold, rule)
    if (due < before) doing(due, () => holdRunsOut(hold))
  }
  for (const { time, when, clear } of history) {
    runOut(time)
    doing(time, () => holdStep(hold, when, clear, time, rule))
  }
  runOut(end)
  return changes
}

/** The same in the words of the rule: looks at every moment, and from it back over the whole history. */
function oracle(rule: HoldRule, history: readonly Judged[], end: number): string[] {
  const read = (truth: Truth): Truth =>
    truth !== 2 || rule.unknown === 'hold' ? truth : rule.unknown === 'fire' ? 1 : 0
  const whenOf = ({ when }: Judged): Truth => read(when)
  const mayEnd = (one: Judged): Truth => {
    if (whenOf(one) === 1) return 0
    if (!rule.hasClear) return whenOf(one) === 0 ? 1 : 2
    return one.clear !== 2 || rule.unknown === 'hold' ? one.clear : rule.unknown === 'clear' ? 1 : 0
  }
  const changes: string[] = []
  let from = 0
  let isOn = false
  for (let time = 0; time < end; time += 1) {
    const seen = history.filter((one, index) => one.time <= time && index >= from)
    const last = seen.at(-1)
    if (last === undefined) continue
    const is = isOn ? mayEnd : whenOf
    // The run of what is not false, back from now; it counts from its first true one, and ends nothing while unknown now.
    const broken = seen.map((one) => is(one) === 0).lastIndexOf(true)
    const start = seen.slice(broken + 1).find((one) => is(one) === 1)
    const needed = isOn ? rule.keepMs : rule.forMs
    if (start === undefined || is(last) !== 1 || time - start.time < needed) continue
    changes.push(`${time} ${isOn ? 'ends' : 'fires'}`)
    isOn = !isOn
    // A change by a sample used it up; one between samples leaves what is true now.
    from = history.indexOf(last) + (last.time === time || isOn ? 0 : 1)
    if (!isOn && last.time === time) from += 1
  }
  return changes
}

const truth = fc.constantFrom<Truth>(0, 1, 2)

describe('a hold', () => {
  it('fires and ends when the words of the rule say so, however samples lie', () => {
    fc.assert(
      fc.property(
        fc.record({
          forMs: fc.constantFrom(0, 1, 5, 10),
          keepMs: fc.constantFrom(0, 1, 5, 10),
          unknown: fc.constantFrom('hold' as const, 'clear' as const, 'fire' as const),
          hasClear: fc.boolean(),
        }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 7 }), truth, truth), { maxLength: 20 }),
        (rule, steps) => {
          let time = 0
          const history = steps.map(([step, when, clear]) => ({ time: (time += step), when, clear }))
          expect(changesOf(rule, history, time + 30)).toEqual(oracle(rule, history, time + 30))
        },
      ),
      { numRuns: 1000 },
    )
  })

  const rule: HoldRule = { forMs: 10, keepMs: 10, unknown: 'hold', hasClear: false }
  const run = (of: HoldRule, text: string, clear = ''): string[] =>
    changesOf(
      of,
      Array.from(text, (one, index) => ({
        time: index * 5,
        when: '01?'.indexOf(one) as Truth,
        clear: '01?'.indexOf(clear[index] ?? '0') as Truth,
      })),
      text.length * 5,
    )

  it('stays pending while it is unknown, cannot fire then, and goes on counting from where it began', () => {
    expect(run(rule, '1?????')).toEqual([])
    expect(run(rule, '1????1')).toEqual(['25 fires'])
    expect(run(rule, '1?0111')).toEqual(['25 fires'])
  })

  it('ends once it was false for as long as it is kept, and begins to count anew when it is true between', () => {
    expect(run(rule, '1110100000')).toEqual(['10 fires', '35 ends'])
  })

  it('does not end while it is unknown', () => {
    expect(run(rule, '1110?????')).toEqual(['10 fires'])
    expect(run(rule, '1110????0')).toEqual(['10 fires', '40 ends'])
  })

  it('ends by `clear` alone where there is one, and never while its condition is true', () => {
    const cleared: HoldRule = { ...rule, forMs: 0, keepMs: 0, hasClear: true }
    expect(run(cleared, '1000', '0010')).toEqual(['0 fires', '10 ends'])
    expect(run(cleared, '1111', '0111')).toEqual(['0 fires'])
  })
})

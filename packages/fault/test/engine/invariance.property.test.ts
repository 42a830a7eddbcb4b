import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

import {
  createFaultEngine,
  type FaultEngine,
  type FaultEngineOptions,
  type FaultEvent,
  type FaultInput,
  type FaultOutput,
  type RuleSetInput,
  series,
} from '../../src/engine.ts'
import { parseRuleSets } from '../../src/rules/parse-rule-sets.ts'
import { history, ruleSets, type Step } from './histories.ts'

// A long fuzz, FC_NUM_RUNS=20000, takes its time.
vi.setConfig({ testTimeout: 600_000 })

const start = 1_000_000_000_000 - (1_000_000_000_000 % 86_400_000)

/** What is done to the engine around each step. */
interface Meddling {
  readonly before?: (engine: FaultEngine, from: number, to: number) => FaultOutput[]
  readonly after?: (engine: FaultEngine, now: number, outputs: FaultOutput[]) => FaultEngine
}

/** Runs a history; gives the events and problems. */
function run(
  ruleSets: readonly RuleSetInput[],
  steps: readonly Step[],
  { before, after }: Meddling = {},
  options: FaultEngineOptions = {},
): { readonly events: FaultEvent[]; readonly problems: unknown[]; readonly open: number } {
  let engine = createFaultEngine(ruleSets, options)
  let now = start
  const outputs: FaultOutput[] = [engine.restore([], now)]
  for (const step of steps) {
    const from = now
    now += step.waitMs
    if (before !== undefined) outputs.push(...before(engine, from, now))
    if (step.kind === 'sample') outputs.push(engine.sample({ ...step.sample, time: now - step.ageMs }, now))
    else if (step.kind === 'look') outputs.push(engine.advance(now))
    else if (step.kind === 'back') {
      now -= step.byMs
      outputs.push(engine.advance(now))
    } else {
      now += step.afterMs
      outputs.push(engine.resume(now))
    }
    if (after !== undefined) engine = after(engine, now, outputs)
  }
  outputs.push(engine.advance(now + 300_000))
  return {
    events: outputs.flatMap(({ events }) => events),
    problems: outputs.flatMap(({ problems }) => problems),
    open: engine.stats.open,
  }
}

/** JSON, in which NaN is null. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('nothing shows of', () => {
  it('when an engine is looked at', () => {
    fc.assert(
      fc.property(
        history,
        fc.array(fc.nat(1000), { minLength: 1, maxLength: 7 }),
        ({ ruleSets, steps }, parts) => {
          let look = 0
          const often = run(ruleSets, steps, {
            before: (engine, from, to) => {
              const outputs: FaultOutput[] = []
              for (
                let now = from;
                now < to;
                now += 1 + ((to - from) * (20 + (parts[look % parts.length] ?? 0))) / 1000
              ) {
                outputs.push(engine.advance(now))
                look += 1
              }
              while (engine.nextDue() <= to) outputs.push(engine.advance(Math.max(from, engine.nextDue())))
              return outputs
            },
          })
          expect(plain(often)).toEqual(plain(run(ruleSets, steps)))
        },
      ),
    )
  })

  it('a restart from a snapshot, wherever it is', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 5 }), ({ ruleSets, steps }, every) => {
        let step = 0
        const restarted = run(ruleSets, steps, {
          after: (engine) => {
            step += 1
            return step % every === 0 ? createFaultEngine(ruleSets, { snapshot: engine.snapshot() }) : engine
          },
        })
        expect(plain(restarted)).toEqual(plain(run(ruleSets, steps)))
      }),
    )
  })

  it('rule sets that are given anew, and do not differ', () => {
    fc.assert(
      fc.property(history, ({ ruleSets, steps }) => {
        const checked = parseRuleSets(ruleSets)
        const again = run(ruleSets, steps, {
          after: (engine, now, outputs) => {
            outputs.push(engine.setRuleSets(structuredClone(checked), now))
            return engine
          },
        })
        expect(plain(again)).toEqual(plain(run(ruleSets, steps)))
      }),
    )
  })

  it('rule sets that watch something else', () => {
    fc.assert(
      fc.property(history, ({ ruleSets, steps }) => {
        const checked = parseRuleSets(ruleSets)
        const other = parseRuleSets([
          {
            id: 'other',
            select: '__name:*',
            rules: [{ when: { of: { max: '5m' }, above: 200 }, severity: 1 }],
          },
        ])
        let isOther = false
        const again = run(ruleSets, steps, {
          after: (engine, now, outputs) => {
            isOther = !isOther
            outputs.push(engine.setRuleSets(isOther ? [...other, ...checked] : checked, now))
            return engine
          },
        })
        const own = (events: readonly FaultEvent[]): unknown[] =>
          events.filter(({ ruleSet }) => ruleSet !== 'other')
        expect(plain(own(again.events))).toEqual(plain(own(run(ruleSets, steps).events)))
      }),
    )
  })
})

describe('what is told', () => {
  it('pairs each opening with one end, in order of time, each event with a name of its own', () => {
    fc.assert(
      fc.property(history, ({ ruleSets, steps }) => {
        const { events, open } = run(ruleSets, steps)
        const isOpen = new Map<string, boolean>()
        const last = new Map<string, number>()
        const ids = new Set<string>()
        for (const event of events) {
          expect(ids.has(event.id)).toBe(false)
          ids.add(event.id)
          const place = `${event.ruleSet}|${event.type === 'normal' ? event.series.key : event.fault.slice(0, event.fault.lastIndexOf('|'))}`
          expect(event.time).toBeGreaterThanOrEqual(last.get(place) ?? -Infinity)
          last.set(place, event.time)
          expect(Number.isFinite(event.cause.sampleTime)).toBe(true)
          if (event.type === 'normal') continue
          const what = event.type === 'muted' ? event.change : event.type
          expect(event.openedAt).toBeLessThanOrEqual(event.time)
          if (what === 'opened') {
            // A fault that was muted is opened once it is told.
            if (isOpen.has(event.fault)) expect(isOpen.get(event.fault)).toBe(true)
            isOpen.set(event.fault, event.type === 'muted')
          } else {
            expect(isOpen.has(event.fault)).toBe(true)
            expect(event.type === 'muted').toBe(isOpen.get(event.fault))
            if (what === 'cleared') isOpen.delete(event.fault)
          }
        }
        const own = [...isOpen.keys()].filter((fault) => !fault.startsWith('tocsin.'))
        expect(own).toHaveLength(open)
      }),
    )
  })
})

describe('samples out of order', () => {
  const delivered = fc
    .array(
      fc.record({
        afterMs: fc.integer({ min: 1, max: 9000 }),
        delayMs: fc.integer({ min: 0, max: 5000 }),
        value: fc.integer({ min: 0, max: 100 }),
      }),
      { maxLength: 40 },
    )
    .map((all) => {
      let time = start
      return all.map(({ afterMs, delayMs, value }) => {
        time += afterMs
        return { sample: { series: series('m'), time, value, kind: 'gauge' as const }, delayMs }
      })
    })
  const tell = (
    ruleSets: readonly RuleSetInput[],
    came: readonly { readonly sample: FaultInput; readonly delayMs: number }[],
    reorderMs: number,
  ): unknown[] => {
    const engine = createFaultEngine(ruleSets, { reorderMs })
    engine.restore([], start)
    const inOrder = came.toSorted((a, b) => a.sample.time + a.delayMs - b.sample.time - b.delayMs)
    const outputs = inOrder.map(({ sample, delayMs }) => engine.sample(sample, sample.time + delayMs))
    outputs.push(engine.advance(start + 1_000_000))
    return outputs.flatMap(({ events, problems }) => [...events, ...problems])
  }
  const some = fc.subarray([...ruleSets], { minLength: 1 })

  it('do not show within reorderMs', () => {
    fc.assert(
      fc.property(some, delivered, (watched, came) => {
        const punctual = came.map(({ sample }) => ({ sample, delayMs: 0 }))
        expect(plain(tell(watched, came, 5000))).toEqual(plain(tell(watched, punctual, 5000)))
      }),
    )
  })

  it('are late without it', () => {
    const came = [0, 1].map((second) => ({
      sample: { series: series('m'), time: start + second * 1000, value: 1 },
      delayMs: second === 0 ? 3000 : 0,
    }))
    expect(tell([ruleSets[0] as RuleSetInput], came, 0)).toMatchObject([{ reason: 'late' }])
    expect(tell([ruleSets[0] as RuleSetInput], came, 5000)).toEqual([])
  })
})

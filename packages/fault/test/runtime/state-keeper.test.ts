import { Subject } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { type Batch, evaluate, type EvaluateOptions, type RuleSetInput } from '../../src/index.ts'
import { type FaultEvent, type FaultInput, type FaultProblem, ruleSet, series } from '../../src/index.ts'
import { average } from '../../src/rules.ts'
import { virtualTime, type VirtualTime } from '../../src/testing/index.ts'

const load = series('load')
const held = ruleSet('held').select('__name:load').above(8, 2, { for: '10s' }).build()
const silent = ruleSet('silent').select('__name:load').absentFor('1m', 1).build()

let time: VirtualTime
beforeEach(() => {
  time = virtualTime()
})
afterEach(() => time.end())

/** A store in memory; what it saved, with positions. */
function memory(initial?: Uint8Array) {
  const saved: { readonly bytes: Uint8Array; readonly position: unknown; readonly at: number }[] = []
  return {
    saved,
    load: (): Uint8Array | undefined => saved.at(-1)?.bytes ?? initial,
    save: (bytes: Uint8Array, position?: unknown): void | Promise<void> => {
      saved.push({ bytes, position, at: time.now() })
    },
  }
}

/** A life of the program. */
function live(ruleSets: readonly RuleSetInput[], options: EvaluateOptions) {
  const source = new Subject<FaultInput | Batch<FaultInput>>()
  const told: string[] = []
  const events: FaultEvent[] = []
  const problems: FaultProblem[] = []
  const subscription = source
    .pipe(evaluate(ruleSets, { problems: { next: (problem) => problems.push(problem) }, ...options }))
    .subscribe({
      next: (event) => {
        events.push(event)
        told.push(`${event.type} ${event.ruleSet} ${event.cause.reason} ${event.time}`)
      },
      error: (error: unknown) => told.push(String(error)),
    })
  const send = (value: number): void => source.next({ series: load, time: time.now(), value, kind: 'gauge' })
  return { source, told, events, problems, subscription, send }
}

const batch = (journalId: string, lastSeq: number, log: string[]): Batch<FaultInput> => ({
  values: [{ series: load, time: time.now(), value: 9, kind: 'gauge' }],
  position: { journalId, firstSeq: lastSeq, lastSeq },
  ack: () => log.push(`ack ${lastSeq}`),
})

describe('the state over a restart', () => {
  it('holds what was waited for, and does not count the time in between', async () => {
    const store = memory()
    const first = live([held], { state: store })
    first.send(9)
    await time.advanceBy('6s')
    first.send(9)
    first.subscription.unsubscribe()
    await time.advanceBy('1h')
    const second = live([held], { state: store })
    second.send(9)
    await time.advanceBy('3s')
    second.send(9)
    expect([first.told, second.told]).toEqual([[], []])
    await time.advanceBy('1s')
    second.send(9)
    expect(second.told).toEqual([expect.stringMatching(/^opened held above/)])
    expect(second.problems).toMatchObject([{ reason: 'clock' }])
  })

  it('holds silences: what was silent before is told when it is due by the time that was watched', async () => {
    const store = memory()
    const first = live([silent], { state: store })
    first.send(1)
    await time.advanceBy('30s')
    first.subscription.unsubscribe()
    await time.advanceBy('1d')
    const second = live([silent], { state: store })
    await time.advanceBy('29s')
    expect(second.told).toEqual([])
    await time.advanceBy('20s')
    expect(second.told).toEqual([expect.stringMatching(/^opened silent absent/)])
  })

  it('holds windows', async () => {
    const rising = ruleSet('rising').select('__name:load').rule(1, average('1m').above(50)).build()
    const store = memory()
    const first = live([rising], { state: store })
    for (let second = 0; second <= 60; second += 10) {
      first.send(40)
      await time.advanceBy('10s')
    }
    first.subscription.unsubscribe()
    const second = live([rising], { state: store })
    // Without the window before it this would be the average.
    second.send(99)
    expect(second.told).toEqual([])
    const anew = live([rising], { state: memory() })
    anew.send(99)
    for (let seconds = 0; seconds < 60; seconds += 10) {
      second.send(99)
      await time.advanceBy('10s')
    }
    expect(second.told).toEqual([expect.stringMatching(/^opened rising above/)])
  })

  it('says normal to nobody, and knows its own faults better than open does', () => {
    const store = memory()
    const first = live([{ ...held, rules: [{ when: { above: 8 }, severity: 2 }] }], { state: store })
    first.send(9)
    first.subscription.unsubscribe()
    const open = first.events as never
    const second = live([{ ...held, rules: [{ when: { above: 8 }, severity: 2 }] }], { state: store, open })
    second.source.next({ series: load, time: 1, value: 1, kind: 'gauge' })
    expect([first.told, second.told]).toEqual([['opened held above 0'], ['cleared held recovered 1']])
    expect(second.events[0]?.id).toBe('held|load|0|1')
  })

  it('begins anew with open where it is damaged, and says so', () => {
    const levels = [{ ...held, rules: [{ when: { above: 8 }, severity: 2 }] }]
    const store = memory()
    const first = live(levels, { state: store })
    first.send(9)
    first.subscription.unsubscribe()
    const bytes = store.saved[0]!.bytes.slice()
    bytes[bytes.length >> 1]! ^= 1
    for (const damaged of [bytes, bytes.subarray(0, 9), new Uint8Array(0)]) {
      const second = live(levels, { state: memory(damaged), open: first.events as never })
      second.source.next({ series: load, time: 1, value: 1, kind: 'gauge' })
      expect(second.problems).toMatchObject([{ reason: 'bad-state', count: 1 }])
      expect(second.problems[0]?.message).toContain('all begins anew with the faults of open: FaultError')
      expect(second.told).toEqual(['cleared held recovered 1'])
    }
  })

  it('fails with what load throws', () => {
    const load = (): never => {
      throw new Error('no such disk')
    }
    expect(live([held], { state: { load, save: () => undefined } }).told).toEqual(['Error: no such disk'])
  })
})

describe('the saving', () => {
  it('is due some time after a change, by the one timer, and at the end where anything changed since', async () => {
    const store = memory()
    const { send, subscription } = live([held], { state: { ...store, everyMs: 5000 } })
    await time.advanceBy('1s')
    send(1)
    await time.advanceBy('1s')
    send(1)
    expect(time.scheduled).toBe(1)
    await time.advanceBy('4s')
    expect(store.saved.map(({ at }) => at)).toEqual([5000])
    send(1)
    subscription.unsubscribe()
    expect(store.saved.map(({ at }) => at)).toEqual([5000, 6000])
    expect(time.scheduled).toBe(0)
  })

  it('names the position of the last batch that was judged, of which a restart judges nothing again', () => {
    const log: string[] = []
    const store = memory()
    const first = live([{ ...held, rules: [{ when: { above: 8 }, severity: 2 }] }], { state: store })
    first.source.next(batch('a', 7, log))
    first.send(1)
    first.subscription.unsubscribe()
    expect(store.saved.map(({ position }) => position)).toEqual([{ journalId: 'a', firstSeq: 7, lastSeq: 7 }])
    const second = live([{ ...held, rules: [{ when: { changed: true }, severity: 2 }] }], { state: store })
    second.source.next(batch('a', 7, log))
    expect(second.told).toEqual([])
    second.source.next(batch('b', 7, log))
    second.source.next(batch('a', 8, log))
    expect(log).toEqual(['ack 7', 'ack 7', 'ack 7', 'ack 8'])
    second.subscription.unsubscribe()
    expect(store.saved.at(-1)?.position).toMatchObject({ journalId: 'a', lastSeq: 8 })
  })

  it('goes on after a failure, which is told', async () => {
    const failures = [
      () => {
        throw new Error('full')
      },
      () => Promise.reject(new Error('gone')),
      () => undefined,
    ]
    let saves = 0
    const save = (): void | Promise<void> => failures[saves++]?.()
    const { send, problems } = live([held], { state: { load: () => undefined, save, everyMs: 1000 } })
    send(1)
    await time.advanceBy('3500ms')
    expect(saves).toBe(3)
    expect(problems.map(({ reason, message }) => `${reason}: ${message}`)).toEqual([
      expect.stringMatching(/^bad-state: .*Error: full$/),
      expect.stringMatching(/^bad-state: .*Error: gone$/),
    ])
  })

  it('waits for the one before', async () => {
    let saves = 0
    let done = (): void => undefined
    const save = (): Promise<void> => {
      saves += 1
      return new Promise((resolve) => (done = resolve))
    }
    const { send } = live([held], { state: { load: () => undefined, save, everyMs: 1000 } })
    send(1)
    await time.advanceBy('1s')
    send(1)
    await time.advanceBy('20s')
    expect(saves).toBe(1)
    done()
    await time.advanceBy('1s')
    expect(saves).toBe(2)
  })
})

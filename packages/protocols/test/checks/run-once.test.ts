import { describe, expect, it } from 'vitest'

import { defaultRunOnceOptions, runOnce, watch } from '../../src/checks/index.ts'
import { virtualTime } from '../../src/testing/index.ts'
import { receive } from '../sockets.ts'
import { check, good, hangs } from './stage.ts'

describe('runOnce', () => {
  it('gives the result of one run at once, and keeps no timer', async () => {
    using time = virtualTime({ start: 5000 })
    const before = time.scheduled
    const result = await runOnce({ ...good, name: 'now' })
    expect(result).toEqual({
      type: 'check',
      check: 'now',
      time: 5000,
      startedAt: 5000,
      lateMs: 0,
      durationMs: 0,
      available: 'yes',
      state: 'good',
      attempt: 1,
      attempts: 1,
      hard: true,
      status: 'good',
      samples: [],
    })
    expect(time.scheduled).toBe(before)
  })

  it('gives what there is at the time-out, and aborts', async () => {
    using time = virtualTime()
    let signal: AbortSignal | undefined
    const slow = check('slow', (context) => {
      ;({ signal } = context)
      context.found.gauge('half', 1)
      return new Promise(() => undefined)
    })
    const result = await time.run(runOnce(slow, { timeoutMs: 300 }))
    expect(result).toMatchObject({ state: 'bad', reason: 'timed-out', durationMs: 300 })
    expect([result.samples.length, signal?.aborted]).toEqual([1, true])
    expect(await time.run(runOnce(hangs))).toMatchObject({ durationMs: defaultRunOnceOptions.timeoutMs })
  })

  it('calls a check as it was called when it began', async () => {
    const renamed = {
      name: 'before',
      async run() {
        renamed.name = 'after'
        return { state: 'good' as const }
      },
    }
    expect(await runOnce(renamed)).toMatchObject({ check: 'before', state: 'good' })
  })

  it('refuses what is no check, and wrong options', async () => {
    await expect(runOnce(undefined as never)).rejects.toThrow('PROTOCOL_BAD_OPTION: a check is')
    await expect(runOnce({ name: 'x' } as never)).rejects.toThrow('PROTOCOL_BAD_OPTION')
    await expect(runOnce(good, { timeoutMs: 0 })).rejects.toThrow('"timeoutMs"')
  })
})

describe('watch', () => {
  it('looks while somebody does: once for all of them', async () => {
    using time = virtualTime()
    const before = time.scheduled
    let runs = 0
    const watched = watch(check('page', async () => ({ state: 'good', status: `run ${(runs += 1)}` })))
    await time.advanceTo(5000)
    expect(runs).toBe(0)
    const [one, two] = [receive(watched), receive(watched)]
    await time.advanceTo(7000)
    one.subscription.unsubscribe()
    await time.advanceTo(8000)
    expect(one.values.map(({ status }) => status)).toEqual(['run 1', 'run 2'])
    expect(two.values.map(({ status }) => status)).toEqual(['run 1', 'run 2', 'run 3'])
    two.subscription.unsubscribe()
    expect(time.scheduled).toBe(before)
    await time.advanceTo(20_000)
    expect(runs).toBe(3)
    const again = receive(watched)
    await time.advanceTo(21_000)
    again.subscription.unsubscribe()
    expect(again.values.map(({ status }) => status)).toEqual(['run 4'])
  })

  it('gives a run up before the next', async () => {
    using time = virtualTime()
    const { values, subscription } = receive(watch(hangs, { periodMs: 2000 }))
    await time.advanceTo(4000)
    subscription.unsubscribe()
    expect(values[0]).toMatchObject({ reason: 'timed-out', durationMs: 1990 })
  })

  it('refuses a period below a second', () => {
    expect(() => watch(good, { periodMs: 999 })).toThrow('PROTOCOL_BAD_OPTION')
  })
})

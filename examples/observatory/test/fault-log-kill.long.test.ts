import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, it, vi } from 'vitest'

import type { Command, Fault, FaultHistory, State } from '../server/wire.ts'
import { start } from './start.ts'
import type { Running } from './start.ts'

const rounds = 10

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'observatory-fault-kill-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const state = async ({ url }: Running): Promise<State> =>
  (await (await fetch(`${url}/api/state`)).json()) as State
const history = async ({ url }: Running): Promise<FaultHistory> =>
  (await (
    await fetch(`${url}/api/faults?from=${Date.now() - 3_600_000}&to=${Date.now()}`)
  ).json()) as FaultHistory

async function send({ url }: Running, token: string, command: Command): Promise<number> {
  const headers = { 'content-type': 'application/json', 'x-tocsin-token': token }
  const answer = await fetch(`${url}/api/commands`, {
    method: 'POST',
    headers,
    body: JSON.stringify(command),
  })
  await answer.arrayBuffer()
  return answer.status
}

async function queue({ trapUrl }: Running, value: number): Promise<void> {
  const body = JSON.stringify({ 'demo.queue': value })
  await (await fetch(trapUrl, { method: 'POST', body })).arrayBuffer()
}

/** A queue that overflows, is acknowledged and drains until the process is gone, so that kills meet every state of a fault. */
async function flap(running: Running, token: string): Promise<void> {
  try {
    for (;;) {
      await queue(running, 200)
      const { faults } = await state(running)
      const alert = faults.find(
        ({ endedAt, ruleSet }) => endedAt === undefined && ruleSet === 'demo-queue',
      )?.alert
      if (alert !== undefined) await send(running, token, { type: 'acknowledge', alert, by: 'ann' })
      await queue(running, 20)
    }
  } catch {
    return
  }
}

const byTime = (faults: readonly Fault[]): readonly Fault[] =>
  faults.toSorted((a, b) => a.openedAt - b.openedAt)

it(`knows after each of ${rounds} kills what was wrong before, and calls open what the alerts hold open and nothing else`, async () => {
  let before: readonly Fault[] = []
  let acknowledged = 0
  for (let round = 0; round < rounds; round++) {
    const running = await start(folder)
    const { token, faults: open } = await state(running)
    const { faults } = await history(running)
    // What was told at the very end may not have reached the disk; nothing before it is missing.
    // One that is open comes from the alerts, where the log lacks it.
    const kept = new Set(faults.map(({ id }) => id))
    const logged = new Set(faults.flatMap(({ id, endedAt }) => (endedAt === undefined ? [] : [id])))
    const sorted = byTime(before)
    const last = sorted.findLastIndex(({ id }) => logged.has(id))
    expect(sorted.slice(0, last + 1).filter(({ id }) => !kept.has(id))).toEqual([])
    acknowledged = faults.filter((fault) => fault.acknowledged.length > 0).length
    const wrong = faults.flatMap((fault) => [...fault.acknowledged, ...fault.maintained])
    expect(wrong.filter(({ from, to = Infinity }) => to < from)).toEqual([])

    // An alert that takes an acknowledgement is open.
    const queues = open.filter(({ ruleSet, endedAt }) => ruleSet === 'demo-queue' && endedAt === undefined)
    for (const { alert = '' } of queues) {
      expect(await send(running, token, { type: 'acknowledge', alert, by: 'ben' })).toBe(200)
    }
    expect(queues.length).toBeLessThanOrEqual(1)
    const busy = flap(running, token)
    await vi.waitFor(
      async () => expect((await history(running)).faults.length).toBeGreaterThan(faults.length + 2),
      {
        timeout: 300_000,
        interval: 10,
      },
    )
    before = (await history(running)).faults
    // Somewhere in the next moments, another one each round.
    await new Promise((resolve) => setTimeout(resolve, (round * 23) % 120))
    await running.stop('SIGKILL')
    await busy
  }
  expect(before.length).toBeGreaterThan(rounds)
  expect(acknowledged).toBeGreaterThan(0)

  // The end of the last one is seen.
  const running = await start(folder)
  await queue(running, 200)
  await queue(running, 20)
  await vi.waitFor(
    async () => {
      const { faults } = await history(running)
      expect(
        faults.filter(({ ruleSet, endedAt }) => ruleSet === 'demo-queue' && endedAt === undefined),
      ).toEqual([])
    },
    { timeout: 30_000 },
  )
  await running.stop()
})

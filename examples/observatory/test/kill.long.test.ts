import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { openRollupStore } from '@tocsin/rollup/store'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'

import { asking } from './ask.ts'
import { startReceiver } from './receiver.ts'
import { start } from './start.ts'
import type { Running } from './start.ts'

const rounds = 20
/** Powers of two: their sum tells which of them are in a window, and how often. */
const values = Array.from({ length: 8 }, (_, index) => 2 ** index)
const whole = values.reduce((sum, value) => sum + value, 0)
const minute = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000

let folder = ''
let webhook: Awaited<ReturnType<typeof startReceiver>>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'observatory-kill-'))
  webhook = await startReceiver()
})
afterAll(async () => {
  webhook.close()
  await rm(folder, { recursive: true, force: true })
})

let nextDocument = 0

/** Sends documents one after another until the process is gone; gives those that were answered with 200. */
async function load(running: Running, acknowledged: Set<string>): Promise<void> {
  for (;;) {
    const id = String(nextDocument++)
    // Documents may follow each other in one body: eight samples of one series, a second apart.
    const body = values.map((value, index) =>
      JSON.stringify({ [`load|ST[id:${id}]`]: { _value: value, _type: 'n', _ts: minute + index * 1000 } }),
    )
    try {
      const reply = await fetch(running.trapUrl, { method: 'POST', body: body.join('') })
      await reply.arrayBuffer()
      if (reply.status === 200) acknowledged.add(id)
    } catch {
      return
    }
  }
}

/** A queue that overflows and drains for ever, so that kills meet every state of an alert. */
async function flap(running: Running): Promise<void> {
  for (let value = 0; ; value = 200 - value) {
    try {
      await (
        await fetch(running.trapUrl, { method: 'POST', body: JSON.stringify({ 'demo.queue': value }) })
      ).arrayBuffer()
    } catch {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

it(`keeps every acknowledged sample once and tells no end of a fault twice, over ${rounds} kills in the middle of load`, async () => {
  const acknowledged = new Set<string>()
  for (let round = 0; round < rounds; round++) {
    const running = await start(folder, '--webhook', webhook.url)
    const busy = [load(running, acknowledged), load(running, acknowledged), flap(running)]
    const before = acknowledged.size
    await vi.waitFor(() => expect(acknowledged.size).toBeGreaterThan(before + 5), {
      timeout: 300_000,
      interval: 10,
    })
    // Somewhere in the next moments, another one each round.
    await new Promise((resolve) => setTimeout(resolve, (round * 37) % 250))
    await running.stop('SIGKILL')
    await Promise.all(busy)
  }

  const running = await start(folder, '--webhook', webhook.url)
  await vi.waitFor(async () => expect((await asking(running.url).state()).status.lag).toBe(0), {
    timeout: 300_000,
    interval: 100,
  })

  await running.stop('SIGKILL')
  const stored = await sums()
  const lost = [...acknowledged].filter((id) => stored.get(id) !== whole)
  const torn = [...stored].filter(([, sum]) => sum !== whole)
  expect(acknowledged.size).toBeGreaterThan(rounds * 5)
  expect({ lost, torn }).toEqual({ lost: [], torn: [] })

  // A repeat after a kill carries the same id; two ids for one end of one alert would be a second telling.
  const tellings = new Map<string, Set<string>>()
  for (const { id, body } of webhook.received) {
    if (body.kind !== 'recovery') continue
    const episode = JSON.stringify([body.alerts[0].id, body.alerts[0].openedAt])
    tellings.set(episode, (tellings.get(episode) ?? new Set()).add(id))
  }
  expect(tellings.size).toBeGreaterThan(0)
  expect([...tellings.values()].filter((ids) => ids.size > 1)).toEqual([])
})

/** Per document the sum of its samples in the rollups, read from the folder that the last process left. */
async function sums(): Promise<Map<string, number>> {
  await using rollups = await openRollupStore(join(folder, 'rollups'))
  const found = new Map<string, number>()
  const query = {
    select: '__name:load',
    from: minute,
    to: minute + 60_000,
    period: '1m',
    value: 'sum',
  } as const
  for (const { series, values: slots } of await rollups.fetch(query)) {
    found.set(series.tags['id'] ?? '', Number(slots[0]))
  }
  return found
}

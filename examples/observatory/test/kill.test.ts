import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, it, vi } from 'vitest'

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
    const samples = values.map((value, index) => [
      `load|ST[id:${id},part:${index}]`,
      { _value: value, _type: 'n', _ts: minute },
    ])
    try {
      const reply = await fetch(running.trapUrl, {
        method: 'POST',
        body: JSON.stringify(Object.fromEntries(samples)),
      })
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
      timeout: 20_000,
      interval: 10,
    })
    // Somewhere in the next moments, another one each round.
    await new Promise((resolve) => setTimeout(resolve, (round * 37) % 250))
    await running.stop('SIGKILL')
    await Promise.all(busy)
  }

  const running = await start(folder, '--webhook', webhook.url)
  await vi.waitFor(
    async () => {
      const state = (await (await fetch(`${running.url}/api/state`)).json()) as {
        status: { journal: { subscribers: { lagRecords: number }[] } }
      }
      expect(state.status.journal.subscribers[0]?.lagRecords).toBeLessThan(100)
    },
    { timeout: 30_000, interval: 100 },
  )

  const stored = await sums(running)
  await running.stop()
  const lost = [...acknowledged].filter((id) => stored.get(id) !== whole)
  const torn = [...stored].filter(([, sum]) => sum !== whole)
  expect(acknowledged.size).toBeGreaterThan(rounds * 5)
  expect({ lost, torn }).toEqual({ lost: [], torn: [] })

  // A repeat after a kill carries the same id; two ids for one end of one alert would be a second telling.
  const tellings = new Map<string, Set<string>>()
  for (const { id, body } of webhook.received) {
    if (body.kind !== 'recovery') continue
    const episode = JSON.stringify([body.alert, (body as { openedAt?: number }).openedAt])
    tellings.set(episode, (tellings.get(episode) ?? new Set()).add(id))
  }
  expect(tellings.size).toBeGreaterThan(0)
  expect([...tellings.values()].filter((ids) => ids.size > 1)).toEqual([])
})

/** Per document the sum of its parts in the rollups. */
async function sums(running: Running): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  const query = new URLSearchParams({
    select: '__name:load',
    period: '1m',
    from: String(minute),
    to: String(minute + 60_000),
    value: 'sum',
  })
  const response = await fetch(`${running.url}/api/history?${query.toString()}`)
  const { series } = (await response.json()) as { series: { key: string; values: (number | null)[] }[] }
  for (const { key, values: slots } of series) {
    const id = /id:(\d+)/.exec(key)?.[1] ?? ''
    for (const value of slots) found.set(id, (found.get(id) ?? 0) + (value ?? 0))
  }
  return found
}

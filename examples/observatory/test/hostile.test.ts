import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, it, vi } from 'vitest'

import { asking } from './ask.ts'
import type { Asking } from './ask.ts'
import { start } from './start.ts'
import type { Running } from './start.ts'

let folder = ''
let running: Running
let ask: Asking

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'observatory-hostile-'))
  running = await start(folder)
  ask = asking(running.url)
}, 60_000)
afterAll(async () => {
  await running.stop()
  await rm(folder, { recursive: true, force: true })
})

it('takes a maintenance whose query would never end, were each way through it tried, and goes on', async () => {
  await fetch(running.trapUrl, { method: 'PUT', body: JSON.stringify({ ['a'.repeat(60)]: 1 }) })
  const isKnown = async (): Promise<void> =>
    expect((await ask.catalogue({ select: '__name:aaa*' })).matching).toBe(1)
  await vi.waitFor(isKnown, { timeout: 30_000 })
  const before = await ask.state()
  const maintenance = { type: 'maintenance', select: '__name:/^(a+)+$x/', from: 0, to: before.now + 60_000 }
  expect((await ask.post('/api/commands', maintenance)).status).toBe(200)
  await vi.waitFor(async () => expect((await ask.state()).maintenance).toHaveLength(1), { timeout: 30_000 })
})

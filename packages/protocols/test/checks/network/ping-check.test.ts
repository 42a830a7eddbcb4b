import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'

import { pingCheck } from '../../../src/checks/network/ping-check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { measuredBy } from '../scripted-server.ts'

const host = '127.0.0.1'

/** Puts programs of these names, as scripts, where all programs are looked for. */
function install(programs: Readonly<Record<string, string>>): void {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-ping-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  vi.stubEnv('PATH', folder)
}

describe('pingCheck', () => {
  afterEach(() => void vi.unstubAllEnvs())

  it('measures what fping says', async () => {
    install({ fping: 'echo "$LC_ALL $*" >&2; echo "127.0.0.1 : 1.5 - 0.5 4" >&2; exit 1' })
    const check = pingCheck({ host, count: 4, minAvailablePercent: 75 })
    const result = await runOnce(check)
    expect(check).toMatchObject({ name: 'ping:127.0.0.1', host })
    expect(result).toMatchObject({ state: 'good', status: '3 of 4 probes were answered' })
    expect(measuredBy(result)).toEqual({
      count: 4,
      available_percent: 75,
      minimum: 0.0005,
      maximum: 0.004,
      average: 0.002,
    })
  })

  it('is told what to do word by word, and nothing else of this process', async () => {
    vi.stubEnv('API_KEY', 'secret')
    install({ fping: 'echo "127.0.0.1 : 1" >&2; /usr/bin/env > "$TMPDIR/seen"; echo "$*" >> "$TMPDIR/seen"' })
    const folder = process.env['PATH']!
    vi.stubEnv('TMPDIR', folder)
    await runOnce(pingCheck({ host, count: 1, intervalMs: 20, waitMs: 300 }))
    const seen = readFileSync(join(folder, 'seen'), 'utf8')
    expect(seen).toContain('LC_ALL=C\n')
    expect(seen).not.toContain('secret')
    expect(seen).toContain('-4 -q -C 1 -p 20 -t 300 127.0.0.1\n')
  })

  it('takes ping where there is no fping', async () => {
    install({ ping: 'echo "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=2 ms"' })
    expect(measuredBy(await runOnce(pingCheck({ host, count: 1 })))).toMatchObject({ average: 0.002 })
    expect(await runOnce(pingCheck({ host, program: 'fping' }))).toMatchObject({
      state: 'unknown',
      available: 'unknown',
      status: 'fping cannot be started: ENOENT',
    })
  })

  it('is unknown where there is neither', async () => {
    install({})
    expect(await runOnce(pingCheck({ host }))).toMatchObject({
      state: 'unknown',
      available: 'unknown',
      status: 'ping cannot be started: ENOENT',
    })
  })

  it('is bad where too few are answered', async () => {
    install({ fping: 'echo "127.0.0.1 : 1 -" >&2; exit 1' })
    expect(await runOnce(pingCheck({ host, count: 2 }))).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: '1 of 2 probes were answered',
    })
  })

  it('is not available where none is answered', async () => {
    install({ fping: 'echo "127.0.0.1 : - -" >&2; exit 1' })
    const result = await runOnce(pingCheck({ host, count: 2 }))
    expect(result).toMatchObject({
      state: 'bad',
      available: 'no',
      status: 'no answer from 127.0.0.1 to 2 probes',
    })
    expect(measuredBy(result)).toEqual({ count: 2, available_percent: 0 })
  })

  it.each([
    ['may not', 'echo "fping: cannot create socket (must run as root?)" >&2; exit 4'],
    [
      'finds no way',
      'echo "127.0.0.1: error while sending ping: Network is unreachable" >&2; echo "127.0.0.1 : -" >&2; exit 1',
    ],
    ['is killed', 'kill -9 $$'],
  ])('is unknown where the program %s', async (_, script) => {
    install({ fping: script })
    const result = await runOnce(pingCheck({ host }))
    expect(result).toMatchObject({ state: 'unknown', available: 'unknown' })
    expect(result.status).toMatch(/^fping could not ask: /)
  })

  it('ends at the time-out', async () => {
    install({ fping: 'exec /bin/sleep 60' })
    expect(await runOnce(pingCheck({ host }), { timeoutMs: 50 })).toMatchObject({ reason: 'timed-out' })
  })

  it('refuses wrong options at the call', () => {
    for (const options of [
      { host: '' },
      { program: 'sh' },
      { count: 0 },
      { intervalMs: 0 },
      { waitMs: 0 },
      { minAvailablePercent: 101 },
    ])
      expect(() => pingCheck({ host, ...options } as never), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'PROTOCOL_BAD_OPTION' }),
      )
  })
})

import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { openJournalReader } from '@tocsin/journal/reader'
import { sampleCodec } from '@tocsin/journal/samples'
import { openRollupStore } from '@tocsin/rollup/store'
import { lastValueFrom, toArray } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { asking } from './ask.ts'
import { hanging, isAlive, live, unopened } from './life.ts'
import type { Life } from './life.ts'

const run = [process.execPath, 'tools/run.mjs', 'start']
const npm = ['npm', 'start', '--']
const root = fileURLToPath(new URL('../../..', import.meta.url))
/** `npm test` takes a share, life.long.test.ts all of it. */
const isLong = process.env['TOCSIN_LONG'] === '1'
const patience = { timeout: 50_000, interval: 20 }
const here = process.platform === 'win32' ? 'skipped: Windows has no signals; run this on Linux or macOS' : ''
if (here !== '') console.log(here)

let folder = ''
const lives: Life[] = []
const born = async (command: readonly string[], ...more: readonly string[]): Promise<Life> => {
  const life = await live(command, folder, ...more)
  lives.push(life)
  return life
}
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'observatory-'))
})
afterEach(async () => {
  for (const { pid } of lives.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

const post = (life: Life, body: string): Promise<Response> => fetch(life.trapUrl, { method: 'POST', body })
/** What it complained of; a busy machine may let it say, as it should, that it is still stopping. */
const complaints = (life: Life): string =>
  life.errors().replace(/^Stopping, still busy with .*; once more ends it at once\.\n/gm, '')
const stoppedLine = (): RegExp => new RegExp(`^Stopped; ([\\d,]+) samples kept in ${folder}\\.$`, 'gm')

/** Samples that the sources have given in this run. */
async function collected({ url }: Life): Promise<number> {
  const { status } = await asking(url).state()
  return status.sources.reduce((sum, { samples }) => sum + samples, 0)
}

/** What lies in the folder when everything was put away. */
async function expectPutAway(life: Life): Promise<void> {
  expect(life.output().match(stoppedLine())).toHaveLength(1)
  const [, kept = ''] = stoppedLine().exec(life.output()) ?? []
  expect(await readdir(join(folder, 'journal'))).not.toContain('LOCK')
  await using rollups = await openRollupStore(join(folder, 'rollups'))
  expect(rollups.series().map(({ key }) => key)).toContain('kept')
  const journaled = await journaledSeries()
  expect(journaled).toHaveLength(Number(kept.replaceAll(',', '')))
  expect(journaled).toContain('kept')
}

async function journaledSeries(): Promise<readonly string[]> {
  await using reader = await openJournalReader(join(folder, 'journal'), { codec: sampleCodec() })
  const batches = await lastValueFrom(reader.readFrom('oldest').pipe(toArray()))
  return batches.flatMap(({ values }) => values.map(({ series }) => series.key))
}

describe.skipIf(here !== '')('the life of the observatory', () => {
  it.each(isLong ? (['SIGINT', 'SIGTERM', 'SIGHUP'] as const) : (['SIGINT'] as const))(
    'ends in order, with 0 and one line, when %s comes to all of its group',
    async (signal) => {
      const life = await born(run)
      // A viewer, and a connection that is kept for the next request, must not hold it up.
      const viewer = await fetch(`${life.url}/api/live?viewer=one`)
      const watched = viewer.text().catch(() => 'cut')
      expect((await post(life, '{"kept": 1}')).status).toBe(200)
      life.toAll(signal)
      expect(await life.ended).toEqual({ code: 0, signal: null })
      await life.gone()
      await watched
      await expectPutAway(life)
      expect(complaints(life)).toBe('')
    },
  )
})

describe.skipIf(here !== '')('the observatory by npm', () => {
  it.each(isLong ? (['SIGTERM', 'SIGHUP', 'SIGKILL'] as const) : (['SIGKILL'] as const))(
    'stops in order when npm alone gets %s, although its shell passes nothing on',
    async (signal) => {
      const life = await born(npm)
      await post(life, '{"kept": 1}')
      life.child.kill(signal)
      await life.gone()
      await vi.waitUntil(() => life.output().includes('Stopped'), patience)
      await expectPutAway(life)
    },
  )
})

const longerLife = (): void => {
  it('ends at once by a second signal, says so, and exits with 128 and its number', async () => {
    const life = await born([...hanging, 'tools/run.mjs', 'start'])
    await post(life, '{"kept": 1}')
    life.toAll('SIGINT')
    await vi.waitUntil(() => life.errors().includes('once more ends it at once'), patience)
    expect(life.errors()).toContain('still busy with the journal')
    expect(isAlive(life.pid)).toBe(true)
    life.toAll('SIGTERM')
    expect(await life.ended).toEqual({ code: 143, signal: null })
    expect(life.errors()).toContain('Ended at once by a second signal, SIGTERM')
    expect(life.output()).not.toContain('Stopped')
    // What was left is put right by the next one, which counts what is its own.
    const next = await born(run)
    const before = await collected(next)
    await vi.waitUntil(async () => (await collected(next)) > before, patience)
    next.toAll('SIGTERM')
    expect(await next.ended).toEqual({ code: 0, signal: null })
    const [, kept = ''] = stoppedLine().exec(next.output()) ?? []
    expect(Number(kept)).toBeGreaterThan(0)
    await using reader = await openJournalReader(join(folder, 'journal'), { codec: sampleCodec() })
    expect(Number(kept)).toBeLessThan(reader.lastSeq)
  })

  it('tells what could not be put away, puts the rest away, and exits with 1', async () => {
    const life = await born([...unopened('.seg.tmp'), 'tools/run.mjs', 'start'])
    // Its minute is over, so that it would go from the log into a segment.
    await post(life, `{"kept": {"_type": "n", "_value": 1, "_ts": ${Date.now() - 120_000}}}`)
    await post(life, '{"newer": 1}')
    life.toAll('SIGINT')
    expect(await life.ended).toEqual({ code: 1, signal: null })
    expect(complaints(life)).toMatch(/^Not all could be put away: the rollups: .*the disk is gone.*\n$/)
    expect(life.output()).not.toContain('Stopped')
    expect(await readdir(join(folder, 'journal'))).not.toContain('LOCK')
    expect(await journaledSeries()).toContain('kept')
  })

  it('prints its help and opens nothing', async () => {
    const { stdout } = await promisify(execFile)(
      'npm',
      ['start', '--silent', '--', '--data', folder, '--help'],
      {
        cwd: root,
      },
    )
    expect(stdout).toMatch(/^Usage: npm start/)
    expect(await readdir(folder)).toEqual([])
  })

  it('takes the same Ctrl+C once, though it arrives from the terminal and from npm', async () => {
    const life = await born(run)
    await post(life, '{"kept": 1}')
    life.toAll('SIGINT')
    life.child.kill('SIGINT')
    life.child.kill('SIGINT')
    expect(await life.ended).toEqual({ code: 0, signal: null })
    await expectPutAway(life)
  })

  it('exits with 1 when its journal could not write, and says that what was not acknowledged is not kept', async () => {
    const life = await born([...unopened('.segment'), 'tools/run.mjs', 'start'])
    await vi.waitUntil(() => life.errors().includes('journal/attempt-failed'), patience)
    const health = await fetch(`${life.url}/healthz`)
    expect(health.status).toBe(503)
    expect(await health.json()).toMatchObject({
      status: 'failing',
      journal: expect.stringContaining('the disk is gone') as string,
      sources: 'ok',
      rollups: 'ok',
      pipeline: 'ok',
    })
    life.toAll('SIGINT')
    expect(await life.ended).toEqual({ code: 1, signal: null })
    expect(life.errors()).toContain('the journal: failed, so what it had not acknowledged is not kept')
  })

  it('has in its journal whatever it answered with 200 before it was stopped in the middle', async () => {
    const life = await born(run)
    const answered: string[] = []
    const sending = Array.from({ length: 8 }, async (_, sender) => {
      for (let number = 0; ; number++) {
        const name = `sent_${sender}_${number}`
        const reply = await post(life, JSON.stringify({ [name]: 1 })).catch(() => undefined)
        if (reply === undefined) return
        if (reply.status === 200) answered.push(name)
        await reply.arrayBuffer().catch(() => undefined)
      }
    })
    await vi.waitUntil(() => answered.length > 100, patience)
    life.toAll('SIGINT')
    expect(await life.ended).toEqual({ code: 0, signal: null })
    await Promise.all(sending)
    const journaled = new Set(await journaledSeries())
    expect(answered.filter((name) => !journaled.has(name))).toEqual([])
  })

  it('is not held up by half a request', async () => {
    const life = await born(run)
    const { hostname, port, pathname } = new URL(life.trapUrl)
    const socket = connect(Number(port), hostname)
    const cut = new Promise((resolve) => socket.once('close', resolve).once('error', resolve))
    socket.write(`POST ${pathname} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"half"`)
    await post(life, '{"kept": 1}')
    life.toAll('SIGTERM')
    expect(await life.ended).toEqual({ code: 0, signal: null })
    await cut
    await expectPutAway(life)
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends in order when %s comes to the command alone, and leaves nobody behind',
    async (signal) => {
      const life = await born(run)
      await post(life, '{"kept": 1}')
      life.child.kill(signal)
      expect(await life.ended).toEqual({ code: 0, signal: null })
      await life.gone()
      await expectPutAway(life)
    },
  )

  it('leaves nobody behind when the command alone is killed, which is told as a kill', async () => {
    const life = await born(run)
    life.child.kill('SIGKILL')
    expect(await life.ended).toEqual({ code: null, signal: 'SIGKILL' })
    await life.gone()
    // Nothing is damaged.
    const next = await born(run)
    next.toAll('SIGTERM')
    expect(await next.ended).toEqual({ code: 0, signal: null })
  })

  it('stops once and in order by Ctrl+C', async () => {
    const life = await born(npm)
    await post(life, '{"kept": 1}')
    life.toAll('SIGINT')
    await life.ended
    await life.gone()
    await expectPutAway(life)
  })

  it('goes on when the shell that started it in the background is gone', async () => {
    const quoted = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ')
    const script = `nohup ${quoted(npm)} "$@" </dev/null & sleep 0.2`
    const life = await born(['sh', '-c', script, 'sh'])
    expect(await life.ended).toEqual({ code: 0, signal: null })
    // Longer than it looks after npm, twice: by what it measures itself each second.
    const before = await collected(life)
    await vi.waitUntil(async () => (await collected(life)) > before + 60, patience)
    process.kill(life.pid, 'SIGTERM')
    await life.gone()
    expect(life.output()).toMatch(stoppedLine())
  })

  it('ends in order, with 0, although nobody reads what it prints and the pipe is full', async () => {
    const words = run.map((word) => `'${word}'`).join(' ')
    const script = `{ head -c 65536 /dev/zero; ${words} "$@"; echo "ended with $?" >&2; } | sleep 60`
    const ports = ['--http-port', '0', '--statsd-port', '0', '--graphite-port', '0']
    const child = spawn('sh', ['-c', script, 'sh', '--data', folder, ...ports], { cwd: root, detached: true })
    let errors = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
    const lock = (): Promise<string> => readFile(join(folder, 'journal', 'LOCK'), 'utf8').catch(() => '')
    await vi.waitUntil(async () => (await lock()).trimEnd().endsWith('}'), patience)
    process.kill((JSON.parse(await lock()) as { pid: number }).pid, 'SIGTERM')
    await vi.waitUntil(() => errors.includes('ended with'), patience)
    process.kill(-(child.pid ?? 0), 'SIGKILL')
    expect(errors).toMatch(/^ended with 0$/m)
    expect(errors).not.toContain('Not stopped within')
  })

  it('does not start any more when npm is killed while it loads', async () => {
    const says = `const { chdir } = process; process.chdir = (path) => {
      if (process.argv[1].endsWith('run.mjs')) console.log('loading', process.pid); chdir(path) }`
    const env = { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(says)}` }
    const child = spawn('npm', ['start', '--', '--data', folder, '--http-port', '0'], { cwd: root, env })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    await vi.waitUntil(() => output.includes('loading'), patience)
    child.kill('SIGKILL')
    const pid = Number(/loading (\d+)/.exec(output)?.[1])
    await vi
      .waitUntil(() => !isAlive(pid), { timeout: 15_000, interval: 20 })
      .finally(() => {
        if (isAlive(pid)) process.kill(pid, 'SIGKILL')
      })
    expect(output).not.toContain('Ctrl+C stops')
  })

  it('goes on when the script of another project that started it is gone, also one called start', async () => {
    const words = run.map((word) => `'${word}'`).join(' ')
    const theirs = ['npm_lifecycle_event=start', 'npm_lifecycle_script=sh', 'npm_package_name=shop']
    const life = await born(['env', ...theirs, 'sh', '-c', `${words} "$@" </dev/null & sleep 1`, 'sh'])
    expect(await life.ended).toEqual({ code: 0, signal: null })
    const before = await collected(life)
    await vi.waitUntil(async () => (await collected(life)) > before + 60, patience)
    process.kill(life.pid, 'SIGTERM')
    await life.gone()
  })
}
if (isLong) describe.skipIf(here !== '')('the longer life of the observatory', longerLife)

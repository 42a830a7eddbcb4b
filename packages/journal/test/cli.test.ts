import { execFileSync, spawnSync } from 'node:child_process'
import { crc32 } from 'node:zlib'
import { cp, mkdir, readFile, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { runCli } from '../src/cli/run-cli.ts'
import { frameHeaderBytes, readFrameHeader, writeFrame } from '../src/format/frame.ts'
import { segmentSalt } from '../src/format/segment-header.ts'
import { bytesCodec, jsonCodec, openJournal } from '../src/index.ts'
import { sampleCodec, series } from '../src/samples.ts'
import type { Journal } from '../src/index.ts'
import { cli, cliCommand, jsonOf } from './helpers/cli.ts'
import { smallFileSystem } from './helpers/namespaces.ts'
import { temporaryFolder } from './helpers/processes.ts'

const first = '0000000000000001.segment'
const record = (seq: number): string => `record ${seq}`

/** Three frames of two records at bytes 128, 216 and 304; "behind" has read two records, "through" all. */
async function smallJournal(folder: string): Promise<Journal<string>> {
  const journal = await openJournal(folder, { codec: jsonCodec<string>() })
  for (const seq of [1, 3, 5]) await journal.appendBatch([record(seq), record(seq + 1)])
  for (const [name, count] of [
    ['behind', 2],
    ['through', 6],
  ] as const) {
    const subscriber = await journal.subscriber(name)
    const batch = await firstValueFrom(subscriber.batches({ maxRecords: count }))
    batch.ack()
  }
  return journal
}

async function closedJournal(): Promise<string> {
  const folder = `${await temporaryFolder()}/journal`
  await smallJournal(folder).then((journal) => journal.close())
  return folder
}

/** A journal of several segments, two records in each of the older ones. */
async function largeJournal(): Promise<{ folder: string; id: string }> {
  const folder = `${await temporaryFolder()}/journal`
  const journal = await openJournal(folder, { codec: jsonCodec<string>(), segmentBytes: 4096 })
  for (let seq = 1; seq <= 8; seq += 1) await journal.append(`${seq}:${'x'.repeat(1500)}`)
  const subscriber = await journal.subscriber('behind')
  await journal.close()
  expect(subscriber.ackedSeq).toBe(0)
  return { folder, id: journal.id }
}

async function change(path: string, change_: (bytes: Buffer) => void): Promise<void> {
  const bytes = await readFile(path)
  change_(bytes)
  await writeFile(path, bytes)
}

/** Everything that a command could change. */
async function contents(folder: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = `${entry.parentPath}/${entry.name}`
    const { mtimeMs, size } = await stat(path)
    found.set(path, `${mtimeMs} ${size} ${entry.isFile() ? (await readFile(path)).toString('hex') : ''}`)
  }
  return found
}

describe('inspect', () => {
  it('tells what a journal holds', async () => {
    const folder = await closedJournal()
    const run = await cli(['inspect', folder, '--json'])
    expect(run.code).toBe(0)
    expect(jsonOf(run)).toEqual({
      ...{
        directory: folder,
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        codec: 'json',
        format: 1,
        epoch: 1,
      },
      ...{ firstSeq: 1, lastSeq: 6, bytes: 456, spareBytes: null, owner: null },
      quarantine: { files: 0, bytes: 0 },
      segments: [
        {
          ...{ segment: 1, file: first, epoch: 1, baseSeq: 1, lastSeq: 6, bytes: 456 },
          ...{ fileBytes: expect.any(Number), begun: expect.any(Number) },
          fence: { segment: 0, end: 0, lastSeq: 0, chain: 0, history: 0 },
        },
      ],
      subscribers: [
        { name: 'behind', ackedSeq: 2, lagRecords: 4, lagBytes: 304, problem: null },
        { name: 'through', ackedSeq: 6, lagRecords: 0, lagBytes: 0, problem: null },
      ],
      ...{ upstream: [], problems: [], notes: [] },
    })
  })

  it('prints columns for people', async () => {
    const folder = await closedJournal()
    const { out } = await cli(['inspect', folder])
    expect(out).toContain('records     1 to 6\n')
    expect(out).toContain('open in     nobody\n')
    expect(out).toContain(
      [
        'subscriber  acknowledged  lag records  lag bytes',
        'behind                 2            4  304 B',
      ].join('\n'),
    )
    expect(out).not.toMatch(/\u001b/)
  })

  it('works while a writer has it open, says which, and does not disturb it', async () => {
    const folder = await temporaryFolder()
    const journal = await smallJournal(folder)
    const run = await cli(['inspect', folder, '--json'])
    expect(jsonOf(run)).toMatchObject({ owner: { pid: process.pid, state: 'running' }, lastSeq: 6 })
    expect((await cli(['inspect', folder])).out).toContain(`open in     process ${process.pid} on `)
    expect((await cli(['verify', folder])).code).toBe(0)
    expect(await journal.append('more')).toEqual({ firstSeq: 7, lastSeq: 7 })
    await journal.close()
  })

  it('shows names that would command a terminal as what they are', async () => {
    const folder = await temporaryFolder()
    const journal = await smallJournal(folder)
    await journal.subscriber('\u001b[31mred')
    await journal.close()
    expect((await cli(['inspect', folder])).out).toContain('\\u001b[31mred')
  })
})

describe('verify', () => {
  it('finds nothing in a sound journal', async () => {
    const folder = await closedJournal()
    const run = await cli(['verify', folder, '--json'])
    expect(run.code).toBe(0)
    expect(jsonOf(run)).toEqual({
      ...{ directory: folder, id: expect.any(String), segments: 1, frames: 4, records: 6, bytes: 328 },
      ...{ damage: [], tornTail: null, notes: [] },
    })
    expect((await cli(['verify', folder])).out).toBe(
      `${folder}: 1 segment, 4 frames, 6 records, 328 B are sound\nno damage\n`,
    )
  })

  it('says where a damaged frame is, what was in it, and whom it concerns', async () => {
    const folder = await closedJournal()
    await change(`${folder}/${first}`, (bytes) => (bytes[216 + 70]! ^= 1))
    const run = await cli(['verify', folder, '--json'])
    expect(run.code).toBe(1)
    expect(jsonOf(run)['damage']).toEqual([
      {
        ...{ kind: 'frame', file: first, start: 216, end: 304 },
        ...{ fromSeq: 3, toSeq: 4, records: 2, concerns: ['behind'] },
      },
    ])
    expect((await cli(['verify', folder])).out.split('\n').slice(1)).toEqual([
      'damage  file                      from byte  to byte  records lost  concerns',
      'frame   0000000000000001.segment        216      304  3 to 4        behind',
      '1 damage, 2 records lost',
      '',
    ])
  })

  it('tells of a frame that was not written behind the records before it', async () => {
    const original = await temporaryFolder()
    const journal = await smallJournal(`${original}/journal`)
    const folder = `${original}/copy`
    // Without the frame that certifies the last one, which would not be chained to it any more.
    await cp(`${original}/journal`, folder, { recursive: true, filter: (path) => !path.endsWith('LOCK') })
    await journal.close()
    await truncate(`${folder}/${first}`, 392)
    await change(`${folder}/${first}`, (bytes) => {
      const header = bytes.subarray(304, 368)
      const view = new DataView(header.buffer, header.byteOffset, 64)
      expect(view.getUint32(52, true)).not.toBe(0)
      view.setUint32(52, 1, true)
      view.setUint32(60, crc32(header.subarray(0, 60)), true)
    })
    const run = await cli(['verify', folder, '--json'])
    expect(run.code).toBe(1)
    expect(jsonOf(run)).toMatchObject({ records: 6, damage: [{ kind: 'history', start: 304, records: 0 }] })
  })

  it('tells a write that was cut off from damage', async () => {
    const original = await temporaryFolder()
    const journal = await smallJournal(`${original}/journal`)
    await journal.removeSubscriber('through')
    const folder = `${original}/copy`
    // As a crash leaves it, without the frame that certifies the last one.
    await cp(`${original}/journal`, folder, { recursive: true, filter: (path) => !path.endsWith('LOCK') })
    await journal.close()
    await truncate(`${folder}/${first}`, 380)
    const torn = await cli(['verify', folder, '--json'])
    expect(torn.code).toBe(0)
    expect(jsonOf(torn)).toMatchObject({
      ...{ damage: [], records: 4 },
      tornTail: { file: first, start: 304, bytes: 76 },
    })
    expect((await cli(['verify', folder])).out).toContain('torn tail: 76 bytes at byte 304')
    // Closed, the last frame is certified, and the same cut would be damage.
    await change(`${original}/journal/${first}`, (bytes) => bytes.fill(0, 310, 380))
    expect(jsonOf(await cli(['verify', `${original}/journal`, '--json']))).toMatchObject({
      damage: [{ kind: 'frame', fromSeq: 5, toSeq: 6, concerns: ['behind'] }],
      tornTail: null,
    })
  })

  it('finds a segment that is not there, one that was cut, a damaged header, and an end that does not fit', async () => {
    const { folder, id } = await largeJournal()
    const names = (await readdir(folder)).filter((name) => name.endsWith('.segment')).sort()
    expect(names.length).toBeGreaterThan(3)
    const damageOf = async (how: (copy: string) => Promise<void>): Promise<unknown> => {
      const copy = `${await temporaryFolder()}/copy`
      await cp(folder, copy, { recursive: true })
      await how(copy)
      const run = await cli(['verify', copy, '--json'])
      expect(run.code).toBe(1)
      return jsonOf(run)['damage']
    }
    expect(await damageOf((copy) => rm(`${copy}/${names[1]!}`))).toEqual([
      {
        ...{ kind: 'missing-segment', file: null, start: null, end: null },
        ...{ fromSeq: 3, toSeq: 4, records: 2, concerns: ['behind'] },
      },
    ])
    expect(await damageOf((copy) => rm(`${copy}/${names[0]!}`))).toMatchObject([
      { kind: 'missing-segment', fromSeq: 1, toSeq: 2 },
    ])
    expect(await damageOf((copy) => truncate(`${copy}/${names[1]!}`, 2000))).toMatchObject([
      { kind: 'frame', file: names[1], fromSeq: 4, toSeq: 4 },
    ])
    const header = (copy: string): Promise<void> =>
      change(`${copy}/${names[1]!}`, (bytes) => (bytes[20]! ^= 1))
    expect(await damageOf(header)).toEqual([
      {
        ...{ kind: 'header', file: names[1], start: 0, end: 128 },
        ...{ fromSeq: null, toSeq: null, records: 0, concerns: [] },
      },
    ])
    // A frame that is sound in itself, but is not the one that the next segment saw.
    const forge = (copy: string): Promise<void> =>
      change(`${copy}/${names[0]!}`, (bytes) => {
        const salt = segmentSalt(id, 1)
        const begin = 128
        const { bodyBytes } = readFrameHeader(bytes.subarray(begin), salt)!
        const at = begin + frameHeaderBytes + Math.ceil(bodyBytes / 8) * 8
        const frame = readFrameHeader(bytes.subarray(at), salt)!
        const body = bytes.subarray(at + frameHeaderBytes, at + frameHeaderBytes + frame.bodyBytes)
        writeFrame(bytes, at, { ...frame, time: frame.time + 1 }, Buffer.from(body))
      })
    expect(await damageOf(forge)).toMatchObject([{ kind: 'fence', file: names[0], records: 0 }])
  })

  it('finds a lost cursor and a lost journal.json', async () => {
    const folder = await closedJournal()
    const cursor = `${folder}/subscribers/${Buffer.from('through').toString('hex')}.cursor`
    await change(cursor, (bytes) => bytes.fill(0))
    await writeFile(`${folder}/journal.json`, '{')
    expect(jsonOf(await cli(['verify', folder, '--json']))['damage']).toMatchObject([
      { kind: 'identity', file: 'journal.json' },
      { kind: 'cursor', concerns: ['through'] },
    ])
    const inspected = await cli(['inspect', folder])
    expect(inspected.code).toBe(1)
    expect(inspected.out).toContain('problem: journal.json is damaged or missing')
    expect(inspected.out).toContain('unreadable')
  })
})

describe('salvage', () => {
  it('copies what can be read into a journal of the same codec, and says which numbers it has now', async () => {
    const folder = await closedJournal()
    await change(`${folder}/${first}`, (bytes) => bytes.fill(0, 230, 250))
    const out = `${folder}-salvaged`
    const run = await cli(['salvage', folder, '--out', out, '--json'])
    expect(run.code).toBe(1)
    expect(jsonOf(run)).toEqual({
      ...{ directory: folder, out, records: 4, notes: [] },
      moved: [
        { fromSeq: 1, toSeq: 2, newFromSeq: 1, newToSeq: 2 },
        { fromSeq: 5, toSeq: 6, newFromSeq: 3, newToSeq: 4 },
      ],
      missing: [{ fromSeq: 3, toSeq: 4, reason: 'corrupt' }],
    })
    expect(await valuesOf(out)).toEqual([1, 2, 5, 6].map(record))
    const again = await cli(['salvage', folder, '--out', out])
    expect(again).toMatchObject({
      code: 2,
      out: '',
      err: `${out} is not empty: give the path of a new folder\n`,
    })
    expect((await cli(['verify', out])).code).toBe(0)
  })

  it('copies a journal of many segments whole, whatever its codec is', async () => {
    const folder = `${await temporaryFolder()}/journal`
    const codec = { ...bytesCodec(), name: 'somebody else’s' }
    const journal = await openJournal(folder, { codec, segmentBytes: 4096 })
    for (let seq = 1; seq <= 40; seq += 1) await journal.append(new Uint8Array(500).fill(seq))
    await journal.close()
    const run = await cli(['salvage', folder, '--out', `${folder}2`])
    expect(run.out).toBe(
      [
        ...[
          `40 records of ${folder} copied to ${folder}2`,
          'old numbers  new numbers',
          '1 to 40      1 to 40',
        ],
        ...['nothing is missing', ''],
      ].join('\n'),
    )
    const copy = await openJournal(`${folder}2`, { codec })
    const batch = await firstValueFrom((await copy.subscriber('reader')).batches())
    expect(batch.values.map((value) => value[0])).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
    await copy.close()
    const lines = await cli(['salvage', folder, '--json-lines'])
    expect(lines).toMatchObject({ code: 2, err: expect.stringContaining('cannot be printed') })
  })

  it('prints records as JSON lines, bytes as base64, and the summary elsewhere', async () => {
    const folder = await closedJournal()
    const run = await cli(['salvage', folder, '--json-lines'])
    expect(run.out.split('\n').slice(0, 2)).toEqual([
      '{"seq":1,"record":"record 1"}',
      '{"seq":2,"record":"record 2"}',
    ])
    expect(run.err).toContain('6 records')

    const raw = `${folder}-raw`
    await openJournal(raw).then(async (journal) => {
      await journal.append(new Uint8Array([1, 2, 255]))
      await journal.close()
    })
    expect((await cli(['salvage', raw, '--json-lines'])).out).toBe('{"seq":1,"record":"AQL/"}\n')

    const samples = `${folder}-samples`
    await openJournal(samples, { codec: sampleCodec() }).then(async (journal) => {
      const exact = 2n ** 60n
      await journal.append({
        series: series('octets'),
        time: 5,
        value: Number(exact),
        exact,
        kind: 'counter',
      })
      await journal.close()
    })
    const [line = ''] = (await cli(['salvage', samples, '--json-lines'])).out.split('\n')
    expect(JSON.parse(line)).toMatchObject({
      seq: 1,
      record: { series: { key: 'octets' }, time: 5, exact: String(2n ** 60n), kind: 'counter' },
    })
  })

  it('does not take what a writer evicts meanwhile for damage', async () => {
    const folder = `${await temporaryFolder()}/journal`
    const options = { codec: jsonCodec<string>(), segmentBytes: 4096, maxBytes: 5 * 4096, minFreeBytes: 0 }
    await using journal = await openJournal(folder, { ...options, whenFull: 'drop-oldest' })
    await journal.subscriber('behind')
    const append = (): Promise<unknown> => journal.append('x'.repeat(1500))
    for (let seq = 1; seq <= 8; seq += 1) await append()
    let evicting = false
    const lines: string[] = []
    const code = await runCli(['salvage', folder, '--json-lines'], {
      terminal: {
        out: async () => {
          if (evicting) return
          evicting = true
          for (let seq = 9; seq <= 18; seq += 1) await append()
        },
        err: (line) => lines.push(line),
        status: () => undefined,
        colour: false,
        watched: false,
      },
      command: [],
      interrupted: () => new AbortController().signal,
    })
    expect(journal.stats.firstSeq).toBeGreaterThan(3)
    expect(lines.join('\n')).toContain('evicted')
    expect(lines.join('\n')).not.toContain('missing-segment')
    expect(code).toBe(0)
  })

  it('needs the codec where journal.json is lost, and takes it from the command line', async () => {
    const folder = await closedJournal()
    await rm(`${folder}/journal.json`)
    expect(await cli(['salvage', folder, '--json-lines'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--codec'),
    })
    expect((await cli(['salvage', folder, '--json-lines', '--codec', 'json'])).out.split('\n')).toHaveLength(
      7,
    )
    // Frames that a codec does not understand are missing, and the rest is printed.
    const wrong = await cli(['salvage', folder, '--json-lines', '--codec', 'samples'])
    expect(wrong).toMatchObject({ code: 1, out: '', err: expect.stringContaining('undecodable') })
  })
})

const readers = [['inspect'], ['verify'], ['salvage', '--json-lines']]

describe('a folder that is only looked at', () => {
  it('is not changed, whatever is in it', async () => {
    const folder = await closedJournal()
    await change(`${folder}/${first}`, (bytes) => bytes.fill(1, 300))
    await writeFile(`${folder}/00000000000000ff.segment.new`, 'unfinished')
    await writeFile(`${folder}/0000000000000009.segment`, 'garbage')
    const before = await contents(folder)
    for (const [command = '', ...options] of readers) await cli([command, folder, ...options])
    await cli(['salvage', folder, '--out', `${folder}-out`])
    expect(await contents(folder)).toEqual(before)
  })

  it('may be on a disk that cannot be written', async (context) => {
    const disk = await smallFileSystem(context, 'size=256m')
    await smallJournal(`${disk}/journal`).then((journal) => journal.close())
    execFileSync('mount', ['-o', 'remount,ro', disk])
    for (const [command = '', ...options] of readers) {
      expect(await cli([command, `${disk}/journal`, ...options])).toMatchObject({ code: 0 })
    }
  })

  it('is refused with a sentence where it is no journal', async () => {
    const folder = await temporaryFolder()
    const file = `${folder}/file`
    const loop = `${folder}/loop`
    await writeFile(file, '')
    await symlink(loop, loop)
    await mkdir(`${folder}/empty`)
    await mkdir(`${folder}/newer`)
    const id = '00000000-0000-4000-8000-000000000000'
    const { crc32 } = await import('node:zlib')
    const crc = crc32(JSON.stringify([9, id, 'json']))
    await writeFile(`${folder}/newer/journal.json`, JSON.stringify({ format: 9, id, codec: 'json', crc }))
    await mkdir(`${folder}/garbage`)
    await writeFile(`${folder}/garbage/journal.json`, 'garbage')
    await writeFile(`${folder}/garbage/${first}`, 'garbage')
    const expected = [
      [`${folder}/missing`, 'is not there'],
      [file, 'is no folder'],
      [loop, 'is a link that leads nowhere'],
      [`${folder}/empty`, 'holds no journal: neither journal.json nor a segment'],
      [`${folder}/newer`, 'JOURNAL_FORMAT'],
      [`${folder}/garbage`, 'nothing can be read'],
    ] as const
    for (const [path, message] of expected) {
      for (const [command = '', ...options] of readers) {
        const run = await cli([command, path, ...options])
        expect(run).toMatchObject({ code: 2, out: '', err: expect.stringContaining(message) })
      }
    }
  })

  it('is read where names in it lead nowhere, in circles, or to what never ends', async () => {
    const folder = await closedJournal()
    for (const number of ['2', '3', '4'])
      await rm(`${folder}/000000000000000${number}.segment`, { force: true })
    await symlink('0000000000000002.segment', `${folder}/0000000000000002.segment`)
    await symlink('nowhere', `${folder}/0000000000000003.segment`)
    await mkdir(`${folder}/0000000000000005.segment`)
    await mkdir(`${folder}/subscribers/${Buffer.from('folder').toString('hex')}.cursor`)
    if (process.platform !== 'win32') {
      spawnSync('mkfifo', [`${folder}/0000000000000004.segment`, `${folder}/spare`, `${folder}/LOCK`])
    }
    for (const [command = '', ...options] of readers) {
      const run = await cli([command, folder, ...options])
      expect(run.err).not.toContain('JOURNAL')
      expect(run.out).toContain(command === 'inspect' ? '1 to 6' : '6')
    }
  })
})

describe('the command line', () => {
  it('explains itself', async () => {
    const { code, out } = await cli(['--help'])
    expect(code).toBe(0)
    for (const command of ['inspect', 'verify', 'salvage', 'torture'])
      expect(out).toContain(`\n  ${command} <folder>`)
    expect((await cli(['verify', '--help'])).out).toBe(out)
  })

  it.each([
    [[], 'which command?'],
    [['mend', 'x'], 'there is no command "mend"'],
    [['constructor', 'x'], 'there is no command "constructor"'],
    [['verify'], 'which folder?'],
    [['verify', 'a', 'b'], 'takes one folder'],
    [['verify', 'a', '--what'], "Unknown option '--what'"],
    [['verify', 'a', '--out', 'b'], 'verify has no option --out'],
    [['salvage', 'a'], '--out <new folder> or --json-lines'],
    [['salvage', 'a', '--out', 'b', '--json-lines'], '--out <new folder> or --json-lines'],
    [['salvage', 'a', '--json-lines', '--json'], 'leave --json out'],
  ])('refuses %j', async (words, message) => {
    const run = await cli(words)
    expect(run).toMatchObject({ code: 2, out: '', err: expect.stringContaining(message) })
    expect(run.err).toContain('--help')
  })

  it('runs as a program of its own and gives its exit code', async () => {
    const folder = await closedJournal()
    const [program = '', ...words] = cliCommand()
    const run = spawnSync(program, [...words, 'verify', folder], { encoding: 'utf8' })
    expect(run).toMatchObject({ status: 0, stdout: expect.stringContaining('no damage') })
    expect(spawnSync(program, [...words, 'verify', `${folder}x`]).status).toBe(2)
  })

  it('colours its verdict on a terminal only', async () => {
    const folder = await closedJournal()
    expect((await cli(['verify', folder], true)).out).toContain('\u001b[32mno damage\u001b[0m')
  })
})

async function valuesOf(folder: string): Promise<readonly string[]> {
  await using journal = await openJournal(folder, { codec: jsonCodec<string>() })
  const subscriber = await journal.subscriber('reader')
  return (await firstValueFrom(subscriber.batches())).values
}

import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { externalCheck, type ExternalCheckOptions } from '../../../src/checks/agents/external-check.ts'
import type { CheckResult } from '../../../src/checks/check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { measuredBy } from '../scripted-server.ts'

const print = (output: string, options: Partial<ExternalCheckOptions> = {}): Promise<CheckResult> =>
  runOnce(externalCheck({ command: ['printf', '%s', output], ...options }))

const sh = (script: string, options: Partial<ExternalCheckOptions> = {}): Promise<CheckResult> =>
  runOnce(externalCheck({ command: ['sh', '-c', script], ...options }), { timeoutMs: 5000 })

describe('externalCheck', () => {
  it.each([
    [0, 'good', 'yes'],
    [1, 'warning', 'yes'],
    [2, 'bad', 'yes'],
    [3, 'unknown', 'unknown'],
    [4, 'unknown', 'unknown'],
    [127, 'unknown', 'unknown'],
  ])('with the exit code %i is %s', async (code, state, available) => {
    const result = await sh(`echo "DISK - free | /=81%;80;90 err=3c; exit ${code}"; exit ${code}`)
    expect(result).toMatchObject({
      state,
      available,
      status: code <= 3 ? 'DISK - free' : `sh: it ended with ${code}. DISK - free`,
    })
    expect(measuredBy(result)).toMatchObject({
      message: 'DISK - free',
      exit_code: code,
      truncated: 0,
      '/|ST[uom:%]': 81,
      '/_warning|ST[uom:%]': 80,
      err: 'counter 3',
    })
  })

  it('is unknown where a signal ended it, and tells what it said on standard error where that is all', async () => {
    const killed = await sh('kill -9 $$')
    expect(killed).toMatchObject({ state: 'unknown', status: 'sh: a signal ended it: SIGKILL.' })
    expect(measuredBy(killed)).not.toHaveProperty('exit_code')
    expect(await sh('printf "no such\\033[1m disk\\nmore" >&2; exit 2')).toMatchObject({
      state: 'bad',
      status: 'no such [1m disk',
    })
  })

  it('is unknown where there is no such program', async () => {
    const check = externalCheck({ command: ['/no/such/check_thing', '--password=secret'] })
    expect(check.name).toBe('external:check_thing')
    expect(await runOnce(check)).toMatchObject({
      state: 'unknown',
      available: 'unknown',
      status: '/no/such/check_thing cannot be started: ENOENT',
    })
  })

  it('counts what cannot be read of performance data', async () => {
    expect(measuredBy(await print('OK | a=1 b=x c=2'))).toMatchObject({ a: 1, c: 2, problems: 1 })
  })

  it('reads JSON', async () => {
    const body = '{ "queue": { "depth": 7, "state": "ok" }, "n": { "_type": "L", "_value": "5" } }'
    expect(measuredBy(await print(body, { output: 'json' }))).toMatchObject({
      'queue`depth': 7,
      'queue`state': 'ok',
      n: 5,
      problems: 0,
    })
    const broken = await print('{ "a": 1, "b": ', { output: 'json' })
    expect(measuredBy(broken)).toMatchObject({ a: 1, problems: 1 })
    expect(measuredBy(await print('', { output: 'json' }))).toMatchObject({ problems: 1 })
  })

  it('reads pairs, of the lines that it shall take', async () => {
    const output = '# a comment\na=1\nb = -2.5e3 \nc=on\nd=\n=5\ne=0x10\nlong=1=2\n'
    expect(measuredBy(await print(output, { output: 'pairs' }))).toEqual({
      ...{ a: 1, b: -2500, c: 'on', e: '0x10', long: '1=2' },
      ...{ exit_code: 0, truncated: 0, problems: 1 },
    })
    const some = await print('cpu.a: 1\nmem.b: 2\n', { output: 'pairs', separator: ': ', lines: /^cpu\./ })
    expect(measuredBy(some)).toMatchObject({ 'cpu.a': 1 })
    expect(measuredBy(some)).not.toHaveProperty('mem.b')
  })

  it('tells what the program says is wrong where it prints nothing', async () => {
    const failing = await sh('echo "no such server" >&2; exit 2', { output: 'json' })
    expect(failing).toMatchObject({ state: 'bad', status: 'no such server' })
    const empty = { state: 'bad', status: expect.stringContaining('the body is empty') }
    expect(await sh('exit 2', { output: 'json' })).toMatchObject(empty)
  })

  it('takes the names that it shall, and those that grow as counters', async () => {
    const chosen = { only: ['value', 'b'], counters: ['a`value', 'b'] }
    const nested = '{"a":{"text":"x","value":1},"c":{"value":2},"b":3}'
    expect(measuredBy(await print(nested, { output: 'json', ...chosen }))).toMatchObject({
      'a`value': 'counter 1',
      'c`value': 2,
      b: 'counter 3',
    })
    const pairs = measuredBy(await print('a=1\nb=2\nvalue=x\n', { output: 'pairs', ...chosen }))
    expect(pairs).toMatchObject({ b: 'counter 2', value: 'x' })
    expect(pairs).not.toHaveProperty('a')
  })

  it('is done in time with an expression that others take for ever, on what the program prints', async () => {
    const line = `${'a'.repeat(4000)}=1\n`
    const result = await print(line.repeat(20), { output: 'pairs', lines: /^(a+)+$/ })
    expect(result).toMatchObject({ state: 'good' })
  })

  it('reads so much of the output, and says that there was more', async () => {
    const result = await sh('echo "OK | a=1"; yes | head -c 9000; exit 1', { maxOutputBytes: 1000 })
    expect(result).toMatchObject({ state: 'warning', status: 'OK' })
    expect(measuredBy(result)).toMatchObject({ truncated: 1 })
  })

  it('passes on no variables but those that it shall', async () => {
    vi.stubEnv('API_KEY', 'secret')
    vi.stubEnv('REGION', 'north')
    onTestFinished(() => void vi.unstubAllEnvs())
    const plain = measuredBy(await sh('env', { output: 'pairs' }))
    expect(plain).toMatchObject({ LC_ALL: 'C', PATH: process.env['PATH'] })
    expect(plain).not.toHaveProperty('API_KEY')
    const chosen = measuredBy(
      await sh('/usr/bin/env', {
        output: 'pairs',
        passEnv: ['REGION'],
        env: { LC_ALL: 'nl_NL', A: 'b' },
        command: ['/usr/bin/env'],
      }),
    )
    expect(chosen).toMatchObject({ REGION: 'north', LC_ALL: 'nl_NL', A: 'b' })
    expect(chosen).not.toHaveProperty('PATH')
  })

  it('ends the program at the time-out', async () => {
    const result = await runOnce(externalCheck({ command: ['sleep', '60'], host: 'a.test' }), {
      timeoutMs: 50,
    })
    expect(result).toMatchObject({ state: 'bad', available: 'no', reason: 'timed-out' })
  })

  it('refuses wrong options at the call', () => {
    const command = ['true']
    for (const options of [
      {},
      { command: 'true' },
      { command: [] },
      { command: [''] },
      { command: ['a\0b'] },
      { command, output: 'xml' },
      { command, separator: '' },
      { command, lines: /(?<=a)b/ },
      { command, lines: 'a' },
      { command, only: 'a' },
      { command, counters: [1] },
      { command, env: { A: 1 } },
      { command, env: { 'A=B': 'c' } },
      { command, env: { '': 'c' } },
      { command, env: { 'A\0': 'c' } },
      { command, env: { A: 'c\0' } },
      { command, passEnv: 'PATH' },
      { command, passEnv: ['A=B'] },
      { command, uid: -1 },
      { command, maxOutputBytes: 0 },
      { command, killAfterMs: -1 },
    ])
      expect(() => externalCheck(options as never), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'PROTOCOL_BAD_OPTION' }),
      )
  })
})

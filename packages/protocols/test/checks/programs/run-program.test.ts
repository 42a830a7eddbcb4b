import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { describe, expect, it, onTestFinished } from 'vitest'

import { passedEnvironment } from '../../../src/checks/programs/passed-environment.ts'
import { type ProgramEnd, type ProgramOptions, runProgram } from '../../../src/checks/programs/run-program.ts'

const never = new AbortController().signal

const run = (
  command: readonly string[],
  signal = never,
  options: Partial<ProgramOptions> = {},
): Promise<ProgramEnd> =>
  runProgram(
    { command, env: passedEnvironment(), maxOutputBytes: 1000, killAfterMs: 100, ...options },
    signal,
  )

const sh = (
  script: string,
  ...rest: readonly [AbortSignal?, Partial<ProgramOptions>?]
): Promise<ProgramEnd> => run(['sh', '-c', script], ...rest)

/** One that has ended and that nobody has asked about is none. */
const isAlive = (pid: number): boolean =>
  /^[^Z]/.test(
    spawnSync('ps', ['-o', 'stat=', '-p', String(pid)])
      .stdout.toString()
      .trim(),
  )

describe('runProgram', () => {
  it('gives what a program printed, and how it ended', async () => {
    const { code, signal, output, errors, truncated } = await sh('echo out; echo err >&2; exit 3')
    expect({ code, signal, truncated }).toEqual({ code: 3, signal: undefined, truncated: false })
    expect([output.toString(), errors.toString()]).toEqual(['out\n', 'err\n'])
  })

  it('hands on each argument as it is', async () => {
    const words = ['$HOME', '; exit 1', '`id`', '', 'a b', "'", '*']
    const { output } = await run(['printf', '%s\\n', ...words])
    expect(output.toString()).toBe(`${words.join('\n')}\n`)
  })

  it('says by which signal it ended', async () => {
    expect(await sh('kill -11 $$')).toMatchObject({ code: undefined, signal: 'SIGSEGV' })
  })

  it('keeps as much of the output as it shall, and reads on', async () => {
    const { output, truncated, code } = await sh('yes | head -c 20000; exit 2')
    expect({ length: output.length, truncated, code }).toEqual({ length: 1000, truncated: true, code: 2 })
    expect((await sh('yes | head -c 1000')).truncated).toBe(false)
  })

  it('ends what never stops printing', async () => {
    await expect(run(['yes'])).rejects.toMatchObject({
      message: 'yes never stops printing',
      code: 'PROTOCOL_NOT_ASKED',
    })
    await expect(sh('yes >&2')).rejects.toMatchObject({ code: 'PROTOCOL_NOT_ASKED' })
  })

  it.each([
    ['is not there', ['/no/such/program'], 'ENOENT'],
    ['is no program', ['/etc/passwd'], 'EACCES'],
  ])('is at fault itself where the program %s', async (_, command, code) => {
    await expect(run(command)).rejects.toMatchObject({
      message: `${command[0]!} cannot be started: ${code}`,
      code: 'PROTOCOL_NOT_ASKED',
    })
  })

  it('starts nothing where it is over already', async () => {
    const controller = new AbortController()
    controller.abort(new Error('over'))
    await expect(sh('exit 0', controller.signal)).rejects.toThrow('over')
  })

  it('asks a program to end at the signal, with all that it started', async () => {
    const controller = new AbortController()
    const running = sh('trap "exit 0" TERM; sleep 100 & echo $!; wait', controller.signal, {
      killAfterMs: 60_000,
    })
    await wait(100)
    controller.abort(new Error('over'))
    await expect(running).rejects.toThrow('over')
  })

  it('kills those that do not end when they are asked to', async () => {
    const controller = new AbortController()
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-program-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const told = join(folder, 'pids')
    const running = sh(
      `trap "" TERM; sleep 100 & echo $! $$ > ${told}; while :; do sleep 0.05; done`,
      controller.signal,
    )
    await expect.poll(() => existsSync(told) && readFileSync(told, 'utf8').endsWith('\n')).toBe(true)
    const pids = readFileSync(told, 'utf8').trim().split(' ').map(Number)
    expect(pids.map(isAlive)).toEqual([true, true])
    controller.abort(new Error('over'))
    await expect(running).rejects.toThrow('over')
    await expect.poll(() => pids.some(isAlive)).toBe(false)
  })

  it('waits for nobody that a program leaves behind, and ends them', async () => {
    const { output, code } = await sh('sleep 100 & echo $!')
    expect(code).toBe(0)
    const pid = Number(output.toString())
    await expect.poll(() => isAlive(pid)).toBe(false)
  })

  it('waits only a little for those that left the group and hold its output', async () => {
    const { output, code } = await sh('setsid sleep 5 & echo done')
    expect([output.toString(), code]).toEqual(['done\n', 0])
  })

  it.each([
    ['ends', 'exit', 3, false],
    ['ends by an exception that nobody catches', 'throw', 1, false],
    // Node asks nobody then.
    ['is ended by a signal', 'SIGTERM', null, true],
  ])('leaves a program running where this process %s: %s, %s, %s', async (_, way, status, isLeft) => {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-program-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const told = join(folder, 'pid')
    const script = fileURLToPath(new URL('ending.ts', import.meta.url))
    const ended = spawnSync(process.execPath, ['--import', 'tsx', script, told, way], { timeout: 60_000 })
    const pid = Number(readFileSync(told, 'utf8'))
    onTestFinished(() => {
      if (isAlive(pid)) process.kill(pid, 'SIGKILL')
    })
    expect([ended.status, ended.stderr.includes('listen')]).toEqual([status, false])
    await expect.poll(() => isAlive(pid)).toBe(isLeft)
  })

  it('runs in a folder and with an environment of its own', async () => {
    const { output } = await sh('pwd; env', never, { cwd: '/', env: { A: 'b' } })
    expect(output.toString()).toMatch(/^\/\n/)
    expect(output.toString()).toContain('A=b\n')
    expect(output.toString()).not.toContain('HOME=')
  })
})

import { fileURLToPath } from 'node:url'

import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { instrument } from '../doctest/expectations.ts'
import { fences } from '../doctest/extract.ts'
import { runSnippets } from '../doctest/run.ts'
import { typeErrors } from '../doctest/type-check.ts'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const page = (code: string): ReturnType<typeof fences> =>
  fences('page.md', `text\n\`\`\`ts\n${code}\n\`\`\`\n`)

const faultsOfAll = async (codes: readonly string[], limitMs?: number): Promise<readonly unknown[]> => {
  const found = await runSnippets(codes.flatMap(page), root, limitMs)
  return [...found.values()]
}
const faults = (code: string, limitMs?: number): Promise<readonly unknown[]> => faultsOfAll([code], limitMs)

describe('the documentation tests', () => {
  it('find the fences of a page and of a comment, with their lines', () => {
    expect(page('1')).toEqual([{ file: 'page.md', line: 3, code: '1' }])
    expect(fences('a.ts', '/**\n * @example\n * ```ts\n * run()\n * ```\n */\n')).toEqual([
      { file: 'a.ts', line: 4, code: 'run()' },
    ])
  })

  it('read expected prints, several of one statement too', () => {
    expect(instrument('console.log(a) // => 1\n// => 2').expectations).toEqual([
      { line: 1, prints: ['1', '2'] },
    ])
  })

  it('fail on a wrong value', async () => {
    expect(await faults('console.log(1 + 1) // => 3')).toEqual([['line 3: expected 3, printed 2']])
  })

  it('fail where a statement with an expected value does not run', async () => {
    expect(await faults('if (process.pid < 0) console.log(1) // => 1')).toEqual([
      ['line 3: expected 1, printed nothing'],
    ])
  })

  it('fail on a throw, and say where it was', async () => {
    const [[fault]] = (await faults(`const a = 1\nthrow new Error('no')`)) as [[string]]
    expect(fault).toContain('ended with 1: ')
    expect(fault).toMatch(/Error: no\n\s+at .*snippet0\.ts:2:/)
  })

  it('fail on a fence that leaves a timer or a port behind', async () => {
    const left = await faults('setInterval(() => 0, 1000)', 500)
    expect(left).toEqual([[expect.stringContaining('ended with nothing, it hangs')]])
    const port = `import { createServer } from 'node:net'\ncreateServer().listen(0)`
    expect(await faults(port, 500)).toEqual([[expect.stringContaining('it hangs')]])
  })

  it('blame a fence for what it does late, or to its process, and let the others run', async () => {
    // The bundler tells by itself that a build failed.
    const silence = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    onTestFinished(() => silence.mockRestore())
    const late = `setTimeout(() => { throw new Error('late') }, 20)`
    const rejected = `void Promise.reject(new Error('unheard'))`
    const sound = `globalThis.seen = (globalThis.seen ?? 0) + 1\nconsole.log(globalThis.seen) // => 1`
    const folder = `import { mkdirSync, readdirSync } from 'node:fs'\nmkdirSync('data')\nconsole.log(readdirSync('.').length) // => 1`
    const bad = [
      late,
      rejected,
      'process.exit(3)',
      `process.kill(process.pid, 'SIGKILL')`,
      'let = 5',
      `import 'no-such-package'`,
    ]
    const found = await Promise.all([
      faultsOfAll(bad.flatMap((code) => [code, sound, folder, sound])),
      faultsOfAll([sound, folder]),
    ])
    const [mixed, alone] = found
    expect(alone).toEqual([[], []])
    const blamed = mixed.filter((_, index) => index % 4 === 0)
    expect(mixed.filter((_, index) => index % 4 !== 0)).toEqual(bad.flatMap(() => [[], [], []]))
    expect(blamed).toEqual([
      [expect.stringContaining('Error: late')],
      [expect.stringContaining('Error: unheard')],
      ['ended with 3: '],
      [expect.stringContaining('ended with SIGKILL')],
      [expect.any(String)],
      [expect.stringContaining('no-such-package')],
    ])
  })

  it('fail on a wrong type', () => {
    const all = page('const n: number = "x"')
    expect([...typeErrors(all, root).values()]).toEqual([[expect.stringContaining('not assignable')]])
  })
})

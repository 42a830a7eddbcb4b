import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { instrument } from '../doctest/expectations.ts'
import { fences } from '../doctest/extract.ts'
import { runSnippet } from '../doctest/run.ts'
import { typeErrors } from '../doctest/type-check.ts'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const page = (code: string): ReturnType<typeof fences> =>
  fences('page.md', `text\n\`\`\`ts\n${code}\n\`\`\`\n`)

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
    expect(await runSnippet(page('console.log(1 + 1) // => 3')[0]!, root)).toEqual([
      'line 3: expected 3, printed 2',
    ])
  })

  it('fail where a statement with an expected value does not run', async () => {
    expect(await runSnippet(page('if (Math.random() > 2) console.log(1) // => 1')[0]!, root)).toEqual([
      'line 3: expected 1, printed nothing',
    ])
  })

  it('fail on a throw', async () => {
    expect((await runSnippet(page(`throw new Error('no')`)[0]!, root))[0]).toContain('Error: no')
  })

  it('fail on a wrong type', () => {
    const all = page('const n: number = "x"')
    expect([...typeErrors(all, root).values()]).toEqual([[expect.stringContaining('not assignable')]])
  })
})

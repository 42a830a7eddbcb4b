import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folders = readdirSync(`${root}/examples`).filter((name) => /^\d\d-/.test(name))

const example = (...words: readonly string[]) =>
  spawnSync(process.execPath, ['tools/run.mjs', 'example', ...words], { cwd: root, encoding: 'utf8' })

describe('npm run example', () => {
  it('lists the examples, each with a line of its own', () => {
    const { status, stdout } = example()
    expect(status).toBe(0)
    expect(stdout.match(/^ {2}npm run example \d\d {3}\S.{20,}$/gm)).toHaveLength(folders.length)
  })

  it.each(['99', 'mail', '-1'])('says what there is where nothing is called %s, and fails', (number) => {
    const { status, stderr } = example(number)
    expect(status).toBe(1)
    expect(stderr).toContain(`There is no example ${number}; there are:`)
    expect(stderr).toContain('npm run example 01')
  })
})

it.each(folders)('%s has a README and a test', (folder) => {
  expect(existsSync(`${root}/examples/${folder}/README.md`)).toBe(true)
  expect(readdirSync(`${root}/examples/${folder}/test`).some((name) => name.endsWith('.test.ts'))).toBe(true)
})

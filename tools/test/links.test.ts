import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
}).split('\n')
const pages = files.filter(
  (file) => file.endsWith('.md') && !file.endsWith('CHANGELOG.md') && existsSync(join(root, file)),
)

describe('the pages', () => {
  it.each(pages)('link only to files that are there: %s', (page) => {
    const links = [...readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(
      ([, link = '']) => link,
    )
    const dead = links.filter(
      (link) => !/^[a-z]+:/.test(link) && !existsSync(join(root, dirname(page), link)),
    )
    expect(dead).toEqual([])
  })

  it('name only source files that are there, on the way of a sample', () => {
    const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
    const named = [...text.matchAll(/`([\w./-]+\.(?:ts|js))`/g)].map(([, name = '']) => name)
    expect(named.length).toBeGreaterThan(30)
    expect(named.filter((name) => !files.some((file) => file === name || file.endsWith(`/${name}`)))).toEqual(
      [],
    )
  })
})

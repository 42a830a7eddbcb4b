import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-downloads-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** What `ownFolder` of the smoke test says of a folder to a user. */
function verdict(path: string, me = 'undefined'): string {
  const module = new URL('../smoke/downloads.mjs', import.meta.url).href
  const program = `const { ownFolder } = await import('${module}')
    try { ownFolder(${JSON.stringify(path)}, ${me}); console.log('own') } catch (error) { console.log(error.message) }`
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }).trim()
}

describe('the folder of what the smoke test downloads and runs', () => {
  it('is made where there is none, and taken again', () => {
    expect(verdict(join(folder, 'new'))).toBe('own')
    expect(verdict(join(folder, 'new'))).toBe('own')
  })

  it('is refused where others may write to it', () => {
    const path = join(folder, 'open')
    mkdirSync(path)
    chmodSync(path, 0o777)
    expect(verdict(path)).toBe(`${path} is not a folder that only this user can write to; remove it`)
  })

  it('is refused where it is that of somebody else, or leads elsewhere', () => {
    const path = join(folder, 'theirs')
    mkdirSync(path, { mode: 0o700 })
    symlinkSync(path, join(folder, 'link'))
    expect(verdict(path, '12345678')).toMatch(/is not a folder that only this user/)
    expect(verdict(join(folder, 'link'))).toMatch(/is not a folder that only this user/)
  })
})

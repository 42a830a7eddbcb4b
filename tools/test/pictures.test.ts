import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { rollupPictures } from '../pictures/rollup.ts'

const guides = fileURLToPath(new URL('../../docs/guides/', import.meta.url))
const names = Object.keys(rollupPictures)

describe('the pictures of the guides', () => {
  it.each(names)('are what node tools/draw.mjs writes: %s', (name) => {
    expect(readFileSync(`${guides}pictures/${name}`, 'utf8')).toBe(rollupPictures[name]?.())
  })

  it('are all shown, and all of them are drawn', () => {
    expect(readdirSync(`${guides}pictures`).sort()).toEqual([...names].sort())
    const page = readFileSync(`${guides}rollup.md`, 'utf8')
    expect(names.filter((name) => !page.includes(`](pictures/${name})`))).toEqual([])
  })

  it('say in words what they show', () => {
    for (const draw of Object.values(rollupPictures)) expect(draw()).toMatch(/<title>[^<]{20,}<\/title>/)
  })
})

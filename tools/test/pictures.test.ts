import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { faultPictures } from '../pictures/fault.ts'
import { linkPictures } from '../pictures/links.ts'
import { notifyPictures } from '../pictures/notify.ts'
import { rollupPictures } from '../pictures/rollup.ts'

const guides = fileURLToPath(new URL('../../docs/guides/', import.meta.url))
const pictures = { ...rollupPictures, ...faultPictures, ...linkPictures, ...notifyPictures }
const names = Object.keys(pictures)
const pages = ['rollup.md', 'fault.md', 'notify.md', 'links.md']

describe('the pictures of the guides', () => {
  it.each(names)('are what node tools/draw.mjs writes: %s', (name) => {
    expect(readFileSync(`${guides}pictures/${name}`, 'utf8')).toBe(pictures[name]?.())
  })

  it('are all shown, and all of them are drawn', () => {
    expect(readdirSync(`${guides}pictures`).sort()).toEqual([...names].sort())
    const shown = pages.map((page) => readFileSync(`${guides}${page}`, 'utf8')).join('\n')
    expect(names.filter((name) => !shown.includes(`](pictures/${name})`))).toEqual([])
  })

  it('say in words what they show', () => {
    for (const draw of Object.values(pictures)) expect(draw()).toMatch(/<title>[^<]{20,}<\/title>/)
  })
})

// Writes the pictures of the guides, which a test compares with what would be written: node tools/draw.mjs
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { register } from 'tsx/esm/api'

register()
const { faultPictures } = await import('./pictures/fault.ts')
const { linkPictures } = await import('./pictures/links.ts')
const { notifyPictures } = await import('./pictures/notify.ts')
const { rollupPictures } = await import('./pictures/rollup.ts')
const folder = fileURLToPath(new URL('../docs/guides/pictures/', import.meta.url))
const all = { ...rollupPictures, ...faultPictures, ...linkPictures, ...notifyPictures }
mkdirSync(folder, { recursive: true })
for (const [name, draw] of Object.entries(all)) {
  writeFileSync(`${folder}${name}`, draw())
}

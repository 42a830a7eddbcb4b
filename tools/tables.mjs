// Writes the tables of the guide of checks, which a test compares with what would be written: node tools/tables.mjs
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { register } from 'tsx/esm/api'

register()
const { checksGuide, checksGuideOf } = await import('./tables/guide.ts')
const root = fileURLToPath(new URL('..', import.meta.url))
writeFileSync(`${root}${checksGuide}`, await checksGuideOf(root))

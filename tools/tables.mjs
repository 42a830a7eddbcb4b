// Writes the tables of the guide of checks, and what the command knows of their options, which a test compares with what would be written: node tools/tables.mjs
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { register } from 'tsx/esm/api'

register()
const { describeChecks } = await import('./tables/checks-of-the-package.ts')
const { checksGuide, checksGuideOf } = await import('./tables/guide.ts')
const { commandOptions, commandOptionsOf } = await import('./tables/command-options.ts')
const root = fileURLToPath(new URL('..', import.meta.url))
const described = describeChecks(root)
writeFileSync(`${root}${checksGuide}`, await checksGuideOf(root, described))
writeFileSync(`${root}${commandOptions}`, await commandOptionsOf(root, described))

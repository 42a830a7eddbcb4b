import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { format, resolveConfig } from 'prettier'

import { documentedRecipes, recipes } from '../../packages/protocols/test/checks/real/recipes.ts'
import type { DeclaredOptions } from './check-options.ts'
import { checksBelow, checksList, optionsTable, recipesTable, withTables } from './checks.ts'

/** Where the guide of checks is. */
export const checksGuide = 'docs/guides/checks.md'

/** The guide of checks as it is to be: with the tables that come from the code, and written as all pages are. */
export async function checksGuideOf(root: string, { checks, objects }: DeclaredOptions): Promise<string> {
  const path = join(root, checksGuide)
  const options = Object.fromEntries(Object.entries(checks).map(([name, check]) => [name, check.options]))
  const shared = (options['redisCheck'] ?? []).filter(
    ({ name, declaredIn }) => name !== 'port' && declaredIn?.endsWith('TargetOptions') === true,
  )
  const page = withTables(readFileSync(path, 'utf8'), {
    checks: checksList(checksBelow(join(root, 'packages/protocols/src/checks')), options),
    'options of the connection': optionsTable(shared),
    'options of TLS': optionsTable(objects['TlsOptions'] ?? []),
    recipes: recipesTable(Object.values(recipes)),
    'documented recipes': recipesTable(Object.values(documentedRecipes)),
  })
  return format(page, { ...(await resolveConfig(path)), filepath: path })
}

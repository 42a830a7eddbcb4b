import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { format, resolveConfig } from 'prettier'

import { documentedRecipes, recipes } from '../../packages/protocols/test/checks/real/recipes.ts'
import { checksBelow, checksTable, recipesTable, withTables } from './checks.ts'

/** Where the guide of checks is. */
export const checksGuide = 'docs/guides/checks.md'

/** The guide of checks as it is to be: with the tables that come from the code, and written as all pages are. */
export async function checksGuideOf(root: string): Promise<string> {
  const path = join(root, checksGuide)
  const page = withTables(readFileSync(path, 'utf8'), {
    checks: checksTable(checksBelow(join(root, 'packages/protocols/src/checks'))),
    recipes: recipesTable(Object.values(recipes)),
    'documented recipes': recipesTable(Object.values(documentedRecipes)),
  })
  return format(page, { ...(await resolveConfig(path)), filepath: path })
}

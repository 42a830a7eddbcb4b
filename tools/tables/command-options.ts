import { join } from 'node:path'

import { format, resolveConfig } from 'prettier'

import { checkKinds } from '../../packages/protocols/src/command/check-kinds.ts'
import type { DeclaredOptions } from './check-options.ts'

/** What the command knows of the options of its checks. */
export const commandOptions = 'packages/protocols/src/command/described-options.json'

/** That file as it is to be. */
export async function commandOptionsOf(root: string, { checks, objects }: DeclaredOptions): Promise<string> {
  const path = join(root, commandOptions)
  const kinds = [...checkKinds.keys()].map((word) => [word, checks[`${word}Check`]] as const)
  const text = JSON.stringify({ checks: Object.fromEntries(kinds), objects }, (key, value: unknown) =>
    key === 'declaredIn' ? undefined : value,
  )
  return format(text, { ...(await resolveConfig(path)), filepath: path })
}

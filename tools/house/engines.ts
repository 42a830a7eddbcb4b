import { ESLint } from 'eslint'

import type { Sources } from './sources.ts'

/** The rules for engines, as eslint.config.js has them. `npm run lint` applies them to what is there. */
export interface EngineRules {
  readonly folders: readonly string[]
  /** Places, `path:line`, where an engine knows the time, chance, the system or rxjs. */
  faults(sources: Sources): Promise<string[]>
}

/** Without the rules that need types, which take long and which a planted file does not have. */
export async function engineRules(root: string): Promise<EngineRules> {
  const config: unknown = await import(/* @vite-ignore */ `${root}/eslint.config.js`)
  const eslint = new ESLint({
    cwd: root,
    ruleFilter: ({ ruleId }) => ruleId.startsWith('no-restricted-'),
    overrideConfig: { languageOptions: { parserOptions: { project: null } } },
  })
  const faultsOf = async (path: string, text: string): Promise<string[]> => {
    const results = await eslint.lintText(text, { filePath: `${root}/${path}` })
    return results.flatMap(({ messages }) => messages.map(({ line }) => `${path}:${line}`))
  }
  return {
    folders: (config as { readonly engines: readonly string[] }).engines,
    faults: async (sources) =>
      (await Promise.all([...sources].map(([path, text]) => faultsOf(path, text)))).flat(),
  }
}

/** Engines that are gone, that the linter does not know, and that turn it off by a comment. */
export function engineFaults(sources: Sources, folders: readonly string[]): string[] {
  const paths = [...sources.keys()]
  const packages = new Set(paths.map((path) => path.split('/src/')[0]))
  const isKnown = (path: string): boolean => folders.some((folder) => path.startsWith(`${folder}/`))
  const gone = folders.filter(
    (folder) =>
      packages.has(folder.split('/src/')[0]) && !paths.some((path) => path.startsWith(`${folder}/`)),
  )
  const unknown = paths.filter((path) => path.includes('/engine/') && !isKnown(path))
  const silenced = paths.filter((path) => isKnown(path) && sources.get(path)?.includes('eslint-disable'))
  return [
    ...gone.map((folder) => `${folder} is an engine that is gone`),
    ...unknown.map((path) => `${path} is in an engine that the linter does not know`),
    ...silenced.map((path) => `${path} turns the linter off`),
  ]
}

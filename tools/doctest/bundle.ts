import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { build } from 'tsup'

interface BuildFailure {
  readonly errors: readonly { readonly text: string; readonly location: { readonly file: string } | null }[]
}

/**
 * Makes JavaScript of TypeScript modules, given by name, with what they share of the packages in common files, so that each
 * starts in a moment. Gives the file of each, or what is wrong with it.
 */
export async function bundle(
  modules: ReadonlyMap<string, string>,
  folder: string,
  root: string,
): Promise<ReadonlyMap<string, { readonly file: string } | { readonly problem: string }>> {
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir')
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  for (const [name, code] of modules) await writeFile(join(folder, `${name}.ts`), code)
  const made = new Map<string, { readonly file: string } | { readonly problem: string }>()
  let left = [...modules.keys()]
  while (left.length > 0) {
    const problems = await tryToBuild(left, folder, root)
    for (const [name, problem] of problems) made.set(name, { problem })
    left = left.filter((name) => !made.has(name))
    if (problems.size > 0) continue
    for (const name of left) made.set(name, { file: join(folder, 'out', `${name}.js`) })
    return made
  }
  return made
}

/** Builds all, or none and tells which of them are to blame. */
async function tryToBuild(
  names: readonly string[],
  folder: string,
  root: string,
): Promise<ReadonlyMap<string, string>> {
  try {
    await build({
      entry: Object.fromEntries(names.map((name) => [name, join(folder, `${name}.ts`)])),
      outDir: join(folder, 'out'),
      format: 'esm',
      target: 'node20',
      sourcemap: 'inline',
      splitting: true,
      treeshake: false,
      config: false,
      silent: true,
      skipNodeModulesBundle: true,
      // rxjs too: it is two hundred files.
      noExternal: [/^@tocsin\//, /^rxjs($|\/)/],
      esbuildOptions: (options) => {
        options.tsconfig = join(root, 'tsconfig.base.json')
        options.logLevel = 'silent'
        options.sourcesContent = false
      },
    })
    return new Map()
  } catch (error) {
    const problems = new Map<string, string>()
    for (const { text, location } of (error as Partial<BuildFailure>).errors ?? []) {
      const name = names.find((candidate) => location?.file.endsWith(`/${candidate}.ts`))
      if (name !== undefined) problems.set(name, text)
    }
    if (problems.size === 0) throw error
    return problems
  }
}

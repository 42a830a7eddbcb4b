import { join } from 'node:path'

import ts from 'typescript'

import type { Snippet } from './extract.ts'

/** Type-checks all snippets in one program, each as a module of its own. Gives the errors per snippet. */
export function typeErrors(all: readonly Snippet[], root: string): ReadonlyMap<Snippet, readonly string[]> {
  const config = ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) => ts.sys.readFile(path))
  const { options } = ts.convertCompilerOptionsFromJson(
    {
      ...(config.config as { compilerOptions: object }).compilerOptions,
      // A page shows a program, not a library: no declarations, and it may index freely.
      isolatedDeclarations: false,
      declaration: false,
      declarationMap: false,
      noPropertyAccessFromIndexSignature: false,
    },
    root,
  )
  const sources = new Map(
    all.map((snippet, index) => [join(root, 'examples/observatory', `__snippet${index}.ts`), snippet]),
  )
  const host = ts.createCompilerHost(options)
  const disk = { ...host }
  host.fileExists = (path) => sources.has(path) || disk.fileExists(path)
  host.readFile = (path) => sources.get(path)?.code ?? disk.readFile(path)
  host.getSourceFile = (path, target, ...more) => {
    const snippet = sources.get(path)
    // Always a module, so that the names of one page do not meet those of another.
    return snippet === undefined
      ? disk.getSourceFile(path, target, ...more)
      : ts.createSourceFile(path, `${snippet.code}\nexport {}`, target)
  }
  const program = ts.createProgram([...sources.keys()], options, host)
  const errors = new Map<Snippet, readonly string[]>()
  for (const [path, snippet] of sources) {
    const source = program.getSourceFile(path)
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    errors.set(
      snippet,
      found.map(({ messageText, start }) => {
        const line = source === undefined ? 0 : source.getLineAndCharacterOfPosition(start ?? 0).line
        return `line ${snippet.line + line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
      }),
    )
  }
  return errors
}

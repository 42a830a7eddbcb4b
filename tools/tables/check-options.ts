import { join } from 'node:path'

import ts from 'typescript'

import type {
  DescribedKind,
  DescribedOption,
  DescribedOptions,
  Taken,
} from '../../packages/protocols/src/command/described-options.ts'
import { plain, sentenceOf } from './comments.ts'

/** An option, and the interface that has it. */
export interface DeclaredOption extends DescribedOption {
  readonly declaredIn: string | undefined
}

/** A check, and its options with their interfaces. */
interface DeclaredKind extends DescribedKind {
  readonly options: readonly DeclaredOption[]
}

/** {@link DescribedOptions}, with the interfaces that have them. */
export interface DeclaredOptions extends DescribedOptions {
  readonly checks: Readonly<Record<string, DeclaredKind>>
}

const folder = 'packages/protocols'

/** The options of the checks that some entries of the package offer, by the names of their functions, as comments and types tell. */
export function declaredOptions(root: string, entries: readonly string[]): DeclaredOptions {
  const path = join(root, folder, 'tsconfig.json')
  const config: unknown = ts.readConfigFile(path, (file) => ts.sys.readFile(file)).config
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(root, folder))
  const paths = entries.map((entry) => join(root, folder, entry))
  const program = ts.createProgram(paths, options)
  const checker = program.getTypeChecker()
  const objects: Record<string, readonly DescribedOption[]> = {}

  const describe = (property: ts.Symbol): DeclaredOption => {
    const type = checker.getTypeOfSymbol(property)
    const parts = type.isUnion() ? type.types : [type]
    const takes = takenBy(checker, parts)
    const words = parts
      .flatMap((part) => (part.isStringLiteral() || part.isNumberLiteral() ? [String(part.value)] : []))
      .sort()
    const of = takes.includes('object') ? parts.find((part) => isObject(checker, part)) : undefined
    const name = of?.symbol.name
    if (of !== undefined && name !== undefined) objects[name] ??= of.getProperties().map(describe)
    const entry = parts.map((part) => part.getStringIndexType()).find((found) => found !== undefined)
    const isRequired = (property.flags & ts.SymbolFlags.Optional) === 0
    const tag = property.getJsDocTags(checker).find(({ name: tagName }) => tagName === 'defaultValue')
    const defaultValue = isRequired ? undefined : tag && plain(paragraphOf(tag.text))
    const declaration = property.declarations?.[0]?.parent
    return {
      name: property.name,
      takes,
      ...(words.length > 0 && { words }),
      ...(name !== undefined && { of: name }),
      ...(entry !== undefined && { entries: takenBy(checker, entry.isUnion() ? entry.types : [entry]) }),
      ...(isRequired && { isRequired }),
      ...(defaultValue !== undefined && { defaultValue }),
      says: plain(sentenceOf(paragraphOf(property.getDocumentationComment(checker)))),
      declaredIn: declaration && ts.isInterfaceDeclaration(declaration) ? declaration.name.text : undefined,
    }
  }

  const checks: Record<string, DeclaredKind> = {}
  for (const path of paths) {
    const file = program.getSourceFile(path)
    const module = file && checker.getSymbolAtLocation(file)
    for (const offered of module === undefined ? [] : checker.getExportsOfModule(module)) {
      const check = offered.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(offered) : offered
      const declaration = check.declarations?.find(ts.isFunctionDeclaration)
      if (declaration === undefined || !/[a-z0-9]Check$/.test(check.name)) continue
      const given = declaration.parameters.find(({ name }) => name.getText() === 'options')
      const type = given && checker.getNonNullableType(checker.getTypeAtLocation(given))
      checks[check.name] = {
        says: plain(sentenceOf(paragraphOf(check.getDocumentationComment(checker)))),
        options: type?.getProperties().map(describe) ?? [],
      }
    }
  }
  return { checks, objects }
}

/** The first paragraph, on one line. */
const paragraphOf = (parts: ts.SymbolDisplayPart[] | undefined): string =>
  ts
    .displayPartsToString(parts)
    .split(/\n\s*\n/, 1)
    .join('')
    .replace(/\s*\n\s*/g, ' ')
    .trim()

/** What parts of a type take, but for what only code can give where there is anything else. */
function takenBy(checker: ts.TypeChecker, parts: readonly ts.Type[]): readonly Taken[] {
  const all = [...new Set(parts.flatMap((part) => taken(checker, part)))]
  const typed = all.filter((one) => one !== 'code')
  return typed.length > 0 ? typed : all
}

function taken(checker: ts.TypeChecker, type: ts.Type): readonly Taken[] {
  const is = (flags: ts.TypeFlags): boolean => (type.flags & flags) !== 0
  if (is(ts.TypeFlags.Undefined)) return []
  if (is(ts.TypeFlags.BooleanLike)) return ['flag']
  if (is(ts.TypeFlags.NumberLike)) return ['number']
  if (is(ts.TypeFlags.StringLike)) return ['text']
  if (checker.isArrayType(type)) {
    const [entry] = checker.getTypeArguments(type as ts.TypeReference)
    const [first] = entry === undefined ? [] : takenBy(checker, entry.isUnion() ? entry.types : [entry])
    if (first === 'number') return ['numbers']
    if (first === 'text') return ['texts']
    return first === 'code' ? ['code'] : ['json']
  }
  if (type.getStringIndexType() !== undefined) return ['record']
  if (type.symbol.name === 'RegExp') return ['pattern']
  return isObject(checker, type) ? ['object'] : ['code']
}

/** Whether it is an object that can be written: a call or a method cannot. */
const isObject = (checker: ts.TypeChecker, type: ts.Type): boolean =>
  (type.flags & ts.TypeFlags.Object) !== 0 &&
  !checker.isArrayType(type) &&
  type.getCallSignatures().length === 0 &&
  type.getStringIndexType() === undefined &&
  !type.getProperties().some((property) => (property.flags & ts.SymbolFlags.Method) !== 0)

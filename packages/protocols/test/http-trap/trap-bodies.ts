import fc from 'fast-check'

/** A document, with each number as it is written and each name as often as it comes. */
export type Written =
  | { readonly kind: 'scalar'; readonly text: string }
  | { readonly kind: 'list'; readonly elements: readonly Written[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Written])[] }

const name = fc.oneof(
  fc.stringMatching(/^[a-c][a-z0-9]{0,8}$/),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'é',
    '名前',
    '1',
    '10',
    'a"b',
    'a\\u0041',
    '_',
    '_v',
  ),
)
const digits = fc.oneof(fc.nat({ max: 99 }).map(String), fc.bigInt({ min: 0n, max: 10n ** 25n }).map(String))
const number = fc
  .tuple(
    fc.constantFrom('', '-'),
    digits,
    fc.constantFrom('', '', '.5', '.125', '.10'),
    fc.constantFrom('', '', 'e3', 'E-2', 'e+0'),
  )
  .map((parts) => parts.join(''))
const scalar = fc.oneof(number, fc.constantFrom('true', 'false', 'null', '"up"', '"12"', '"007"'))

const { document } = fc.letrec<{ document: Written; written: Written }>((tie) => ({
  written: fc.oneof(
    { depthSize: 'small' },
    scalar.map((text) => ({ kind: 'scalar' as const, text })),
    fc.array(tie('written'), { maxLength: 4 }).map((elements) => ({ kind: 'list' as const, elements })),
    tie('document'),
  ),
  document: fc
    .array(fc.tuple(name, tie('written')), { maxLength: 5 })
    .map((members) => ({ kind: 'object' as const, members })),
}))

/** Bodies of several documents. */
export const documents: fc.Arbitrary<readonly Written[]> = fc.array(document, { minLength: 1, maxLength: 3 })

/** As JSON, with something between its tokens. */
export function written(one: Written, space: string): string {
  if (one.kind === 'scalar') return one.text
  const between = `${space},${space}`
  if (one.kind === 'list')
    return `[${space}${one.elements.map((each) => written(each, space)).join(between)}]`
  const members = one.members.map(([key, value]) => `${JSON.stringify(key)}${space}:${written(value, space)}`)
  return `{${members.join(between)}${space}}`
}

/** What a trap makes of a document, by a plain walk: `path=value` with all digits. */
export function flattened(one: Written, path = ''): readonly string[] {
  const inner = (key: string): string => (path === '' ? key : `${path}\`${key}`)
  if (one.kind === 'list') return one.elements.flatMap((each, index) => flattened(each, inner(String(index))))
  if (one.kind === 'object') return one.members.flatMap(([key, value]) => flattened(value, inner(key)))
  const value = JSON.parse(one.text) as number | string | boolean | null
  if (value === null) return []
  if (one.text === '"12"') return [`${path}=12`]
  if (typeof value === 'boolean') return [`${path}=${value ? 1 : 0}`]
  const isLong = typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER
  return [`${path}=${isLong && /^-?\d+$/.test(one.text) ? one.text : String(value)}`]
}

/** Bodies that use all of the grammar, to be spoilt. */
export const grammar: readonly string[] = [
  '{"a":1,"b":{"c":-2.5e3,"d":[1,true,null,"x",{"e":"1.5"}]},"é":"\\u00e9","a":2}{"f":3} [4]',
  '{"a":{"_type":"L","_value":"18446744073709551614","_ts":1700000000000,"_tags":["x:1","y:b\\"eQ==\\""],"_fl":"+"}}',
  '{"h":{"_type":"h","_value":["H[4]=120",3,2,1,"AAQKAAABFAAAAR4AAAEoAAB4"]},"H":{"_type":"H","_value":"AAA="}}',
  '{"m":{"_type":"n","_value":[1,"2",null,0.5],"_value":7,"_fl":"~","b":{"_value":true,"_type":"s"}},"__proto__":{"constructor":1}}',
]

import described from './described-options.json' with { type: 'json' }

/** What an option can be: `json` is a list of objects, `code` what no word can give, such as a function. */
export type Taken =
  'flag' | 'number' | 'text' | 'pattern' | 'numbers' | 'texts' | 'record' | 'object' | 'json' | 'code'

/** An option, as its comment and its type in the code describe it. */
export interface DescribedOption {
  /** As it is called in code. */
  readonly name: string
  /** All that it may be; nothing where it has no value. */
  readonly takes: readonly Taken[]
  /** The values that there are, where it is one of them. */
  readonly words?: readonly string[]
  /** Of an object its interface. */
  readonly of?: string
  /** Of a record what each of its entries may be. */
  readonly entries?: readonly Taken[]
  readonly isRequired?: boolean
  readonly defaultValue?: string
  /** One sentence. */
  readonly says: string
}

/** A check and its options. */
export interface DescribedKind {
  /** One sentence. */
  readonly says: string
  readonly options: readonly DescribedOption[]
}

/** Checks by their names, and the options that are objects by their interfaces. */
export interface DescribedOptions {
  readonly checks: Readonly<Record<string, DescribedKind>>
  readonly objects: Readonly<Record<string, readonly DescribedOption[]>>
}

const { checks, objects } = described as DescribedOptions

/** What a kind of check is and takes, of what words can give. Written by `node tools/tables.mjs` from the code of the check. */
export function describedKind(word: string): DescribedKind {
  const { says, options } = checks[word] ?? { says: '', options: [] }
  return { says, options: options.filter(({ takes }) => !takes.includes('code')) }
}

/** The options of an object. */
export const describedFields = ({ of }: DescribedOption): readonly DescribedOption[] =>
  (of === undefined ? undefined : objects[of]) ?? []

/** The options of the command itself. */
export const commandOptions: readonly DescribedOption[] = [
  {
    name: 'timeoutMs',
    takes: ['number'],
    defaultValue: '10000',
    says: 'How long to wait for the check, ms.',
  },
  { name: 'json', takes: [], says: 'Prints the whole result as one line of JSON.' },
  { name: 'help', takes: [], says: 'Prints what there is; behind a kind of check, all of that kind.' },
]

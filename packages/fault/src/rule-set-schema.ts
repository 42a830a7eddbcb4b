/** The part of JSON Schema that {@link ruleSetSchema} uses; keywords mean what they mean there. */
export interface JsonSchema {
  /** The dialect; only at the root. */
  readonly $schema?: string
  /** A name; only at the root. */
  readonly title?: string
  /** What is allowed here, as it follows "must be". */
  readonly description: string
  /** What kind of value. */
  readonly type?: 'object' | 'array' | 'string' | 'number' | readonly ['number', 'string']
  /** The fields of an object. */
  readonly properties?: Readonly<Record<string, JsonSchema>>
  /** The fields that must be there. */
  readonly required?: readonly string[]
  /** No other fields. */
  readonly additionalProperties?: false
  /** Fewest fields. */
  readonly minProperties?: number
  /** Most fields. */
  readonly maxProperties?: number
  /** Each item of an array. */
  readonly items?: JsonSchema
  /** Fewest items. */
  readonly minItems?: number
  /** Most items. */
  readonly maxItems?: number
  /** The only values. */
  readonly enum?: readonly (string | number | boolean)[]
  /** A regular expression that finds a match in the text. */
  readonly pattern?: string
  /** Fewest characters. */
  readonly minLength?: number
  /** Most characters. */
  readonly maxLength?: number
}

const text = (description: string, maxLength: number, minLength = 1): JsonSchema => ({
  type: 'string',
  minLength,
  maxLength,
  description: `${description} of ${minLength} to ${maxLength} characters`,
})

const number: JsonSchema = { type: 'number', description: 'a finite number' }

const scalar: JsonSchema = {
  type: ['number', 'string'],
  maxLength: 1024,
  description: 'a finite number or a text of at most 1024 characters',
}

const duration: JsonSchema = {
  type: 'string',
  pattern: '^(?!0+[a-z])[0-9]{1,12}(ms|s|m|h|d)$',
  description: 'a duration above 0 such as "250ms", "30s", "5m", "1h" or "1d"',
}

const criterion: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  properties: {
    above: number,
    below: number,
    equals: scalar,
    notEquals: scalar,
    matches: text('a regular expression', 1024),
    notMatches: text('a regular expression', 1024),
    contains: text('a text', 1024),
    notContains: text('a text', 1024),
    changed: { enum: [true], description: 'true' },
    absentFor: duration,
  },
  description:
    'an object with exactly one of above, below, equals, notEquals, matches, notMatches, contains, notContains, changed, absentFor',
}

const rule: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['when', 'severity'],
  properties: {
    when: criterion,
    severity: { enum: [1, 2, 3, 4, 5], description: 'a severity from 1, the worst, to 5' },
  },
  description: 'an object with when and severity',
}

const window: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['function', 'duration'],
  properties: {
    function: { enum: ['average'], description: '"average"' },
    duration,
    minFill: {
      type: 'string',
      pattern: '^[0-9]{1,12}(ms|s|m|h|d)$',
      description: 'a duration such as "30s" or "5m"',
    },
  },
  description: 'an object with function, duration and perhaps minFill',
}

const ruleSet: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'select', 'rules'],
  properties: {
    id: {
      type: 'string',
      pattern: '^[^|\\u0000-\\u001f\\u007f]{1,128}$',
      description: 'a text of 1 to 128 characters without | and control characters',
    },
    name: text('a text', 256),
    select: text('a tag query', 16_384),
    window,
    rules: {
      type: 'array',
      minItems: 1,
      maxItems: 100,
      items: rule,
      description: 'an array of 1 to 100 rules',
    },
    notes: text('a text', 4096, 0),
    link: text('a text', 2048),
  },
  description: 'an object with id, select and rules, and perhaps name, window, notes, link',
}

/**
 * JSON Schema (draft 2020-12) of what {@link parseRuleSets} takes, for editors and forms. It tells the shape; that
 * regular expressions and tag queries are well formed, ids unique and all rules reachable, only `parseRuleSets` checks.
 */
export const ruleSetSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Tocsin rule sets',
  type: 'array',
  maxItems: 10_000,
  items: ruleSet,
  description: 'an array of at most 10000 rule sets',
}

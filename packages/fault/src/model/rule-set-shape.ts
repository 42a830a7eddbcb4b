import { parseDuration } from '@tocsin/core'
import {
  duration,
  either,
  Flaw,
  type JsonSchema,
  list,
  number,
  object,
  oneField,
  oneOf,
  optional,
  refine,
  schemaOf,
  type Shape,
  tagQuery,
  text,
  unique,
} from '@tocsin/core/shape'

import type { Criterion, Rule, RuleSet, RuleWindow, Severity } from './rule-set.ts'

/** A severity. */
export const severityShape: Shape<Severity> = oneOf([1, 2, 3, 4, 5], 'a severity from 1, the worst, to 5')

/** A number or a text that samples are compared with. */
export const scalarShape: Shape<number | string> = either(
  number(),
  text(0, 1024),
  'a finite number or a text of at most 1024 characters',
)

const expression = refine(text(1, 1024, 'a regular expression of 1 to 1024 characters'), (value) => {
  try {
    new RegExp(value, 'u')
    return undefined
  } catch (error) {
    return new Flaw('', `must be a regular expression: ${(error as Error).message}`)
  }
})
const part = text(1, 1024)

/** A criterion. */
export const criterionShape: Shape<Criterion> = oneField({
  above: number(),
  below: number(),
  equals: scalarShape,
  notEquals: scalarShape,
  matches: expression,
  notMatches: expression,
  contains: part,
  notContains: part,
  changed: oneOf([true]),
  absentFor: duration('above 0'),
})

const rule: Shape<Rule> = object({ when: criterionShape, severity: severityShape })

const windowFields: Shape<RuleWindow> = object({
  function: oneOf(['average']),
  duration: duration('above 0'),
  minFill: optional(duration()),
})
const window = refine(windowFields, ({ duration: width, minFill = '0s' }) =>
  Number(parseDuration(minFill)) <= Number(parseDuration(width))
    ? undefined
    : new Flaw('.minFill', `must be at most the duration ${width}, got ${minFill}`),
)

const ruleSet: Shape<RuleSet> = object({
  id: text(
    1,
    128,
    'a text of 1 to 128 characters without | and control characters',
    '^[^|\\u0000-\\u001f\\u007f]*$',
  ),
  name: optional(text(1, 256)),
  select: tagQuery,
  window: optional(window),
  rules: list(rule, 1, 100, 'an array of 1 to 100 rules'),
  notes: optional(text(0, 4096)),
  link: optional(text(1, 2048)),
})

/** Rule sets, each by itself and beside the others. */
export const ruleSetsShape: Shape<readonly RuleSet[]> = unique(
  list(ruleSet, 0, 10_000, 'an array of at most 10000 rule sets'),
  'id',
)

/**
 * JSON Schema (draft 2020-12) of what {@link parseRuleSets} takes, for editors and forms. It tells the shape; that
 * regular expressions and tag queries are well formed, ids unique and all rules reachable, only `parseRuleSets` checks.
 */
export const ruleSetSchema: JsonSchema = schemaOf(ruleSetsShape, 'Tocsin rule sets')

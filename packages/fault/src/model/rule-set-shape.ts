import {
  duration,
  type Fields,
  Flaw,
  found,
  type JsonSchema,
  list,
  mapOf,
  object,
  oneOf,
  optional,
  refine,
  schemaOf,
  type Shape,
  tagQuery,
  text,
} from '@tocsin/core/shape'

import { conditionShape } from './condition-shape.ts'
import { infoShape } from './info-shape.ts'
import type { Rule, RuleMute, RuleSet, Severity } from './rule-set.ts'
import { timeWindowShape } from './time-window-shape.ts'

/** A severity. */
export const severityShape: Shape<Severity> = oneOf([1, 2, 3, 4, 5], 'a severity from 1, the worst, to 5')

/** A list that says nothing twice. */
const once = <T extends string | number>(items: Shape<readonly T[]>): Shape<readonly T[]> =>
  refine(items, (list) => {
    const index = list.findIndex((item, at) => list.indexOf(item) < at)
    return index < 0 ? undefined : new Flaw(`[${index}]`, `must be unique, got ${found(list[index])} again`)
  })

/** The fields of a rule. */
export const ruleFields: Fields<Rule> = {
  severity: severityShape,
  when: conditionShape,
  for: optional(duration()),
  clear: optional(conditionShape),
  keep: optional(duration()),
  wait: optional(duration()),
}

const mute: Shape<RuleMute> = object({
  when: object({ during: timeWindowShape }),
  severities: optional(once(list(severityShape, 1, 5, 'an array of 1 to 5 severities'))),
})

const tag = refine(text(1, 256, 'a tag, 1 to 256 characters'), (name) =>
  name === '__name' ? new Flaw('', 'must be a tag, and __name is the name of the metric') : undefined,
)
const group = mapOf(
  tag,
  text(0, 1024, 'a text of at most 1024 characters'),
  16,
  'an object of tags and their values',
)

/** The fields of a rule set. */
export const ruleSetFields: Fields<RuleSet> = {
  id: text(
    1,
    128,
    'a text of 1 to 128 characters without | and control characters',
    '^[^|\\u0000-\\u001f\\u007f]*$',
  ),
  name: optional(text(1, 256)),
  select: tagQuery,
  by: optional(once(list(tag, 1, 16, 'an array of 1 to 16 tags'))),
  combine: optional(oneOf(['sum', 'min', 'max', 'average'])),
  expect: optional(list(group, 1, 10_000, 'an array of 1 to 10000 groups')),
  rules: list(object<Rule>(ruleFields), 1, 100, 'an array of 1 to 100 rules'),
  decide: optional(oneOf(['first', 'worst'])),
  unknown: optional(oneOf(['hold', 'clear', 'fire'])),
  forgetAfter: optional(duration('above 0')),
  mute: optional(list(mute, 1, 100, 'an array of 1 to 100 mutes')),
  notes: optional(text(0, 4096)),
  link: optional(text(1, 2048)),
  info: optional(infoShape),
}

/** A rule set by itself: its fields, not yet what they mean together. */
export const ruleSetShape: Shape<RuleSet> = object(ruleSetFields)

/** Most rule sets of a document. */
export const maxRuleSets = 10_000

/**
 * JSON Schema (draft 2020-12) of what {@link parseRuleSets} takes, for editors and forms. It tells the shape; that
 * regular expressions, tag queries and zones are good, ids unique, and that the parts of a rule set fit each other, only
 * `parseRuleSets` checks.
 */
export const ruleSetSchema: JsonSchema = schemaOf(
  list(ruleSetShape, 0, maxRuleSets, `an array of at most ${maxRuleSets} rule sets`),
  'Tocsin rule sets',
  conditionShape.definition,
)

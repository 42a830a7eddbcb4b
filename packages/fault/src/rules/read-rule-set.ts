import { check, type Fields, Flaw, object, read } from '@tocsin/core/shape'

import type { RuleSet } from '../model/rule-set.ts'
import { ruleFields, ruleSetFields, ruleSetShape } from '../model/rule-set-shape.ts'
import { modernForm, oldWindowField, type WrittenRuleSet, writtenRuleSetShape } from './modern-form.ts'
import { findFlaws } from './rule-set-flaws.ts'

/** A rule set of unknown origin in today's form, or the first that is wrong with it. Paths begin at the rule set. */
export function readRuleSet(json: unknown): RuleSet | Flaw {
  const written = read(writtenRuleSetShape, json, '')
  if (written instanceof Flaw) return written
  const ruleSet = modernForm(written)
  const flaw = written.window === undefined ? undefined : check(ruleSetShape, ruleSet, '')
  if (flaw !== undefined) return flaw
  for (const flaw of findFlaws(ruleSet)) return flaw
  return ruleSet
}

/** All that is wrong with a rule set, as far as its parts can be read without each other. */
export function findAllFlaws(json: unknown): readonly Flaw[] {
  const written = read(writtenRuleSetShape, json, '')
  if (written instanceof Flaw) return flawsOr(written, () => findFlawsOfSet(json))
  const ruleSet = modernForm(written)
  if (written.window !== undefined) {
    const first = check(ruleSetShape, ruleSet, '')
    if (first !== undefined) return flawsOr(first, () => findFlawsOfSet(ruleSet))
  }
  return [...findFlaws(ruleSet)]
}

/** Values may be programs: where taking them apart fails, there is still what was found first. */
function flawsOr(first: Flaw, find: () => readonly Flaw[]): readonly Flaw[] {
  try {
    const flaws = find()
    return flaws.length === 0 ? [first] : flaws
  } catch {
    return [first]
  }
}

function findFlawsOfSet(json: unknown): readonly Flaw[] {
  return findFlawsOfFields<WrittenRuleSet>(
    { ...ruleSetFields, window: oldWindowField },
    json,
    (name, value) =>
      name === 'rules' && Array.isArray(value) && value.length > 0 && value.length <= maxRules
        ? Array.from(value as readonly unknown[]).flatMap((rule, index) =>
            findFlawsOfFields(ruleFields, rule).map((flaw) => flaw.under(`.rules[${index}]`)),
          )
        : undefined,
  )
}

const maxRules = 100

/** The first flaw of each field, or all of those that are taken apart by `inside`. */
function findFlawsOfFields<T extends object>(
  fields: Fields<T>,
  json: unknown,
  inside?: (name: string, value: unknown) => readonly Flaw[] | undefined,
): readonly Flaw[] {
  const whole = object<T>(fields)
  const first = check(whole, json, '')
  if (first === undefined || first.path === '') return first === undefined ? [] : [first]
  const value = json as Readonly<Record<string, unknown>>
  const flaws: (Flaw | undefined)[] = Object.keys(value)
    .filter((name) => !Object.hasOwn(fields, name))
    .map((name) => check(whole, Object.fromEntries([[name, value[name]]]), ''))
  for (const [name, field] of Object.entries(fields)) {
    const flawsInside = Object.hasOwn(value, name) ? inside?.(name, value[name]) : undefined
    if (flawsInside !== undefined) flaws.push(...flawsInside)
    else flaws.push(check(object<object>({ [name]: field as never }, { open: true }), value, ''))
  }
  return flaws.filter((flaw) => flaw !== undefined)
}

import { type Checks, flag, optional, resolveOptions, text } from '@tocsin/core'

import { badOption } from '../errors.ts'
import type { FilterRule } from './engine/filter-rules.ts'

/** What {@link alignakRules} put in front of a name. */
export interface AlignakRulesOptions {
  /**
   * The prefix of the destination, as `monitoring.alignak`.
   * @defaultValue none
   */
  readonly prefix?: string | undefined
  /**
   * Whether names have the realm, with those that it is part of, from the tag `realm`: `All.Europe`.
   * @defaultValue true
   */
  readonly realms?: boolean | undefined
}

const checks: Checks<AlignakRulesOptions> = { prefix: optional(text()), realms: flag }

/**
 * Rules of {@link filterSamples} that name series as Alignak's backend names them in Graphite: `prefix.realm.host.service.metric`, without a
 * service `prefix.realm.host.metric`, and no tags. What is called so has the tag `host`, and perhaps `realm` and `service`; what has none
 * goes on as it is, and further rules can be put before or behind these. With `alignakLabel` of `/nagios` names are the ones that its files
 * have already: dots in hosts and services make folders, as they do there.
 *
 * Errors: wrong options throw `PROTOCOL_BAD_OPTION`.
 *
 * @example
 * ```ts
 * import { alignakRules, filterSamples } from '@tocsin/protocols/operators'
 * import { alignakLabel, parsePerfdata, perfdataSamples } from '@tocsin/protocols/nagios'
 * import { from } from 'rxjs'
 *
 * const { samples } = perfdataSamples(parsePerfdata('/var=81%;80').items, {
 *   time: 1_700_000_000_000,
 *   tags: { realm: 'All.Europe', host: 'web1', service: 'disk' },
 *   label: alignakLabel,
 * })
 * from(samples)
 *   .pipe(filterSamples(alignakRules({ prefix: 'alignak' })))
 *   .subscribe(({ series }) => console.log(series.key)) // => alignak.All.Europe.web1.disk._var
 * // => alignak.All.Europe.web1.disk._var_warning
 * ```
 */
export function alignakRules(options: AlignakRulesOptions = {}): readonly FilterRule[] {
  const { prefix, realms } = resolveOptions<AlignakRulesOptions>(
    { prefix: undefined, realms: true },
    options,
    checks,
    badOption,
  )
  // What is in braces would be filled in.
  if (prefix !== undefined && /[{}]/.test(prefix)) throw badOption('option "prefix" has no braces')
  const rule = (required: readonly string[]): FilterRule => {
    const parts = [...required.map((category) => `{${category}}`), '{__name}']
    return {
      allow: `and(${required.map((category) => `${category}:/./`).join(',')})`,
      rename: prefix === undefined ? parts.join('.') : [prefix, ...parts].join('.'),
      keepTags: [],
    }
  }
  return [
    ...(realms === true ? [rule(['realm', 'host', 'service']), rule(['realm', 'host'])] : []),
    rule(['host', 'service']),
    rule(['host']),
  ]
}

import { buildSeries, compileTagQuery, parseTagQuery, type Series, type Tags } from '@tocsin/core'
import { byField, list, mapOf, object, optional, type Shape, tagQuery, text } from '@tocsin/core/shape'

/** What a rule makes of the series that it takes. */
export interface SeriesChange {
  /**
   * The new name. `{__name}` stands for the old one, `{host}` for the value of the tag `host`, which is nothing where there is none.
   * @defaultValue the name stays
   */
  readonly rename?: string
  /**
   * Which tags stay, by their category; the others go, after the new name was made of them.
   * @defaultValue all
   */
  readonly keepTags?: readonly string[]
  /**
   * Tags to add; they take the place of those of the same category.
   * @defaultValue none
   */
  readonly addTags?: Tags
}

/** Lets the series of a tag query through, changed where it says so; no later rule is asked. */
export interface AllowRule extends SeriesChange {
  /** A tag query, as `and(__name:cpu.*,host:web-*)` or `*`; expressions run in linear time. */
  readonly allow: string
}

/** Holds the series of a tag query back; no later rule is asked. */
export interface DenyRule {
  /** A tag query, as of {@link AllowRule}. */
  readonly deny: string
}

/** Changes the series of a tag query; the rules behind it see it changed, and decide. */
export interface ChangeRule extends SeriesChange {
  /** A tag query, as of {@link AllowRule}. */
  readonly change: string
}

/** One rule of `filterSamples`: plain data. */
export type FilterRule = AllowRule | DenyRule | ChangeRule

const changes = {
  rename: optional(
    text(
      1,
      1024,
      'a name in which {__name} and {category} stand for what they name',
      '^([^{}]|\\{[^{}]+\\})+$',
    ),
  ),
  keepTags: optional(list(text(1, 254), 0, 256)),
  addTags: optional(mapOf(text(1, 254), text(0, 255), 256, 'an object of tags')),
}

/** What rules look like. */
export const filterRulesShape: Shape<readonly FilterRule[]> = list(
  byField<Readonly<{ allow: FilterRule; deny: FilterRule; change: FilterRule }>>({
    allow: object<AllowRule>({ allow: tagQuery, ...changes }) as Shape<unknown> as Shape<FilterRule>,
    deny: object<DenyRule>({ deny: tagQuery }) as Shape<unknown> as Shape<FilterRule>,
    change: object<ChangeRule>({ change: tagQuery, ...changes }) as Shape<unknown> as Shape<FilterRule>,
  }),
  0,
  1000,
)

/** What becomes of a series: the series that it is now, nothing where it is held back, or why it cannot be what a rule makes of it. */
export type Verdict = { readonly series: Series } | { readonly why: string } | undefined

/** The rules as one function of the series; where none of them decides, `otherwise` does. */
export function compileFilter(
  rules: readonly FilterRule[],
  otherwise: 'allow' | 'deny',
): (series: Series) => Verdict {
  const steps = rules.map((rule) => {
    const [decides, query] =
      'deny' in rule
        ? ['deny', rule.deny]
        : 'allow' in rule
          ? ['allow', rule.allow]
          : [undefined, rule.change]
    const { rename, keepTags, addTags } = 'deny' in rule ? ({} as SeriesChange) : rule
    const isChange = rename !== undefined || keepTags !== undefined || addTags !== undefined
    return { selects: selector(query), decides, change: isChange ? { rename, keepTags, addTags } : undefined }
  })
  return (series) => {
    let current = series
    for (const { selects, decides, change } of steps) {
      if (!selects(current)) continue
      if (decides === 'deny') return undefined
      if (change !== undefined) {
        const built = buildSeries(
          change.rename === undefined ? current.metric : fill(change.rename, current),
          { ...kept(current.tags, change.keepTags), ...change.addTags },
        )
        if (!built.ok) return { why: built.message }
        current = built.value
      }
      if (decides === 'allow') return { series: current }
    }
    return otherwise === 'allow' ? { series: current } : undefined
  }
}

const kept = (tags: Tags, keepTags: readonly string[] | undefined): Tags =>
  keepTags === undefined
    ? tags
    : Object.fromEntries(Object.entries(tags).filter(([category]) => keepTags.includes(category)))

function selector(query: string): (series: Series) => boolean {
  const parsed = parseTagQuery(query)
  // The shape has refused what is none.
  return parsed.ok ? compileTagQuery(parsed.value) : () => false
}

const fill = (template: string, { metric, tags }: Series): string =>
  template.replace(/\{([^{}]+)\}/g, (_, name: string) =>
    name === '__name' ? metric : Object.hasOwn(tags, name) ? (tags[name] ?? '') : '',
  )

import { maxSeriesKeyLength, seriesOfPairs, type Parsed, type Series } from '@tocsin/core'

/** Whose value it is, as collectd names it. */
export interface CollectdIdentity {
  readonly host: string
  readonly plugin: string
  readonly pluginInstance: string
  readonly type: string
  readonly typeInstance: string
}

/** Longest host, plugin, type or instance, bytes: with its category it fits a tag. collectd itself writes at most 127. */
export const maxFieldBytes = 240

/** The series of a value: metric `plugin.type.suffix`, with tags `host`, `plugin_instance` and `type_instance`; what is empty is left out. */
export function collectdSeries(
  { host, plugin, pluginInstance, type, typeInstance }: CollectdIdentity,
  suffix: string,
): Parsed<Series> {
  const metric = [plugin, type, suffix].filter((word) => word !== '').join('.')
  const tags = [
    ['host', host],
    ['plugin_instance', pluginInstance],
    ['type_instance', typeInstance],
  ] as const
  return seriesOfPairs(
    metric,
    tags.filter(([, text]) => text !== ''),
  )
}

/** What a series takes beside its name, bytes, and in how many of its parts the name is. */
const bytesPerSeries = 400
const copiesOfName = 4

/** The series of a value list that is JSON, by its members. */
export type FindCollectdSeries = (texts: ReadonlyMap<string, string>, suffix: string) => Parsed<Series>

/** Remembers series by their names, up to so many bytes. */
export function createTextSeries(maxNameBytes: number): FindCollectdSeries {
  const cache = new Map<string, Parsed<Series>>()
  let bytes = 0
  return (texts, suffix) => {
    const host = texts.get('host') ?? ''
    const plugin = texts.get('plugin') ?? ''
    const pluginInstance = texts.get('plugin_instance') ?? ''
    const type = texts.get('type') ?? ''
    const typeInstance = texts.get('type_instance') ?? ''
    const key = `${host}\0${plugin}\0${pluginInstance}\0${type}\0${typeInstance}\0${suffix}`
    const known = cache.get(key)
    if (known !== undefined) return known
    if (key.length > maxSeriesKeyLength)
      return {
        ok: false,
        reason: 'name-too-long',
        offset: 0,
        message: 'these names are too long for a series',
      }
    const built = collectdSeries({ host, plugin, pluginInstance, type, typeInstance }, suffix)
    if (!built.ok) return built
    bytes += bytesPerSeries + copiesOfName * key.length
    if (bytes > maxNameBytes) {
      cache.clear()
      bytes = 0
    }
    cache.set(key, built)
    return built
  }
}

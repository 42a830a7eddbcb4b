import type { Check as OptionCheck } from '@tocsin/core'

/** An object, and what its value is. */
export interface SnmpObject {
  /** Its number, as `1.3.6.1.2.1.1.3.0`. */
  readonly oid: string
  /**
   * What to take its value for; many agents tell numbers as texts.
   * @defaultValue by its type: counters are counters, other numbers gauges, the rest texts
   */
  readonly kind?: 'gauge' | 'counter' | 'text' | undefined
}

/** Objects by the names of their metrics. */
export type SnmpObjects = Readonly<Record<string, string | SnmpObject>>

/** An object by the name of its metric. */
export interface NamedObject extends SnmpObject {
  readonly name: string
}

const kinds: readonly unknown[] = [undefined, 'gauge', 'counter', 'text']

/** What objects may be. */
export const areSnmpObjects: OptionCheck = (value) =>
  typeof value === 'object' && value !== null && Object.values(value).every(isObject)
    ? undefined
    : 'numbers of objects, such as "1.3.6.1.2.1.1.3.0", by the names of their metrics'

const isObject = (value: unknown): boolean => {
  const { oid, kind } = (typeof value === 'object' ? (value ?? {}) : { oid: value }) as Partial<SnmpObject>
  return typeof oid === 'string' && isOid(oid) && kinds.includes(kind)
}

const isOid = (oid: string): boolean =>
  /^\.?[0-2](\.\d{1,10}){1,127}$/.test(oid) && oid.split('.').every((part) => Number(part) < 2 ** 32)

/** Objects as a list, their numbers without a dot before them. */
export const namedObjects = (objects: SnmpObjects): readonly NamedObject[] =>
  Object.entries(objects).map(([name, object]) => {
    const { oid, kind } = typeof object === 'string' ? { oid: object, kind: undefined } : object
    return { name, oid: oid.replace(/^\./, ''), kind }
  })

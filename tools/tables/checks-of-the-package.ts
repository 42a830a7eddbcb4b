import * as checks from '../../packages/protocols/src/checks/index.ts'
import * as snmp from '../../packages/protocols/src/checks/snmp/index.ts'
import * as ssh from '../../packages/protocols/src/checks/ssh/index.ts'
import { type DeclaredOptions, declaredOptions } from './check-options.ts'

/** What the package gives by name, with the defaults of its checks. */
const offered: Readonly<Record<string, unknown>> = { ...checks, ...snmp, ...ssh }

const entries = ['index', 'snmp/index', 'ssh/index'].map((name) => `src/checks/${name}.ts`)

/** What a default can be. */
type Default = string | number | boolean | readonly string[]

/** The defaults of a check, where it has some. */
export function defaultsOf(check: string): Readonly<Record<string, Default | undefined>> {
  const name = `default${check[0]?.toUpperCase() ?? ''}${check.slice(1)}Options`
  return (offered[name] ?? {}) as Readonly<Record<string, Default | undefined>>
}

/** The options of all checks of the package; their ports are known by their defaults. */
export function describeChecks(root: string): DeclaredOptions {
  const { checks: declared, objects } = declaredOptions(root, entries)
  const withPorts = Object.entries(declared).map(([name, check]) => {
    const { port, tlsPort } = defaultsOf(name)
    const known = tlsPort === undefined ? String(port) : `${String(port)}, with \`tls\` ${String(tlsPort)}`
    const options = check.options.map((option) =>
      option.name === 'port' && option.defaultValue === 'that of the protocol'
        ? { ...option, defaultValue: known }
        : option,
    )
    return [name, { ...check, options }] as const
  })
  return { checks: Object.fromEntries(withPorts), objects }
}

import { check, Flaw, optional, read, text, variants } from '@tocsin/core/shape'
import type { Shape } from '@tocsin/core/shape'

import { maintenanceShape, maxPolicyEntries } from './policy.ts'
import type { Maintenance } from './policy.ts'
import { moment } from './signal.ts'

/** What people ask of the engine while it runs. Plain JSON. */
export type Command =
  | {
      /** "I know of it": nobody is told more of the alert, except of a worse severity and of its end. */
      readonly type: 'acknowledge'
      /** Id of the alert. */
      readonly alert: string
      /** Who. */
      readonly by: string
      /** When the acknowledgement ends by itself, ms since the Unix epoch. @defaultValue with the alert */
      readonly until?: number | undefined
      /** For people. */
      readonly notes?: string | undefined
    }
  | {
      /** Takes an acknowledgement back. */
      readonly type: 'unacknowledge'
      /** Id of the alert. */
      readonly alert: string
      /** Who. */
      readonly by: string
    }
  | {
      /** Sets a window of maintenance; one with the same id that was set by a command is replaced. */
      readonly type: 'maintenance'
      /** The window. */
      readonly maintenance: Maintenance
    }
  | {
      /** Ends a window that was set by a command. */
      readonly type: 'end-maintenance'
      /** Id of the window. */
      readonly id: string
    }

/** Most windows that commands may set at a time. */
export const maxMaintenance: number = maxPolicyEntries

const alert = text(1, 16_384)
const by = text(1, 256)

const commandShape: Shape<Command> = variants({
  acknowledge: { alert, by, until: optional(moment), notes: optional(text(0, 4096)) },
  unacknowledge: { alert, by },
  maintenance: { maintenance: maintenanceShape },
  'end-maintenance': { id: text(1, 256) },
})

/** What is wrong with a command, `undefined` when all is well. */
export const checkCommand = (value: unknown): string | undefined =>
  check(commandShape, value, 'command')?.message

/** A command of its own, or what is wrong with the value. */
export function copyCommand(value: unknown): Command | string {
  const command = read(commandShape, value, 'command')
  return command instanceof Flaw ? command.message : command
}

import { check, object, oneOf, optional, text, variants } from '@tocsin/core/shape'
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

type OfCommand<Type extends Command['type']> = Extract<Command, { readonly type: Type }>

const alert = text(1, 16_384)
const by = text(1, 256)

const acknowledge: Shape<OfCommand<'acknowledge'>> = object({
  type: oneOf(['acknowledge']),
  alert,
  by,
  until: optional(moment),
  notes: optional(text(0, 4096)),
})
const unacknowledge: Shape<OfCommand<'unacknowledge'>> = object({ type: oneOf(['unacknowledge']), alert, by })
const maintenance: Shape<OfCommand<'maintenance'>> = object({
  type: oneOf(['maintenance']),
  maintenance: maintenanceShape,
})
const endMaintenance: Shape<OfCommand<'end-maintenance'>> = object({
  type: oneOf(['end-maintenance']),
  id: text(1, 256),
})

const commandShape: Shape<Command> = variants({
  acknowledge,
  unacknowledge,
  maintenance,
  'end-maintenance': endMaintenance,
})

/** What is wrong with a command, `undefined` when all is well. */
export const checkCommand = (value: unknown): string | undefined =>
  check(commandShape, value, 'command')?.message

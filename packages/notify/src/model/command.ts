import { Flaw, oneOf, optional, read, readField, text, variants } from '@tocsin/core/shape'
import type { Written } from '@tocsin/core'
import type { Shape } from '@tocsin/core/shape'

import { maintenanceShape, maxPolicyEntries } from './policy.ts'
import type { Maintenance } from './policy.ts'
import { moment } from './signal.ts'

/** By what somebody knows the answer to his command among those to others. */
export interface Referenced {
  /** Whatever the asker likes, such as the id of his request; the answer has it as well. At most 256 characters. */
  readonly reference?: string | undefined
}

/** What people ask of the engine while it runs. Plain JSON. */
export type Command = Referenced &
  (
    | {
        /** "I know of it": nobody is told more of the alert, except of a worse severity and of its end. */
        readonly type: 'acknowledge'
        /** Id of the alert. */
        readonly alert: string
        /** Who. */
        readonly by: string
        /** When the acknowledgement ends by itself, ms since the Unix epoch; a time that has passed takes one back. @defaultValue with the alert */
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
        /** Ends an alert, as where its detector is gone: whoever was told of it is told of its end. */
        readonly type: 'clear'
        /** Id of the alert. */
        readonly alert: string
        /** Who. */
        readonly by: string
        /** For people. */
        readonly notes?: string | undefined
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
  )

/** A {@link Command} that was written down without its type, or came as JSON; checked where it is given. */
export type CommandInput = Written<Command>

/** Why a command cannot be followed. */
export type CommandRefuseReason =
  | 'malformed'
  | 'overflow'
  | 'unknown-alert'
  | 'not-acknowledged'
  | 'unknown-maintenance'
  | 'maintenance-in-policy'
  | 'too-many-maintenance'
  | 'already-over'

/** What is told of a command that cannot be followed; of a malformed one what it is, as far as that is known. */
export interface CommandRefusal extends Referenced {
  /** It changed nothing. */
  readonly type: 'command-refused'
  /** Why. */
  readonly reason: CommandRefuseReason
  /** Type of the command; absent where it has none that is known. */
  readonly command?: Command['type']
  /** Id of the alert or window that it names; absent where it names none that could be one. */
  readonly id?: string
  /** Of a malformed one what is wrong in it, such as `command.by`; at most 200 characters. */
  readonly path?: string
  /** The reason for people, in one sentence; at most 1000 characters, whatever the command was. */
  readonly text: string
}

/** Most windows that commands may set at a time. */
export const maxMaintenance: number = maxPolicyEntries

const alert = text(1, 16_384)
const by = text(1, 256)
const id = text(1, 256)
const referenceText = text(0, 256)
const reference = optional(referenceText)

const commandShape: Shape<Command> = variants({
  acknowledge: { alert, by, until: optional(moment), notes: optional(text(0, 4096)), reference },
  unacknowledge: { alert, by, reference },
  clear: { alert, by, notes: optional(text(0, 4096)), reference },
  maintenance: { maintenance: maintenanceShape, reference },
  'end-maintenance': { id, reference },
})

const typeShape: Shape<Command['type']> = oneOf([
  'acknowledge',
  'unacknowledge',
  'clear',
  'maintenance',
  'end-maintenance',
])

/** A command of its own, or why the value is none. */
export function readCommand(value: unknown): Command | CommandRefusal {
  const command = read(commandShape, value, 'command')
  return command instanceof Flaw ? malformed(value, command) : command
}

function malformed(value: unknown, { path, message }: Flaw): CommandRefusal {
  const command = readField(typeShape, value, 'type')
  const named =
    readField(alert, value, 'alert') ??
    readField(id, value, 'maintenance', 'id') ??
    readField(id, value, 'id')
  return {
    type: 'command-refused',
    reason: 'malformed',
    ...(command !== undefined && { command }),
    ...(named !== undefined && { id: named }),
    ...referenceOf({ reference: readField(referenceText, value, 'reference') }),
    path,
    text: message,
  }
}

/** Refuses a command that is one. */
export const refusal = (
  command: Command,
  reason: Exclude<CommandRefuseReason, 'malformed'>,
  text: string,
): CommandRefusal => ({
  type: 'command-refused',
  reason,
  command: command.type,
  id: namedBy(command),
  ...referenceOf(command),
  text,
})

/** The reference of a command, for its answer. */
export const referenceOf = ({ reference }: Referenced): Referenced =>
  reference === undefined ? {} : { reference }

/** Id of the alert or window that a command names. */
function namedBy(command: Command): string {
  if (command.type === 'maintenance') return command.maintenance.id
  return command.type === 'end-maintenance' ? command.id : command.alert
}

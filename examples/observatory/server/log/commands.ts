import { randomUUID } from 'node:crypto'

import type { CommandInput, NotifyEvent } from '@tocsin/notify'
import { Subject } from 'rxjs'
import type { Observable } from 'rxjs'

import type { FaultLog } from './fault-log.ts'
import type { Refusal } from '../wire.ts'

/** What an HTTP request is answered with. */
interface CommandAnswer {
  readonly status: number
  readonly body: Refusal | Readonly<Record<string, never>>
}

/** What people ask for. */
export interface Commands {
  /** For the option `commands` of the pipeline. */
  readonly given$: Observable<CommandInput>
  /** Takes whatever JSON came; resolves when it is decided, or refused. Never rejects. */
  do(json: unknown): Promise<CommandAnswer>
}

/** What commands are answered from. */
export interface CommandParts {
  /** What the pipeline emits, which has the answers. */
  readonly events: Observable<NotifyEvent>
  readonly log: Pick<FaultLog, 'faultOf'>
}

/** How long an answer is waited for, ms. */
const patienceMs = 10_000
/** Commands that may wait for their answer. */
const maxPending = 100

const types: ReadonlySet<unknown> = new Set([
  'acknowledge',
  'unacknowledge',
  'clear',
  'maintenance',
  'end-maintenance',
])

export function createCommands({ events, log }: CommandParts): Commands {
  const given = new Subject<CommandInput>()
  const pending = new Map<string, (answer: CommandAnswer) => void>()
  events.subscribe({
    next: (event) => {
      const reference = 'reference' in event ? event.reference : undefined
      if (reference !== undefined) pending.get(reference)?.(answerOf(event, log))
    },
    // The pipeline tells why itself; whoever waits hears that nothing answers.
    error: () => undefined,
  })

  const ask = (command: object): Promise<CommandAnswer> =>
    new Promise((resolve) => {
      const reference = randomUUID()
      const timer = setTimeout(() => done(unanswered), patienceMs)
      const done = (answer: CommandAnswer): void => {
        clearTimeout(timer)
        pending.delete(reference)
        resolve(answer)
      }
      pending.set(reference, done)
      // It is checked where it is decided on, whatever is in it.
      given.next({ ...command, reference } as CommandInput)
    })

  return {
    given$: given.asObservable(),
    do: async (json) => {
      const command = commandOf(json)
      if (command === undefined) return malformed
      if (!given.observed) return unheard
      return pending.size < maxPending ? ask(command) : tooMany
    },
  }
}

/** The command in the words of the pipeline; `undefined` where there is none of that type. */
function commandOf(json: unknown): object | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined
  const fields = json as { readonly [name: string]: unknown }
  const { type, select, from, to, notes } = fields
  if (!types.has(type)) return undefined
  if (type !== 'maintenance') return fields
  // The id is the server's, so that nobody replaces the window of somebody else.
  return {
    type,
    maintenance: { id: randomUUID(), select, from, to, ...(notes !== undefined && { notes }) },
  }
}

type CommandRefused = Extract<NotifyEvent, { readonly type: 'command-refused' }>

function answerOf(event: NotifyEvent, log: CommandParts['log']): CommandAnswer {
  return event.type === 'command-refused' ? refusalOf(event, log) : { status: 200, body: {} }
}

const refusals: Readonly<
  Record<Exclude<CommandRefused['reason'], 'malformed'>, { status: number; error: string }>
> = {
  overflow: { status: 503, error: 'Too much waits to be decided; try again in a moment.' },
  'unknown-alert': { status: 404, error: 'No fault that is open is known by that name.' },
  'not-acknowledged': { status: 409, error: 'The fault is not acknowledged.' },
  'unknown-maintenance': { status: 404, error: 'That maintenance is over, or there never was one.' },
  'maintenance-in-policy': {
    status: 409,
    error: 'That maintenance stands in the policy; no command ends it.',
  },
  'too-many-maintenance': { status: 409, error: 'There are too many windows of maintenance; end one first.' },
  'already-over': { status: 409, error: 'Its end is not in the future.' },
}

function refusalOf({ reason, id, path, text }: CommandRefused, log: CommandParts['log']): CommandAnswer {
  if (reason === 'malformed') {
    const offset = path?.endsWith('.select') === true ? /at character (\d+)$/.exec(text)?.[1] : undefined
    return {
      status: 400,
      body: {
        error: `The command cannot be read: ${text}.`,
        reason,
        ...(offset !== undefined && { offset: Number(offset) }),
      },
    }
  }
  const { status, error } = refusals[reason]
  const endedAt = reason === 'unknown-alert' ? log.faultOf(id ?? '')?.endedAt : undefined
  if (endedAt === undefined) return { status, body: { error, reason } }
  return { status, body: { error: 'The fault has ended.', reason, endedAt } }
}

const malformed: CommandAnswer = {
  status: 400,
  body: { error: `A command has one of the types ${[...types].join(', ')}.`, reason: 'malformed' },
}
const unheard: CommandAnswer = {
  status: 503,
  body: { error: 'Faults are not judged now, so that nothing can be asked.', reason: 'not-running' },
}
const tooMany: CommandAnswer = {
  status: 503,
  body: { error: 'Too many commands wait for an answer; try again in a moment.', reason: 'overflow' },
}
const unanswered: CommandAnswer = {
  status: 503,
  body: {
    error: `Nothing answered within ${patienceMs / 1000} s; it may still be done.`,
    reason: 'no-answer',
  },
}

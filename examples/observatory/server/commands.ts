import type { CommandInput, NotifyEvent } from '@tocsin/notify'
import type { Observable } from 'rxjs'

import type { FaultLog } from './fault-log.ts'
import type { Refusal } from './wire.ts'

/** What an HTTP request is answered with. */
export interface CommandAnswer {
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

export declare function createCommands(parts: CommandParts): Commands

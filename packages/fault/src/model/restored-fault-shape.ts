import {
  Flaw,
  integer,
  number,
  object,
  oneOf,
  optional,
  read,
  refine,
  seriesShape,
  type Shape,
  text,
} from '@tocsin/core/shape'

import { scalarShape } from './comparison-shape.ts'
import { conditionShape } from './condition-shape.ts'
import type { FaultChange, RestoredFault } from './fault-event.ts'
import { infoShape } from './info-shape.ts'
import type { Condition } from './rule-set.ts'
import { severityShape } from './rule-set-shape.ts'

const name = text(0, 65_536)

type StoredCause = RestoredFault['cause'] & { readonly criterion?: Condition }
type StoredFault = Omit<RestoredFault, 'cause'> & {
  readonly type?: Exclude<FaultChange['type'], 'cleared'>
  readonly cause: StoredCause
}

const cause: Shape<StoredCause> = object(
  {
    reason: text(0, 64),
    rule: integer(0),
    condition: optional(conditionShape),
    criterion: optional(conditionShape),
    threshold: optional(scalarShape),
    sampleTime: number(),
  },
  { open: true },
)

/** They come out of a store, so that it pays to look before something reads half an event. */
const storedFault: Shape<StoredFault> = refine(
  object<StoredFault>(
    {
      type: optional(oneOf(['opened', 'severity', 'reason'])),
      id: name,
      fault: name,
      ruleSet: name,
      series: seriesShape,
      severity: severityShape,
      openedAt: number(),
      time: number(),
      waitMs: optional(number(0)),
      info: optional(infoShape),
      cause,
    },
    { open: true },
  ),
  ({ id }) =>
    /\|\d{1,15}$/.test(id) ? undefined : new Flaw('.id', 'must end with | and the number of the event'),
)

/** Reads an open fault, the last event of it, from a store or an option; stores of earlier versions too. */
export function readOpenFault(value: unknown, path: string): RestoredFault | Flaw {
  const stored = read(storedFault, value, path)
  if (stored instanceof Flaw) return stored
  const { criterion, condition = criterion, ...facts } = stored.cause
  return { ...stored, cause: { ...facts, ...(condition !== undefined && { condition }) } }
}

import type { Plan } from './plan.ts'
import { type Shape, shapeOfSeries } from './shape.ts'

/** What a list of rule sets leads to: the layout of those so far, and where each further one leads. */
interface Branch {
  shape: Shape | undefined
  readonly further: Map<Plan, Branch>
}

const createBranch = (): Branch => ({ shape: undefined, further: new Map() })

/** The layouts of series: one for all that the same rule sets select. */
export class Shapes {
  #root = createBranch()
  /** How many there are. */
  size = 0

  /** The layout of series that these rule sets select; made where there is none. */
  of(plans: readonly Plan[], generation: number): Shape {
    let branch = this.#root
    for (const plan of plans) {
      let next = branch.further.get(plan)
      if (next === undefined) branch.further.set(plan, (next = createBranch()))
      branch = next
    }
    if (branch.shape === undefined) {
      branch.shape = shapeOfSeries(plans, generation)
      this.size += 1
    }
    return branch.shape
  }

  /** Other rule sets. */
  clear(): void {
    this.#root = createBranch()
    this.size = 0
  }
}

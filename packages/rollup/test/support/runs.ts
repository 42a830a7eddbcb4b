/** Fewer runs than others, for what takes long; as many as are asked for where somebody explores. */
export const runs = (count: number): { readonly numRuns: number } => ({
  numRuns: Number(process.env['FC_NUM_RUNS'] ?? count),
})

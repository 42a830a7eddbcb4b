import { describe, expect, it } from 'vitest'

import { documentedRecipes, type Recipe } from '../real/recipes.ts'
import { kindsOf, runRecipe } from '../real/try-recipe.ts'
import { serve } from './server.ts'

const answers: Readonly<
  Record<keyof typeof documentedRecipes, readonly [path: string, type: string, body: string]>
> = {
  // Fields as of 7.6.2, in fixtures/clusterhealth of github.com/prometheus-community/elasticsearch_exporter.
  elasticsearch: [
    '/_cluster/health',
    'application/json',
    JSON.stringify({
      ...{ cluster_name: 'one', status: 'green', timed_out: false },
      ...{ number_of_nodes: 1, number_of_data_nodes: 1, active_primary_shards: 10, active_shards: 10 },
      ...{ relocating_shards: 0, initializing_shards: 0, unassigned_shards: 0, delayed_unassigned_shards: 0 },
      ...{ number_of_pending_tasks: 0, number_of_in_flight_fetch: 0, task_max_waiting_in_queue_millis: 0 },
      active_shards_percent_as_number: 100,
    }),
  ],
  // Names and types as of 1.13.2, in the test data of the collector for Consul of github.com/netdata/netdata: a summary that nobody has fed is NaN.
  consul: [
    '/v1/agent/metrics?format=prometheus',
    'text/plain; version=0.0.4; charset=utf-8',
    `# HELP consul_autopilot_healthy Tracks the overall health
# TYPE consul_autopilot_healthy gauge
consul_autopilot_healthy 1
# HELP consul_raft_commitTime Measures the time
# TYPE consul_raft_commitTime summary
consul_raft_commitTime{quantile="0.5"} 4.25
consul_raft_commitTime{quantile="0.99"} 40.5
consul_raft_commitTime_sum 955.5
consul_raft_commitTime_count 123
# HELP consul_acl_login
# TYPE consul_acl_login summary
consul_acl_login{quantile="0.5"} NaN
consul_acl_login{quantile="0.99"} NaN
consul_acl_login_sum 0
consul_acl_login_count 0
# HELP consul_rpc_request Increments
# TYPE consul_rpc_request counter
consul_rpc_request 12
# HELP consul_runtime_alloc_bytes consul_runtime_alloc_bytes
# TYPE consul_runtime_alloc_bytes gauge
consul_runtime_alloc_bytes 1.07374e+07
`,
  ],
  // The part below "couchdb" as of 2.x, in testdata of github.com/gesellix/couchdb-prometheus-exporter.
  couchdb: [
    '/_node/_local/_stats/couchdb',
    'application/json',
    JSON.stringify({
      httpd: {
        requests: { value: 12, type: 'counter', desc: 'number of HTTP requests' },
        bulk_docs: { value: histogram(0), type: 'histogram', desc: 'distribution' },
      },
      database_writes: { value: 4, type: 'counter', desc: 'number of times a database was changed' },
      httpd_status_codes: { 500: { value: 0, type: 'counter', desc: 'number of HTTP 500 responses' } },
      open_databases: { value: 3, type: 'counter', desc: 'number of open databases' },
      open_os_files: { value: 5, type: 'counter', desc: 'number of file descriptors' },
      request_time: { value: histogram(7), type: 'histogram', desc: 'length of a request' },
    }),
  ],
  // As the manual shows answers to a pattern and several attributes, in protocol/read.adoc of github.com/jolokia/jolokia.
  jmx: [
    '/jolokia/read/java.lang:type=*/HeapMemoryUsage,ThreadCount',
    'application/json',
    JSON.stringify({
      request: { mbean: 'java.lang:type=*', attribute: ['HeapMemoryUsage', 'ThreadCount'], type: 'read' },
      value: {
        'java.lang:type=Memory': { HeapMemoryUsage: { init: 1, committed: 2, max: 3, used: 4 } },
        'java.lang:type=Threading': { ThreadCount: 17 },
      },
      status: 200,
      timestamp: 1_795_806_511,
    }),
  ],
}

function histogram(value: number): object {
  return {
    ...{ min: value, max: value, arithmetic_mean: value, geometric_mean: value, harmonic_mean: value },
    ...{ median: value, variance: 0, standard_deviation: 0, skewness: 0, kurtosis: 0, n: 1 },
    percentile: [50, 75, 90, 95, 99, 999].map((percentile) => [percentile, value]),
    histogram: [[value, 1]],
  }
}

describe('a recipe for what Debian has not', () => {
  it.each(Object.keys(answers) as (keyof typeof answers)[])('takes what %s answers', async (name) => {
    const [path, type, body] = answers[name]
    const url = await serve((request, response) => {
      if (request.url === path) response.setHeader('content-type', type).end(body)
      else response.writeHead(404).end()
    })
    const recipe: Recipe = documentedRecipes[name]
    const result = await runRecipe(recipe, Number(new URL(url).port))
    expect(result).toMatchObject({ state: 'good', status: 'good' })
    expect(kindsOf(result)).toMatchObject(recipe.metrics)
  })

  it('tells nothing of CouchDB but its numbers', async () => {
    const url = await serve((_, response) => response.end(answers.couchdb[2]))
    const result = await runRecipe(documentedRecipes.couchdb, Number(new URL(url).port))
    const names = Object.keys(kindsOf(result)).filter((name) => name.includes('`'))
    // Five numbers, and three of each of two histograms.
    expect(names.filter((name) => name.endsWith('`value'))).toHaveLength(5)
    expect(names).toHaveLength(11)
  })

  it('is bad where Jolokia fails, which it answers by 200', async () => {
    const failed = { error_type: 'javax.management.InstanceNotFoundException', error: 'none', status: 404 }
    const url = await serve((_, response) => response.end(JSON.stringify(failed)))
    expect(await runRecipe(documentedRecipes.jmx, Number(new URL(url).port))).toMatchObject({
      state: 'bad',
      available: 'yes',
    })
  })
})

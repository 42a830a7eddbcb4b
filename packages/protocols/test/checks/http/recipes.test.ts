import { describe, expect, it } from 'vitest'

import { documentedRecipes, type Recipe } from '../real/recipes.ts'
import { kindsOf, runRecipe } from '../real/try-recipe.ts'
import { serve } from './server.ts'

const answers: Readonly<
  Record<keyof typeof documentedRecipes, readonly [path: string, type: string, body: string]>
> = {
  elasticsearch: [
    '/_cluster/health',
    'application/json',
    '{"cluster_name":"one","status":"green","timed_out":false,"number_of_nodes":1,"number_of_data_nodes":1,"active_primary_shards":10,"active_shards":10,"relocating_shards":0,"initializing_shards":0,"unassigned_shards":0}',
  ],
  consul: [
    '/v1/agent/metrics?format=prometheus',
    'text/plain; version=0.0.4; charset=utf-8',
    '# TYPE consul_runtime_alloc_bytes gauge\nconsul_runtime_alloc_bytes 1.07374e+07\n# TYPE consul_rpc_request counter\nconsul_rpc_request 12\n',
  ],
  couchdb: [
    '/_node/_local/_stats/couchdb',
    'application/json',
    '{"open_databases":{"value":3,"type":"counter","desc":"number of open databases"},"httpd":{"requests":{"value":12,"type":"counter","desc":"number of HTTP requests"}}}',
  ],
  jmx: [
    '/jolokia/read/java.lang:type=*/HeapMemoryUsage,ThreadCount',
    'application/json',
    '{"request":{"mbean":"java.lang:type=*","type":"read"},"value":{"java.lang:type=Memory":{"HeapMemoryUsage":{"init":1,"committed":2,"max":3,"used":4}},"java.lang:type=Threading":{"ThreadCount":17}},"timestamp":1795806511,"status":200}',
  ],
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
})
